from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from run_builders import call, case, divergence, failed, kernel, run
from zxhil.known.file import parse
from zxhil.known.match import NOTHING, Applied, apply, exit_code
from zxhil.model.judge import VerdictKind
from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.run.record import RunReport

CLAUSE = "channel_write/peer_closed"


def entry(*lines: str) -> str:
    return "\n".join(["[[divergence]]", *lines, 'reason = "so"', ""])


def applied(text: str, report: RunReport, whole: bool = False) -> Applied:
    return apply(parse(text, Path("known.toml")), report, whole)


def known(case_result: CaseResult, *lines: str) -> bool:
    report = run(case_result)
    return bool(applied(entry(*lines), report).reasons(case_result))


@pytest.mark.parametrize(
    "line",
    [
        f'clause = "{CLAUSE}"',
        'clause = "channel_write/*"',
        'page = "channel_write"',
        'page = ["event_create", "channel_*"]',
        'case = "channel_write/bad"',
        'case = "*/b?d"',
        f'clause = "{CLAUSE}"\nkind = "wrong error"',
        f'clause = "{CLAUSE}"\nstatus = "ZX_ERR_BAD_STATE"',
        f'clause = "{CLAUSE}"\narch = "x64"',
        f'clause = "{CLAUSE}"\nkernel = "git-50d"',
    ],
)
def test_an_entry_applies(line: str) -> None:
    assert known(failed(), line)


@pytest.mark.parametrize(
    "line",
    [
        'clause = "channel_write/wrong_type"',
        'page = "channel"',
        'case = "channel_write/good"',
        'case = "bad"',
        f'clause = "{CLAUSE}"\nkind = "missing error"',
        f'clause = "{CLAUSE}"\nstatus = "ZX_OK"',
        f'clause = "{CLAUSE}"\narch = "arm64"',
        f'clause = "{CLAUSE}"\nkernel = "git-f"',
        f'clause = "{CLAUSE}"\npage = "event_create"',
        f'clause = "{CLAUSE}"\ncase = "channel_write/good"',
    ],
)
def test_an_entry_does_not_apply(line: str) -> None:
    assert not known(failed(), line)


def test_only_the_likeliest_clause_counts() -> None:
    several = divergence()
    several = type(several)(0, several.kind, (CLAUSE, "channel_write/other"), ("", ""), 0, "")
    both = case("channel_write/bad", CaseEndKind.FAILED, [several])
    assert known(both, f'clause = "{CLAUSE}"')
    assert not known(both, 'clause = "channel_write/other"')


OTHER = "channel_write/wrong_type"


def blamed_on(*causes: tuple[str, ...]) -> CaseResult:
    clauses = (CLAUSE, OTHER)
    both = replace(divergence(), blamed=clauses, sentences=("", ""), causes=causes)
    return case("channel_write/bad", CaseEndKind.FAILED, [both])


@pytest.mark.parametrize("clause", [CLAUSE, OTHER])
def test_any_clause_that_alone_explains_a_divergence_makes_it_known(clause: str) -> None:
    assert known(blamed_on((CLAUSE,), (OTHER,)), f'clause = "{clause}"')


@pytest.mark.parametrize("clause", [CLAUSE, OTHER])
def test_known_clause_does_not_hide_another_that_was_broken_with_it(clause: str) -> None:
    broken = blamed_on((CLAUSE, OTHER))
    report = run(broken)
    half = applied(entry(f'clause = "{clause}"'), report)
    assert not half.reasons(broken)
    assert half.stale == ()
    assert half.unlisted == {
        ("x64", "channel_write/bad", 0): (OTHER if clause == CLAUSE else CLAUSE,)
    }
    assert known(broken, 'page = "channel_write"')
    whole = applied(entry(f'clause = "{CLAUSE}"') + entry(f'clause = "{OTHER}"'), report)
    assert whole.reasons(broken)


def test_known_clause_of_another_kind_does_not_complete_a_cause() -> None:
    broken = blamed_on((CLAUSE, OTHER))
    text = entry(f'clause = "{CLAUSE}"') + entry(f'clause = "{OTHER}"', 'kind = "wrong effect"')
    assert not applied(text, run(broken)).reasons(broken)


def test_an_undocumented_error_is_named_by_page_and_status() -> None:
    bad = failed(clause="", kind=VerdictKind.UNDOCUMENTED_ERROR, name="event_create")
    assert known(bad, 'page = "event_create"', 'status = "ZX_ERR_BAD_STATE"')
    assert not known(bad, 'page = "channel_write"')
    assert not known(bad, 'clause = "*"', 'kind = "wrong error"')


def test_a_case_is_known_only_if_all_of_it_is() -> None:
    two = case(
        "channel_write/bad",
        CaseEndKind.FAILED,
        [divergence(), divergence("channel_write/wrong_type", index=1)],
        calls=[call(), call()],
    )
    report = run(two)
    half = applied(entry(f'clause = "{CLAUSE}"'), report)
    assert len(half.marks) == 1
    assert not half.reasons(two)
    assert exit_code(report, half) == 1
    both = applied(entry(f'clause = "{CLAUSE}"') + entry('clause = "*/wrong_type"'), report)
    assert len(both.reasons(two)) == 2
    assert exit_code(report, both) == 0


def test_exit_codes() -> None:
    assert exit_code(run(case()), NOTHING) == 0
    assert exit_code(run(failed()), NOTHING) == 1
    assert exit_code(run(), NOTHING) == 3
    assert exit_code(run(case(), interrupted="disk full"), NOTHING) == 3
    assert exit_code(run(case(end=CaseEndKind.VACUOUS)), NOTHING) == 1
    other = replace(kernel(), expected="git-other")
    assert exit_code(run(case(), kernels=[other]), NOTHING) == 3
    panic = case("channel_write/dead", CaseEndKind.PANIC)
    assert exit_code(run(failed(), panic), NOTHING) == 3
    listed = applied(entry(f'clause = "{CLAUSE}"'), run(failed(), panic))
    assert exit_code(run(failed(), panic), listed) == 3


@pytest.mark.parametrize(
    "end", [CaseEndKind.VACUOUS, CaseEndKind.CRASHED, CaseEndKind.HUNG, CaseEndKind.PANIC]
)
def test_the_end_of_a_case_is_known_only_by_its_kind(end: CaseEndKind) -> None:
    dead = case("channel_write/dead", end)
    report = run(dead)
    lines = ('case = "channel_write/dead"', f'kind = "{end.value}"')
    assert exit_code(report, applied(entry(*lines), report)) == 0
    without = applied(entry(lines[0]), report)
    assert not without.ends
    assert exit_code(report, without) != 0
    other = applied(entry(*lines, 'page = "event_create"'), report)
    assert not other.ends


def test_a_lost_case_is_never_known() -> None:
    lost = case("channel_write/lost", CaseEndKind.LOST)
    report = run(lost)
    found = applied(entry('case = "channel_write/lost"'), report)
    assert not found.reasons(lost)
    assert exit_code(report, found) == 3


def test_a_listed_case_that_conforms_fails_the_run_and_names_the_lines() -> None:
    report = run(case("channel_write/plain"))
    found = applied("\n" + entry('case = "channel_write/plain"'), report)
    (stale,) = found.stale
    assert stale.lines == (2, 4)
    assert "delete lines 2 to 4" in stale.text
    assert exit_code(report, found) == 1


def test_a_listed_case_that_failed_before_it_came_there_is_not_stale() -> None:
    """What the entry is about was never judged: something else went wrong earlier."""
    other = failed("channel_write/bad", "channel_write/wrong_type")
    elsewhere = replace(other, reached=("channel_write/wrong_type",), returned=())
    lines = 'clause = "channel_write/peer_closed"', 'case = "channel_write/bad"'
    assert not applied(entry(*lines), run(elsewhere)).stale
    assert applied(entry(*lines), run(replace(other, reached=(CLAUSE,)))).stale


def test_a_listed_clause_that_is_blamed_second_is_not_stale() -> None:
    first = failed("channel_write/bad", "channel_write/wrong_type")
    both = replace(
        first.divergences[0], blamed=("channel_write/wrong_type", "channel_write/peer_closed")
    )
    lines = 'clause = "channel_write/peer_closed"', 'case = "channel_write/bad"'
    assert not applied(entry(*lines), run(replace(first, divergences=(both,)))).stale


def test_one_of_several_listed_cases_that_conforms_is_named_by_its_line() -> None:
    report = run(case("channel_write/plain"), failed())
    text = entry("case = [", '  "channel_write/bad",', '  "channel_write/plain",', "]")
    (stale,) = applied(text, report).stale
    assert stale.lines == (4, 4)
    assert 'delete "channel_write/plain" from line 4' in stale.text


@pytest.mark.parametrize(
    "end",
    [
        CaseEndKind.SKIPPED,
        CaseEndKind.VACUOUS,
        CaseEndKind.CRASHED,
        CaseEndKind.HUNG,
        CaseEndKind.PANIC,
        CaseEndKind.LOST,
    ],
)
def test_a_case_that_was_not_judged_to_the_end_does_not_conform(end: CaseEndKind) -> None:
    found = applied(entry('case = "channel_write/plain"'), run(case(end=end)), whole=True)
    assert not found.stale


def test_a_filtered_run_does_not_complain() -> None:
    report = run(case("channel_write/plain"))
    assert not applied(entry('case = "channel_write/bad"'), report, whole=True).stale
    for line in (f'clause = "{CLAUSE}"', 'page = "channel_write"', 'case = "channel_write/*"'):
        assert not applied(entry(line), report, whole=False).stale
        assert len(applied(entry(line), report, whole=True).stale) == 1


def test_entry_of_unreached_clauses_is_not_stale() -> None:
    report = run(case("channel_write/plain"))
    for line in ('clause = "event_create/x"', 'page = "event_create"', 'case = "event_create/*"'):
        assert not applied(entry(line), report, whole=True).stale
    interrupted = run(case("channel_write/plain"), interrupted="disk full")
    assert not applied(entry(f'clause = "{CLAUSE}"'), interrupted, whole=True).stale
    lost = run(case("channel_write/plain"), case("channel_write/l", CaseEndKind.LOST))
    assert not applied(entry(f'clause = "{CLAUSE}"'), lost, whole=True).stale


def test_other_machines_are_none_of_the_entrys_business() -> None:
    report = run(case("channel_write/plain"))
    assert not applied(entry('case = "channel_write/plain"', 'arch = "arm64"'), report).stale
    assert not applied(entry('case = "channel_write/plain"', 'kernel = "git-f"'), report).stale


def test_an_entry_that_holds_on_one_architecture_only_is_to_be_limited() -> None:
    report = run(failed(arch="x64"), case("channel_write/bad", arch="arm64"))
    for line in ('case = "channel_write/bad"', f'clause = "{CLAUSE}"'):
        (stale,) = applied(entry(line), report, whole=True).stale
        assert stale.narrow
        assert stale.arch == "arm64"
        assert "restrict the entry on line 1 with arch" in stale.text


def test_two_entries_for_the_same_thing_are_neither_stale() -> None:
    report = run(failed())
    text = entry(f'clause = "{CLAUSE}"') + entry('case = "channel_write/bad"')
    found = applied(text, report, whole=True)
    assert not found.stale
    assert found.marks["x64", "channel_write/bad", 0].line == 1


def test_known_end_that_no_longer_occurs_is_stale() -> None:
    report = run(case("channel_write/plain"))
    lines = ('case = "channel_write/plain"', 'kind = "kernel panic"')
    assert len(applied(entry(*lines), report).stale) == 1


def test_a_range_that_a_kernel_cant_be_held_against_is_noted() -> None:
    report = run(failed())
    found = applied(entry(f'clause = "{CLAUSE}"', 'kernel = ">=1.0"'), report)
    assert not found.marks
    assert found.notes == (
        f"known.toml:1: not applied to x64: version {report.kernels[0].version} is not ordered, "
        "so a range does not apply",
    )
    other = run(failed(), kernels=[kernel(version="1.2")])
    assert applied(entry(f'clause = "{CLAUSE}"', 'kernel = ">=1.0"'), other).marks
