"""Conditions on results of zxhil run, and the probe that gets them."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from machine_ended import has_ended
from run_builders import case as whole_case
from run_builders import run as whole_run
from zxhil.bisect.differences import ClauseChange, differences
from zxhil.bisect.outcome import ProbeOutcome
from zxhil.bisect.probe import CaseProbe, CommandProbe
from zxhil.bisect.process import Cancel, Cancelled, run
from zxhil.bisect.provide import CannotTell, ProbeFault, Supply, Workspace
from zxhil.bisect.when import facts_of, in_words, parse, restore, shrink
from zxhil.errors import UserError
from zxhil.report.saved import report_json


def case(name: str, end: str = "passed", **more: Any) -> dict[str, Any]:
    calls = [
        {"text": f"zx_{i}(…)", "status": s} for i, s in enumerate(more.pop("calls", ["ZX_OK"]))
    ]
    reported = {"page": name.partition("/")[0], "reached": [], "returned": [], "divergences": []}
    return {"case": name, "end": end, **reported, "calls": calls, **more}


def boot(end: str = "finished", first_line: float = 0.2, **more: str) -> dict[str, Any]:
    reported = {"program": "p", "end_text": f"the end: {end}", "evidence": "", "seconds": 0.3}
    return {"end": end, "first_line": first_line, **reported, **more}


def facts(*cases: dict[str, Any], boots: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    kernels = [{"version": "git-0123456"}]
    return facts_of({"kernels": kernels, "boots": boots or [boot()], "cases": list(cases)})


def divergence(clause: str, kind: str = "missing error") -> dict[str, Any]:
    return {"call": 0, "kind": kind, "blamed": [clause], "text": "", "sentences": []}


def test_a_case_changes_by_end_status_or_divergence() -> None:
    condition = parse("case p/c changes")
    old = facts(case("p/c", calls=["ZX_OK, out=0x33", "ZX_ERR_BAD_HANDLE"]))
    assert not condition.holds(old, None)
    same = facts(case("p/c", calls=["ZX_OK, out=0x77", "ZX_ERR_BAD_HANDLE"]))
    assert not condition.holds(same, old), "a handle's value is no change"
    for other in (
        case("p/c", calls=["ZX_OK", "ZX_OK"]),
        case("p/c", "hung", calls=["ZX_OK", "ZX_ERR_BAD_HANDLE"]),
        case("p/c", calls=["ZX_OK"]),
        case("p/c", calls=["ZX_OK", "ZX_ERR_BAD_HANDLE"], divergences=[divergence("p/x")]),
    ):
        assert condition.holds(facts(other), old)


@pytest.mark.parametrize(
    ("end", "fails", "passes"),
    [
        ("passed", False, True),
        ("failed", True, False),
        ("crashed", True, False),
        ("hung", True, False),
        ("kernel panic", True, False),
    ],
)
def test_a_case_fails_or_passes(end: str, fails: bool, passes: bool) -> None:
    seen = facts(case("p/c", end))
    assert parse("case p/c fails").holds(seen, None) is fails
    assert parse("case p/c passes").holds(seen, None) is passes
    assert parse("not case p/c fails").holds(seen, None) is not fails


@pytest.mark.parametrize(
    ("seen", "error"),
    [
        (facts(case("p/c", "skipped")), CannotTell),
        (facts(case("p/c", "vacuous")), CannotTell),
        (facts(case("p/c", "lost", detail="not run: no boot")), CannotTell),
        (facts(case("p/c", "lost", detail="2 records are damaged")), ProbeFault),
        (facts(), CannotTell),
    ],
)
def test_run_without_the_subject_cannot_tell(seen: dict[str, Any], error: type[Exception]) -> None:
    for text in ("case p/c fails", "case p/c passes", "not case p/c fails"):
        with pytest.raises(error):
            parse(text).holds(seen, None)
    with pytest.raises(error):
        parse("case p/c changes").holds(seen, facts(case("p/c")))


def test_kernel_that_does_not_boot_is_reported() -> None:
    seen = facts(case("p/c", "lost", detail="not run: x"), boots=[boot("panic", first_line=0.0)])
    with pytest.raises(CannotTell, match="does not boot: the end: panic"):
        parse("case p/c fails").holds(seen, None)


def test_a_clause_is_judged_by_the_cases_that_reach_it() -> None:
    condition = parse("clause p/peer_closed changes")
    assert condition.tests == "p,p_pairs"
    old = facts(
        case("p/a", reached=["p/peer_closed"], returned=["p/peer_closed"]),
        case("p/b", calls=["ZX_OK"]),
    )
    other = facts(
        case("p/a", reached=["p/peer_closed"], returned=["p/peer_closed"]),
        case("p/b", calls=["ZX_ERR_NO_MEMORY"]),
    )
    assert not condition.holds(other, old), "p/b does not reach the clause"
    new = facts(case("p/a", "failed", divergences=[divergence("p/peer_closed")]))
    assert condition.holds(new, old)
    assert parse("clause p/peer_closed fails").holds(new, None)
    assert not parse("clause p/peer_closed fails").holds(old, None)
    with pytest.raises(CannotTell):
        condition.holds(facts(case("p/b")), old)


def test_a_page_is_judged_by_all_its_cases() -> None:
    old = facts(case("p/a"), case("p/b"), case("q/a"))
    assert not parse("page p changes").holds(facts(case("p/a"), case("p/b", "skipped")), old)
    assert parse("page p changes").holds(facts(case("p/a"), case("p/b", "failed")), old)
    assert not parse("page p changes").holds(facts(case("p/a"), case("q/a", "failed")), old)
    assert parse("page p passes").holds(old, None)


def test_boots_and_panics() -> None:
    fine = facts(case("p/c"))
    dead = facts(boots=[boot("panic", 0.0, evidence="ZIRCON KERNEL PANIC\nASSERT at a.cc:1")])
    silent = facts(boots=[boot("timed out", 0.0)])
    assert parse("boots").holds(fine, None)
    assert not parse("boots").holds(dead, None)
    assert parse("not boots").holds(silent, None)
    assert parse("panics ASSERT at a.cc").holds(dead, None)
    assert not parse("panics ASSERT at a.cc").holds(fine, None)
    for seen in (dead, silent):
        with pytest.raises(CannotTell):
            parse("panics another text").holds(seen, None)


def test_a_dead_qemu_is_a_fault() -> None:
    with pytest.raises(ProbeFault):
        facts(boots=[boot("QEMU died")])


@pytest.mark.parametrize(
    "text", ["", "case", "case p changes", "page p/c changes", "case p/c", "panics", "boots now"]
)
def test_a_wrong_condition_lists_the_forms(text: str) -> None:
    with pytest.raises(UserError, match="clause PAGE/CLAUSE changes"):
        parse(text)


def test_conditions_print_as_they_are_read() -> None:
    for text in ("not case p/c fails", "clause p/x changes", "boots", "panics a b  c"):
        assert str(parse(text)) == text


def test_differences_are_the_same_in_many_cases() -> None:
    bad = [divergence("p/x")]
    names = ["p/a", "p/b", "p/c"]
    old = facts(*(case(name, calls=["ZX_OK", "ZX_OK"]) for name in names))
    new = facts(*(case(n, "failed", calls=["ZX_ERR_X", "ZX_OK"], divergences=bad) for n in names))
    _, found = differences(parse("page p changes"), old, new)
    assert [(d.what, d.old, d.new, d.places) for d in found] == [
        ("different end", "passed", "failed", ("p/a", "p/b", "p/c")),
        (
            "zx_0",
            "ZX_OK: conforms",
            "ZX_ERR_X: missing error (p/x)",
            ("p/a (call 0)", "p/b (call 0)", "p/c (call 0)"),
        ),
    ]
    assert [d.example for d in found] == [(), ("zx_0(…) -> ZX_OK", "zx_0(…) -> ZX_ERR_X")]


def test_calls_of_one_side_alone_are_one_difference() -> None:
    reported = [("zx_a()", "ZX_OK"), ("zx_b()", "ZX_OK"), ("zx_c()", "ZX_OK")]
    old, new = facts(case("p/c")), facts(case("p/c"))
    old["cases"]["p/c"]["calls"] = [list(call) for call in reported]
    new["cases"]["p/c"]["calls"] = [list(reported[0]), list(reported[2])]
    assert parse("case p/c changes").holds(new, old)
    _, (only,) = differences(parse("case p/c changes"), old, new)
    assert (only.old, only.new, only.places) == ("zx_b", "no call", ("p/c (call 1)",))
    assert only.example == ("zx_b() -> ZX_OK", "")


def test_clauses_with_another_verdict_come_first() -> None:
    clause = "channel_write/peer_closed"
    about = {"reached": [clause], "returned": [clause]}
    old = facts(case("channel_write/a", **about))
    bad = [divergence(clause)]
    new = facts(case("channel_write/a", "failed", **about, divergences=bad))
    clauses, _ = differences(parse(f"clause {clause} changes"), old, new)
    sentence = "the other side of the channel is closed"
    assert clauses == [ClauseChange(clause, sentence, "conforms", "diverges")]


def test_only_cases_that_count_are_listed_as_different() -> None:
    old = facts(case("p/a", reached=["p/x"]), case("p/b"), case("p/c", reached=["p/x"]))
    new = facts(
        case("p/a", "failed", reached=["p/x"], divergences=[divergence("p/x")]),
        case("p/b", "failed", divergences=[divergence("p/y")]),
        case("p/c", "failed", reached=["p/x"], divergences=[divergence("p/y")]),
    )
    _, found = differences(parse("clause p/x changes"), old, new)
    assert {place for row in found for place in row.places} == {"p/a", "p/a (call 0)"}


PANIC = """\
ZIRCON KERNEL PANIC

UPTIME: 54ms
{{{module:0:kernel:elf:c0dfd28401b64bd1}}}
stopping other cpus
panic (caller 0xffffffff00139217): ASSERT FAILED at (kernel/top/main.cpp:117): cpus > 1
broken on purpose

bt#00: 0xffffffff00106bbb
{{{bt:0:0xffffffff00106bbb}}}
Halted"""


def test_outcome_of_a_boot_is_described() -> None:
    dead = facts(boots=[boot("panic", 0.0, evidence=PANIC)] * 2)
    assert in_words(dead) == (
        "does not boot: the end: panic: panic (caller 0xffffffff00139217): ASSERT FAILED at "
        "(kernel/top/main.cpp:117): cpus > 1\nbroken on purpose"
    )
    assert in_words(facts(case("p/c"))) == "boots: the end: finished"
    named = PANIC.replace("bbb\n{{{bt", "bbb platform_halt at power.cpp:116\n{{{bt")
    named = named.replace("bbb}}}", "bbb}}} platform_halt at power.cpp:117")
    assert in_words(facts(boots=[boot("panic", 0.0, evidence=named)]), 3) == (
        f"{in_words(dead)}\n#0  platform_halt at power.cpp:116"
    )
    silent = facts(boots=[boot("timed out", 0.0)])
    _, (row,) = differences(parse("not boots"), facts(case("p/c")), silent)
    reported = (row.what, row.old, row.new)
    assert reported == ("boot", "boots: the end: finished", "does not boot: the end: timed out")


def test_facts_equal_to_the_old_end_are_not_stored_again() -> None:
    old = facts(case("p/a", calls=["ZX_OK, out=0x33"]), case("p/b"), case("p/c"))
    new = facts(case("p/a", calls=["ZX_OK, out=0x99"]), case("p/b", "failed"), case("p/d"))
    short = shrink(new, old)
    assert short["same"] == ["p/a"]
    assert short["cases"].keys() == {"p/b", "p/d"}
    back = restore(short, old)
    assert back["cases"].keys() == new["cases"].keys()
    for text in ("page p changes", "case p/b changes", "page p fails"):
        assert parse(text).holds(back, old) is parse(text).holds(new, old)
    assert shrink(old, old) is old
    with pytest.raises(ValueError, match="p/a"):
        restore(short, None)


def bench(folder: Path) -> Workspace:
    return Workspace(0, folder, ExitStack())


def fake_zxhil(folder: Path, body: str) -> tuple[str, ...]:
    script = folder / "zxhil.py"
    script.write_text(f"import sys, json\nout = sys.argv[sys.argv.index('--json') + 1]\n{body}\n")
    return (sys.executable, str(script))


def test_the_probe_runs_zxhil_and_reads_its_json(tmp_path: Path) -> None:
    run_json = report_json(whole_run(whole_case("p/c")))
    body = (
        f"open({str(tmp_path / 'argv')!r}, 'w').write(json.dumps(sys.argv[1:]))\n"
        f"open(out, 'w').write({json.dumps(run_json)!r})\nsys.exit(1)"
    )
    probe = CaseProbe(parse("case p/c passes"), ("--arch", "x64"), None, fake_zxhil(tmp_path, body))
    supply = Supply(tmp_path / "image", tmp_path, {})
    seen = probe.test(supply, bench(tmp_path), Cancel())
    assert seen["kernel"] == run_json["kernels"][0]["version"]
    assert probe.bad(seen, None)
    assert probe.in_words(seen) == ""
    assert CaseProbe(parse("boots")).in_words(seen).startswith("boots: ")
    argv = json.loads((tmp_path / "argv").read_text())
    for pair in (["--image", str(tmp_path / "image")], ["--tests", "p"], ["--case", "p/c"]):
        at = argv.index(pair[0])
        assert argv[at : at + 2] == pair
    assert argv[-2:] == ["--arch", "x64"]


@pytest.mark.parametrize(
    ("body", "error", "words"),
    [
        ("sys.stderr.write('zxhil: x: is no image\\n'); sys.exit(2)", CannotTell, "is no image"),
        ("sys.exit(3)", ProbeFault, "exited with code 3 and no results"),
        ("open(out, 'w').write('{}')", ProbeFault, "no results"),
    ],
)
def test_the_probe_gives_the_image_from_the_machine(
    tmp_path: Path, body: str, error: type[Exception], words: str
) -> None:
    probe = CaseProbe(parse("boots"), (), None, fake_zxhil(tmp_path, body))
    with pytest.raises(error, match=words):
        probe.test(Supply(tmp_path, tmp_path, {}), bench(tmp_path), Cancel())


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (0, ProbeOutcome.GOOD),
        (1, ProbeOutcome.BAD),
        (127, ProbeOutcome.BAD),
        (125, ProbeOutcome.CANNOT_TELL),
        (128, ProbeOutcome.FAULT),
        (255, ProbeOutcome.FAULT),
    ],
)
def test_exit_codes_mean_what_they_mean_to_git(
    tmp_path: Path, code: int, outcome: ProbeOutcome
) -> None:
    probe = CommandProbe(f"exit {code}")
    try:
        seen = probe.test(Supply(None, tmp_path, {}), bench(tmp_path), Cancel())
        found = ProbeOutcome.BAD if probe.bad(seen, None) else ProbeOutcome.GOOD
    except CannotTell:
        found = ProbeOutcome.CANNOT_TELL
    except ProbeFault:
        found = ProbeOutcome.FAULT
    assert found is outcome


def test_a_test_that_does_not_end_is_a_fault(tmp_path: Path) -> None:
    probe = CommandProbe("sleep 60", timeout=0.2)
    with pytest.raises(ProbeFault, match="did not finish"):
        probe.test(Supply(None, tmp_path, {}), bench(tmp_path), Cancel())


def test_a_command_leaves_nothing_running(tmp_path: Path) -> None:
    """Not even what it started in the background and did not wait for."""
    argv = ("/bin/sh", "-c", "sleep 600 & echo $!")
    ended = run(argv, tmp_path, tmp_path, Cancel())
    assert ended.code == 0
    assert has_ended(int(ended.stdout))


def test_work_that_is_cancelled_does_not_begin(tmp_path: Path) -> None:
    cancel = Cancel()
    cancel.set()
    with pytest.raises(Cancelled):
        run(("touch", "made"), tmp_path, tmp_path, cancel)
    assert not (tmp_path / "made").exists()
