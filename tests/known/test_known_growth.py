"""A case of many divergences: a loop over its calls that all diverge."""

from __future__ import annotations

from pathlib import Path

from growth import LINEAR, growth
from run_builders import call, case, divergence, run
from zxhil.known.file import parse
from zxhil.known.match import Applied, apply
from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.report.runs import label_runs
from zxhil.report.terminal import terminal_report

_KNOWN = '[[divergence]]\nclause = "channel_write/peer_closed"\nreason = "so"\n'


def _marked(size: int) -> tuple[CaseResult, Applied]:
    many = case(
        "channel_write/loop",
        CaseEndKind.FAILED,
        [divergence(index=number, text=f"seen {number}") for number in range(size)],
        calls=[call()] * size,
    )
    return many, apply(parse(_KNOWN, Path("known.toml")), run(many), False)


def test_marks_of_many_divergences_take_time_that_grows_with_their_number() -> None:
    def all_marks(given: tuple[CaseResult, Applied]) -> None:
        many, known = given
        assert all(known.of(many, each) is not None for each in many.divergences)

    assert growth(all_marks, _marked, 2000) < LINEAR


def test_reports_of_many_divergences_take_time_that_grows_with_their_number() -> None:
    def reports(given: tuple[CaseResult, Applied]) -> None:
        many, known = given
        terminal_report(run(many), known=known)
        assert label_runs([(Path("a.json"), run(many), known)])[0].unexplained == (0, 0)

    assert growth(reports, _marked, 2000) < LINEAR


def test_equal_divergences_of_a_case_have_one_mark() -> None:
    same = divergence()
    twice = case("channel_write/loop", CaseEndKind.FAILED, [same, same], calls=[call()])
    known = apply(parse(_KNOWN, Path("known.toml")), run(twice), False)
    assert known.of(twice, same) is known.marks["x64", "channel_write/loop", 0]
