"""All clauses on all kernels, in the order of time, and what changed from one to the next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from zxhil.abi.ages import NEVER
from zxhil.history.kernels import KeptKernel, by_line, kept_kernels
from zxhil.history.standing import ClauseStanding, KeptClause, clauses_of, is_decided, standings
from zxhil.history.store import History
from zxhil.model.since import SINCE, UNTIL
from zxhil.oracle.results import CaseEndKind
from zxhil.report.verdict import ClauseVerdict


class ClauseSpan(NamedTuple):
    """Neighbouring kernels of a line with one verdict, the last one's.

    `is_known`: all of their divergences are known.
    """

    line: str
    verdict: ClauseVerdict
    is_known: bool
    kernels: tuple[KeptKernel, ...]
    against: int

    @property
    def word(self) -> str:
        """The verdict, whether it is known or not."""
        return ClauseStanding(self.verdict).word

    @property
    def runs(self) -> int:
        """The number of runs of its kernels."""
        return sum(len(kernel.trials) for kernel in self.kernels)


def spans_of(on: Sequence[tuple[KeptKernel, ClauseStanding]]) -> Iterator[ClauseSpan]:
    """Neighbours of one line with the same verdict, known divergences as others."""
    for (line, _), members in groupby(on, key=lambda each: (each[0].line, each[1].word)):
        group = list(members)
        is_known = all(standing.verdict is ClauseVerdict.KNOWN for _, standing in group)
        against = sum(standing.against for _, standing in group)
        verdict = group[-1][1].verdict
        yield ClauseSpan(line, verdict, is_known, tuple(kernel for kernel, _ in group), against)


class ClauseTurn(NamedTuple):
    """A clause that conforms on one of two kernels of a line and diverges on the other.

    No kernel between them decides the clause.
    """

    clause: KeptClause
    old: KeptKernel
    new: KeptKernel
    before: ClauseStanding
    after: ClauseStanding


@dataclass(frozen=True, slots=True)
class Timeline:
    """`lines` are the kernels by line, each in the order of time; `clauses` are in order of name.

    `standings` are by the kernels' ids, then by the clauses'.
    """

    lines: Mapping[str, Sequence[KeptKernel]]
    clauses: Sequence[KeptClause]
    standings: Mapping[int, Mapping[int, ClauseStanding]]

    def along(self, line: str, clause: KeptClause) -> list[ClauseStanding | None]:
        """A clause on each kernel of a line; None where no case of its page ran."""
        return [self.standings[kernel.id].get(clause.id) for kernel in self.lines[line]]

    def on(self, clause: KeptClause) -> list[tuple[KeptKernel, ClauseStanding]]:
        """A clause on every kernel that has it."""
        return [
            (kernel, standing)
            for line in self.lines
            for kernel, standing in zip(self.lines[line], self.along(line, clause), strict=True)
            if standing is not None
        ]

    def changes(self) -> list[ClauseTurn]:
        """Each change of each clause, by line, then in the order of time."""
        found: list[ClauseTurn] = []
        for kernels in self.lines.values():
            last: dict[int, tuple[KeptKernel, ClauseStanding]] = {}
            for kernel in kernels:
                found += self._since(last, kernel)
        return found

    def _since(
        self, last: dict[int, tuple[KeptKernel, ClauseStanding]], kernel: KeptKernel
    ) -> Iterator[ClauseTurn]:
        """What changed on a kernel; `last` is what was known before, and becomes what is now."""
        now = self.standings[kernel.id]
        for clause in self.clauses:
            standing = now.get(clause.id)
            if standing is None or not is_decided(standing.verdict):
                continue
            before = last.get(clause.id)
            if before is not None and before[1].word != standing.word:
                yield ClauseTurn(clause, before[0], kernel, before[1], standing)
            last[clause.id] = kernel, standing


def timeline_of(history: History, kernels: Sequence[KeptKernel] | None = None) -> Timeline:
    """All kernels of a history, or these in their order, with what their pages may have stated."""
    kernels = kept_kernels(history) if kernels is None else kernels
    clauses = clauses_of(history)
    table = standings(history, kernels)
    stated = {
        kernel.id: {
            number: standing
            for number, standing in table[kernel.id].items()
            if is_stated(clauses[number].path, kernel)
        }
        for kernel in kernels
    }
    in_order = sorted(clauses.values(), key=lambda clause: clause.path)
    return Timeline(by_line(kernels), in_order, stated)


def is_stated(clause: str, kernel: KeptKernel) -> bool:
    """May the pages of the kernel's day state the clause, as far as that is known?

    A divergence may be counted against a sentence that no page had yet.
    """
    digits = kernel.day.replace("-", "")
    if not digits.isdecimal():
        return True
    return SINCE.get(clause, 0) <= int(digits) < UNTIL.get(clause, NEVER)


def changes_of(history: History, timeline: Timeline) -> list[ClauseTurn]:
    """The changes that a case shows which was judged on both kernels.

    Otherwise the sentence diverges in a case that the other kernel skipped, for it has another
    prototype, say: it may have diverged there as well.
    """
    return [turn for turn in timeline.changes() if _is_shown(history, turn)]


_SHOWN = """
SELECT count(*) FROM divergence
JOIN finding_clause ON finding_clause.finding_id = divergence.finding_id
JOIN result ON result.case_id = divergence.case_id JOIN outcome ON outcome.id = result.outcome_id
WHERE divergence.trial_id = ? AND finding_clause.clause_id = ? AND result.trial_id = ?
  AND outcome.end IN (?, ?)
"""


def _is_shown(history: History, turn: ClauseTurn) -> bool:
    diverges = turn.after.word == ClauseVerdict.DIVERGES.value
    bad, good = (turn.new, turn.old) if diverges else (turn.old, turn.new)
    judged = [end.value for end in CaseEndKind if end.is_judged]
    return any(
        history.one(_SHOWN, there, turn.clause.id, here, *judged)
        for there in bad.trials
        for here in good.trials
    )
