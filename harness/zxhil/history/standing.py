"""What a history knows of each clause on each kernel.

A run decides a clause if it conforms or diverges. Of several runs of one kernel the latest one in
which every case ran counts, and those after it, such as the shards of a run: the worst verdict of
these. So a part of the cases does not hide what others showed, and a later run corrects earlier
ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from zxhil.history.kernels import KeptKernel
from zxhil.history.schema import VERDICTS
from zxhil.history.store import History
from zxhil.plain import plain
from zxhil.report.verdict import ClauseVerdict

_WORST = ClauseVerdict.DIVERGES, ClauseVerdict.KNOWN, ClauseVerdict.CONFORMS
_DECIDED = frozenset(_WORST)
_DIVERGES = frozenset((ClauseVerdict.DIVERGES, ClauseVerdict.KNOWN))


class KeptClause(NamedTuple):
    """A clause as the history has it."""

    id: int
    page: str
    name: str
    status: str
    sentence: str

    @property
    def path(self) -> str:
        """PAGE/CLAUSE."""
        return f"{self.page}/{self.name}"


class ClauseStanding(NamedTuple):
    """A clause on a kernel: its verdict, and how many of the kernel's runs disagree with that."""

    verdict: ClauseVerdict
    against: int = 0

    @property
    def word(self) -> str:
        """The verdict as reports of several kernels name it: known divergences diverge, too."""
        if self.verdict is ClauseVerdict.KNOWN:
            return ClauseVerdict.DIVERGES.value
        return self.verdict.value


def is_decided(verdict: ClauseVerdict) -> bool:
    """Does the verdict say that the clause conforms or diverges?"""
    return verdict in _DECIDED


def standing_of(verdicts: Sequence[tuple[ClauseVerdict, bool]]) -> ClauseStanding:
    """The standing from the verdicts of a kernel's runs, oldest first, ≥ 1.

    Each with whether every case ran.
    """
    decided = [each for each in verdicts if each[0] in _DECIDED]
    if not decided:
        return ClauseStanding(verdicts[-1][0])
    last = max((at for at, (_, whole) in enumerate(decided) if whole), default=0)
    found = min((verdict for verdict, _ in decided[last:]), key=_WORST.index)
    diverges = found in _DIVERGES
    return ClauseStanding(found, sum((each in _DIVERGES) is not diverges for each, _ in decided))


def clauses_of(history: History) -> dict[int, KeptClause]:
    """All clauses by their ids."""
    return {row[0]: kept_clause(row) for row in history.rows("SELECT * FROM clause")}


def kept_clause(row: tuple[int, str, str, str, str]) -> KeptClause:
    """A row of the table: its texts come from a file, and are shown."""
    number, *texts = row
    return KeptClause(number, *map(plain, texts))


def standings(
    history: History, kernels: Iterable[KeptKernel]
) -> dict[int, dict[int, ClauseStanding]]:
    """The standing of each clause on each kernel: by the kernels' ids, then by the clauses'."""
    return {kernel.id: _on(history, kernel) for kernel in kernels}


def _on(history: History, kernel: KeptKernel) -> dict[int, ClauseStanding]:
    sql = "SELECT clause_id, verdict_id FROM verdict WHERE trial_id = ?"
    by_run = [history.rows(sql, trial) for trial in kernel.trials]
    if len(by_run) == 1:
        made = {number: ClauseStanding(verdict) for number, verdict in VERDICTS.items()}
        return {clause: made[verdict] for clause, verdict in by_run[0]}
    found: dict[int, list[tuple[ClauseVerdict, bool]]] = {}
    for trial, rows in zip(kernel.trials, by_run, strict=True):
        for clause, verdict in rows:
            found.setdefault(clause, []).append((VERDICTS[verdict], trial in kernel.whole))
    return {clause: standing_of(verdicts) for clause, verdicts in found.items()}
