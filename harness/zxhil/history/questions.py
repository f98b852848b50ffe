"""The questions to a history, each answered by a `Grid`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from zxhil.errors import UserError
from zxhil.history.kernels import KeptKernel, kept_kernels, named_kernels
from zxhil.history.schema import VERDICTS
from zxhil.history.standing import (
    ClauseStanding,
    KeptClause,
    clauses_of,
    kept_clause,
    standing_of,
    standings,
)
from zxhil.history.store import History
from zxhil.history.timeline import ClauseSpan, is_stated, spans_of
from zxhil.names import no_such
from zxhil.plain import plain
from zxhil.report.grid import Grid, GridCell

_TRIALS = """
SELECT trial.id, run.id, run.began, run.zxhil, run.exit_code, run.interrupted, trial.cases,
  trial.clauses_conforming, trial.clauses_diverging, trial.clauses_known, trial.divergences,
  trial.faults, trial.not_run, trial.seconds
FROM trial JOIN run ON run.id = trial.run_id ORDER BY run.began, run.id, trial.id
"""

_OF_CLAUSE = """
SELECT trial_id, verdict_id FROM verdict WHERE clause_id = ? ORDER BY trial_id
"""

_FINDINGS = """
SELECT DISTINCT finding.kind, finding.text, trial.kernel_id FROM finding_clause
JOIN finding ON finding.id = finding_clause.finding_id
JOIN divergence ON divergence.finding_id = finding.id
JOIN trial ON trial.id = divergence.trial_id
WHERE finding_clause.clause_id = ? ORDER BY finding.id
"""

# Rounds of a case that was not stable are counted one by one, others as often as they were run.
_ENDS = """
SELECT run.zxhil, coalesce(round.end, outcome.end) AS ended,
  CASE WHEN round.end IS NULL THEN outcome.what ELSE '' END AS what,
  sum(CASE WHEN round.end IS NULL THEN trial.rounds ELSE 1 END) AS times
FROM trial JOIN run ON run.id = trial.run_id
CROSS JOIN result ON result.trial_id = trial.id AND result.case_id = :case
JOIN outcome ON outcome.id = result.outcome_id
LEFT JOIN round ON round.trial_id = trial.id AND round.case_id = :case
WHERE trial.kernel_id = :kernel GROUP BY 1, 2, 3 ORDER BY run.zxhil, times DESC, ended, what
"""


def shown(history: History) -> Grid:
    """Every run of every kernel, the kernels in the order of time."""
    rows = {row[0]: row[1:] for row in history.rows(_TRIALS)}
    columns = (
        *("run", "began", "kernel", "date", "on", "cases", "conforms", "diverges", "known"),
        *("divergences", "faults", "not run", "seconds", "exit code", "zxhil"),
    )
    cells: list[tuple[GridCell, ...]] = []
    for kernel in kept_kernels(history):
        for trial in kernel.trials:
            run, began, zxhil, code, _, cases, good, bad, known, found, faults, out, seconds = rows[
                trial
            ]
            head = run, plain(began), kernel.label, kernel.day, kernel.line, cases, good, bad
            rest = known, found, faults, out, round(seconds, 1), code, plain(zxhil)
            cells.append((*head, *rest))
    return Grid("runs", columns, tuple(cells))


class ClauseStory(NamedTuple):
    """A clause through time: the standing on each kernel, and the spans that they make."""

    clause: KeptClause
    kernels: tuple[tuple[KeptKernel, ClauseStanding], ...]
    spans: tuple[ClauseSpan, ...]
    findings: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Kind, text, and the labels of the kernels with this divergence."""


def find_clause_of(history: History, path: str) -> KeptClause:
    """The clause PAGE/CLAUSE. Raises UserError if the history has none."""
    page, _, name = path.removeprefix("zx_").partition("/")
    found = history.rows("SELECT * FROM clause WHERE page = ? AND name = ?", page, name)
    if not found:
        there = [f"{p}/{n}" for p, n in history.rows("SELECT page, name FROM clause")]
        raise no_such(str(history.path), "clause", path, there)
    return kept_clause(found[0])


def story_of(history: History, clause: KeptClause, kernels: Sequence[KeptKernel]) -> ClauseStory:
    """A clause on all kernels that ran one of its page's cases, and whose pages may state it."""
    verdicts = dict(history.rows(_OF_CLAUSE, clause.id))
    on: list[tuple[KeptKernel, ClauseStanding]] = []
    for kernel in kernels:
        own = [
            (VERDICTS[verdicts[trial]], trial in kernel.whole)
            for trial in kernel.trials
            if trial in verdicts
        ]
        if own and is_stated(clause.path, kernel):
            on.append((kernel, standing_of(own)))
    labels = {kernel.id: f"{kernel.label} on {kernel.line}" for kernel in kernels}
    texts: dict[tuple[str, str], list[str]] = {}
    for kind, text, number in history.rows(_FINDINGS, clause.id):
        if number in labels:
            texts.setdefault((plain(kind), plain(text)), []).append(labels[number])
    findings = tuple((kind, text, tuple(on)) for (kind, text), on in texts.items())
    return ClauseStory(clause, tuple(on), tuple(spans_of(on)), findings)


def clause_spans(story: ClauseStory) -> Grid:
    """From when to when, and on how many kernels, a clause had each verdict."""
    columns = (
        *("on", "verdict", "known", "first", "first kernel", "last", "last kernel"),
        *("kernels", "runs", "runs against"),
    )
    rows: list[tuple[GridCell, ...]] = []
    for span in story.spans:
        first, last = span.kernels[0], span.kernels[-1]
        ends = first.day, first.label, last.day, last.label
        counts = len(span.kernels), span.runs, span.against
        rows.append((span.line, span.word, "yes" if span.is_known else "", *ends, *counts))
    return Grid(story.clause.path, columns, tuple(rows))


def clause_kernels(story: ClauseStory) -> Grid:
    """A clause on each kernel."""
    columns = "on", "date", "kernel", "commit", "verdict", "runs", "runs against"
    rows = tuple(
        (k.line, k.day, k.label, k.commit, s.verdict.value, len(k.trials), s.against)
        for k, s in story.kernels
    )
    return Grid(story.clause.path, columns, rows)


class Unsteady(NamedTuple):
    """A case that ended in several ways on one kernel, judged by one version of zxhil.

    `ends` are (end, what, times), the most frequent first.
    """

    kernel: KeptKernel
    case: str
    zxhil: str
    ends: tuple[tuple[str, str, int], ...]

    @property
    def times(self) -> int:
        """How often the case ran."""
        return sum(times for _, _, times in self.ends)

    @property
    def rate(self) -> float:
        """The share of rounds that did not end in the most frequent way."""
        return 1 - self.ends[0][2] / self.times


def unsteady_of(history: History, kernels: Sequence[KeptKernel]) -> list[Unsteady]:
    """The cases that did not always end the same way on one kernel, the worst first."""
    by_id = {kernel.id: kernel for kernel in kernels}
    found = []
    sql = (
        "SELECT kernel_id, case_id, program, name FROM unsteady"
        " JOIN test_case ON test_case.id = case_id ORDER BY kernel_id, program, name"
    )
    for kernel, case, program, name in history.rows(sql):
        if kernel not in by_id:
            continue
        rows = history.named_rows(_ENDS, kernel=kernel, case=case)
        for zxhil, members in groupby(rows, key=lambda row: row[0]):
            ends = tuple((plain(end), plain(what), times) for _, end, what, times in members)
            if ends[1:]:
                label = plain(f"{program}/{name}")
                found.append(Unsteady(by_id[kernel], label, plain(zxhil), ends))
    return sorted(found, key=lambda each: -each.rate)


def flaky(history: History) -> Grid:
    """Cases that ended differently in runs, or rounds, of one kernel."""
    columns = "case", "on", "kernel", "rounds", "rate", "ends", "zxhil"
    rows = []
    for each in unsteady_of(history, kept_kernels(history)):
        texts = [f"{times} {end}{f' ({what})' if what else ''}" for end, what, times in each.ends]
        where = each.case, each.kernel.line, each.kernel.label, each.times
        rows.append((*where, round(each.rate, 3), ", ".join(texts), each.zxhil))
    return Grid("cases that ended in several ways on one kernel", columns, tuple(rows))


class CrashStory(NamedTuple):
    """A fault of machine or kernel, by its title, and where it was seen.

    `kernels` are the ids of the kernels, `cases` the cases that ended by it with the number of
    runs; `lines` are details of the latest run.
    """

    id: int
    title: str
    what: str
    is_known: bool
    kernels: frozenset[int]
    runs: int
    cases: tuple[tuple[str, int], ...]
    lines: str


_FAULTS = """
SELECT fault.crash_id, crash.title, fault.what, fault.known, trial.kernel_id, trial.id
FROM crash JOIN fault ON fault.crash_id = crash.id JOIN trial ON trial.id = fault.trial_id
JOIN run ON run.id = trial.run_id ORDER BY crash.title, run.began, run.id
"""
_LINES = "SELECT lines FROM fault WHERE trial_id = ? AND crash_id = ?"
_CRASHED = """
SELECT program || '/' || name, count(*) FROM fault
JOIN outcome ON outcome.what = :title AND outcome.end = fault.what
CROSS JOIN result ON result.trial_id = fault.trial_id AND result.outcome_id = outcome.id
JOIN test_case ON test_case.id = result.case_id
WHERE fault.crash_id = :crash GROUP BY result.case_id ORDER BY 2 DESC, 1
"""


def crashes_of(history: History) -> list[CrashStory]:
    """Every fault of machine or kernel, by title."""
    found = []
    for crash, members in groupby(history.rows(_FAULTS), key=lambda row: row[0]):
        rows = list(members)
        _, title, what, _, _, trial = rows[-1]
        cases = history.named_rows(_CRASHED, crash=crash, title=title)
        found.append(
            CrashStory(
                crash,
                plain(title),
                plain(what),
                all(row[3] for row in rows),
                frozenset(row[4] for row in rows),
                len(rows),
                tuple((plain(case), times) for case, times in cases),
                plain(history.one(_LINES, trial, crash)),
            )
        )
    return found


_CASES = """
SELECT program || '/' || name, end, what FROM result
JOIN test_case ON test_case.id = case_id JOIN outcome ON outcome.id = outcome_id WHERE trial_id = ?
"""


class Differences(NamedTuple):
    """What differs between two kernels, and how many clauses and cases both have."""

    grid: Grid
    clauses: int
    cases: int


def diff(history: History, old: str, new: str) -> Differences:
    """What differs between two kernels, or two runs (``run:ID``): clauses, then cases.

    Kernels are compared line by line; where they have no line in common, and each name is of one
    kernel, these. Raises UserError if a name is of no kernel, or of several, or if the two have
    nothing in common.
    """
    kernels = kept_kernels(history)
    clauses = clauses_of(history)
    rows: list[tuple[GridCell, ...]] = []
    compared = [0, 0]
    for one, other in _pairs(named_kernels(kernels, old), named_kernels(kernels, new)):
        where = one.line if one.line == other.line else f"{one.line} / {other.line}"
        before, after = (standings(history, [each])[each.id] for each in (one, other))
        both = before.keys() & after.keys() & clauses.keys()
        for number in sorted(both, key=lambda each: clauses[each].path):
            words = before[number].word, after[number].word
            if words[0] != words[1]:
                clause = clauses[number]
                rows.append((where, "clause", clause.path, *words, clause.sentence))
        sides = _last_results(history, one), _last_results(history, other)
        shared = sorted(sides[0].keys() & sides[1].keys())
        changed = [each for each in shared if sides[0][each] != sides[1][each]]
        rows += [(where, "case", each, sides[0][each], sides[1][each], "") for each in changed]
        compared = [compared[0] + len(both), compared[1] + len(shared)]
    if not any(compared):
        raise UserError(f"{old} and {new}", "have no case in common", "give other kernels")
    columns = "on", "what", "name", "old", "new", "sentence"
    return Differences(Grid("differences", columns, tuple(rows)), *compared)


def _pairs(old: list[KeptKernel], new: list[KeptKernel]) -> Iterator[tuple[KeptKernel, KeptKernel]]:
    before, after = ({kernel.line: kernel for kernel in side} for side in (old, new))
    shared = [line for line in before if line in after]
    if not shared and len(old) == len(new) == 1:
        yield old[0], new[0]
    for line in shared:
        yield before[line], after[line]


def _last_results(history: History, kernel: KeptKernel) -> dict[str, str]:
    """How each case ended in the last of the kernel's runs that has it."""
    last: dict[str, str] = {}
    for trial in kernel.trials:
        for case, end, what in history.rows(_CASES, trial):
            last[plain(case)] = plain(f"{end} ({what})" if what else end)
    return last
