"""All clauses on all kernels, in the order of time, and what changed from one to the next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from zxhil.history.kernels import KeptKernel, by_line, kept_kernels
from zxhil.history.standing import ClauseStanding, KeptClause, clauses_of, is_decided, standings
from zxhil.history.store import History
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


def timeline_of(history: History) -> Timeline:
    """Read all of a history."""
    kernels = kept_kernels(history)
    clauses = sorted(clauses_of(history).values(), key=lambda clause: clause.path)
    return Timeline(by_line(kernels), clauses, standings(history, kernels))
