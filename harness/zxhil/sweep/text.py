"""A sweep as text: a line for each kernel, a table over time, and the changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from zxhil.counts import counted
from zxhil.history.drawing import counts_of
from zxhil.history.kernels import KeptKernel
from zxhil.history.store import History
from zxhil.history.timeline import ClauseTurn, Timeline
from zxhil.report.grid import Grid, GridCell
from zxhil.report.runs import label_runs
from zxhil.report.verdict import ClauseVerdict
from zxhil.run.fault import fault_findings
from zxhil.sweep.attempts import AttemptOutcome
from zxhil.sweep.changes import CommitsBetween, SweepWindow
from zxhil.sweep.runner import SweptResult

_SHORT = 9
_CANDIDATES = 5
_REASON = 100


def result_line(result: SweptResult, number: int, count: int) -> str:
    """One kernel, as soon as it is done."""
    head = f"{number}/{count}  {result.kernel.title}"
    if result.before:
        return f"{head}  {_of_attempt(result) or 'in the history'}"
    times = "cached" if result.cached else f"build {result.build:.0f} s" if result.build else ""
    took = ", ".join(each for each in (times, f"run {result.test:.0f} s") if each)
    return f"{head}  {_of_attempt(result) or '; '.join(_of_run(result))}  ({took})"


def _of_attempt(result: SweptResult) -> str:
    attempt = result.attempt
    if attempt.outcome is AttemptOutcome.RAN:
        return ""
    return f"{attempt.outcome.value}: {attempt.reason[:_REASON]}"


def _of_run(result: SweptResult) -> Iterator[str]:
    if result.run is None:
        return
    source = Path(result.kernel.candidate)
    for run in label_runs([(source, result.run.report, result.run.known)]):
        faults = fault_findings(run.cases, run.boots, run.not_run)
        never = next((each.title for each in faults if each.boots), "")
        if never:
            yield f"{run.kernel.arch}: did not boot: {never[:_REASON]}"
            continue
        end = f", {counted(len(faults), 'fault')}" if faults else ""
        listed = f", {run.known_divergences} known" if run.known_divergences else ""
        yield f"{run.kernel.arch}: {run.divergences_text}{listed}{end}"


def over_time(history: History, timeline: Timeline, changes: Sequence[ClauseTurn]) -> list[Grid]:
    """A table for each line of kernels: how many clauses conform, and how many changed."""
    return [_table(history, timeline, line, changes) for line in timeline.lines]


def _table(history: History, timeline: Timeline, line: str, changes: Sequence[ClauseTurn]) -> Grid:
    rows: list[tuple[GridCell, ...]] = []
    for kernel in timeline.lines[line]:
        on = timeline.standings[kernel.id]
        counts = counts_of(on.values())
        mine = [each for each in changes if each.new.id == kernel.id]
        fixed = sum(each.after.verdict is ClauseVerdict.CONFORMS for each in mine)
        faults = history.one("SELECT sum(faults) FROM trial WHERE id = ?", kernel.trials[-1]) or 0
        row: tuple[GridCell, ...] = (
            *(kernel.day, kernel.commit[:_SHORT] or kernel.label),
            *(counts.conforming, counts.diverging + counts.known, len(on) - counts.total),
            *(fixed, len(mine) - fixed, faults),
        )
        rows.append(row)
    columns = ("date", line, "conform", "diverge", "undecided", "fixed", "broken", "faults")
    return Grid(f"Clauses on {line}", columns, tuple(rows))


def window_lines(
    window: SweepWindow,
    commits: CommitsBetween | None,
    describe: Callable[[str], str],
    command: Callable[[ClauseTurn], str] | None,
) -> Iterator[str]:
    """The changes between two neighbours: the commit, or the window and how to narrow it."""
    old, new = (_name(kernel) for kernel in (window.old, window.new))
    yield f"{window.new.line}: {old} to {new}"
    for change in window.changes:
        yield f"  {change.clause.path}: {change.before.word}, now {change.after.word}"
    between: tuple[str, ...] = ()
    if commits is not None and window.old.commit and window.new.commit:
        between = commits.of(window.old.commit, window.new.commit)
        yield from _made_by(between, describe)
    if command is not None and len(between) != 1:
        yield f"  to find the commit: {command(window.changes[0])}"


def _made_by(between: Sequence[str], describe: Callable[[str], str]) -> Iterator[str]:
    if len(between) == 1:
        yield f"  commit: {describe(between[0])}"
    elif between and len(between) <= _CANDIDATES:
        yield f"  one of {counted(len(between), 'commit')}:"
        yield from (f"    {describe(each)}" for each in between)
    elif between:
        yield f"  {counted(len(between), 'candidate')} between them"


def _name(kernel: KeptKernel) -> str:
    return f"{kernel.day} {kernel.commit[:_SHORT] or kernel.label}".strip()
