"""KTAP, by the rules of the Linux kernel's documentation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from run_builders import case, failed, run
from zxhil.known.file import parse
from zxhil.known.match import NOTHING, apply
from zxhil.oracle.results import CaseEndKind
from zxhil.report.ktap import ktap
from zxhil.run.record import RunReport

_RESULT = re.compile(
    r"(ok|not ok) ([0-9]+)(?: ([^#]*?))?(?: # (?:(SKIP|XFAIL|TIMEOUT|ERROR)\b)?.*)?"
)


def read(lines: list[str], depth: int = 0) -> list[tuple[str, bool, str, list[object]]]:
    """A KTAP reader that allows nothing but what the rules name.

    Each test is (name, is it ok, directive, subtests).
    """
    indent = "  " * depth
    assert lines.pop(0) == f"{indent}KTAP version 1"
    plan = re.fullmatch(rf"{indent}1\.\.([0-9]+)", lines.pop(0))
    assert plan
    tests: list[tuple[str, bool, str, list[object]]] = []
    below: list[object] = []
    while lines and lines[0].startswith(indent):
        line = lines[0].removeprefix(indent)
        if line.startswith("  KTAP"):
            below = list(read(lines, depth + 1))
            continue
        match = _RESULT.fullmatch(line)
        assert match or line.startswith("# "), line
        lines.pop(0)
        if match:
            assert int(match[2]) == len(tests) + 1
            tests.append((match[3] or "", match[1] == "ok", match[4] or "", below))
            below = []
    assert len(tests) == int(plan[1])
    return tests


def results(report: RunReport, known: str = "") -> dict[str, tuple[bool, str]]:
    found = apply(parse(known, Path("known.toml")), report, whole=True)
    lines = ktap(report, found).splitlines()
    tests = read(lines)
    assert not lines
    flat: dict[str, tuple[bool, str]] = {}
    for name, ok, directive, below in tests:
        flat[name] = ok, directive
        # A test passes if its subtests do.
        if below:
            assert ok == all(each[1] for each in below)  # type: ignore[index]
        for each in below:
            flat[each[0]] = each[1], each[2]  # type: ignore[index]
    return flat


@pytest.mark.parametrize(
    ("end", "ok", "directive"),
    [
        (CaseEndKind.PASSED, True, ""),
        (CaseEndKind.FAILED, False, ""),
        (CaseEndKind.VACUOUS, False, ""),
        (CaseEndKind.SKIPPED, True, "SKIP"),
        (CaseEndKind.CRASHED, False, "ERROR"),
        (CaseEndKind.HUNG, False, "TIMEOUT"),
        (CaseEndKind.PANIC, False, "ERROR"),
        (CaseEndKind.LOST, False, "ERROR"),
    ],
)
def test_each_end_has_its_result(end: CaseEndKind, ok: bool, directive: str) -> None:
    reported = case("event_create/x", end, detail="why # so\nreally", evidence="ok 1 fake\n1..3")
    found = results(run(case(), reported))
    assert found["x"] == (ok, directive)
    assert found["x64.event_create"][0] is ok
    assert found["x64.channel_write"] == (True, "")


def test_a_known_divergence_is_expected_to_fail() -> None:
    known = '[[divergence]]\ncase = "channel_write/bad"\nreason = "so"\n'
    assert results(run(failed()))["bad"] == (False, "")
    found = results(run(failed()), known)
    assert found["bad"] == (True, "XFAIL")
    assert found["x64.channel_write"] == (True, "")


def test_stale_entry_and_early_stop_are_not_ok() -> None:
    known = '[[divergence]]\ncase = "channel_write/plain"\nreason = "so"\n'
    assert results(run(case()), known)["zxhil"] == (False, "")
    assert results(run(case(), interrupted="disk full"))["zxhil"] == (False, "")
    assert "zxhil" not in results(run(case()))


def test_the_calls_of_a_divergence_come_before_its_result() -> None:
    text = ktap(run(failed()), NOTHING)
    assert text.index("# ") < text.index("seen this") < text.index("not ok 1 bad")


def test_one_failure_fails_the_program() -> None:
    assert (
        results(run(case(), failed(), case("channel_write/last")))["x64.channel_write"][0] is False
    )


def test_architectures_and_programs_are_separate_tests() -> None:
    report = run(case(), case("event_create/y"), case(arch="arm64"))
    assert {"x64.channel_write", "x64.event_create", "arm64.channel_write"} <= set(results(report))


def test_a_program_of_which_every_case_is_skipped_is_skipped() -> None:
    gone = case("event_create/a", CaseEndKind.SKIPPED)
    assert results(run(case(), gone))["x64.event_create"] == (True, "SKIP")
    assert results(run(gone, case("event_create/b")))["x64.event_create"] == (True, "")


def test_kernel_output_is_reported_with_failures() -> None:
    said = "first\nsecond \x1b[2J"
    text = ktap(run(case("a/p", CaseEndKind.PANIC, evidence=said), failed(text="x\x1by")))
    assert "\n  not ok 1 p # ERROR kernel panic: \n" in text
    assert "\n#   | first\n#   | second  [2J\nnot ok 3 zxhil\n" in text
    assert "#    x y\n" in text
    assert all(char.isprintable() or char == "\n" for char in text)
    assert "first" not in ktap(run(case("a/p", evidence=said)))


def test_a_vacuous_case_says_why() -> None:
    text = ktap(run(case("a/v", CaseEndKind.VACUOUS, detail="never\nthere")))
    assert "not ok 1 v # vacuous: never there\n" in text
