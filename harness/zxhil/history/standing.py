"""What a history knows of each clause on each kernel.

Of several runs of one kernel the latest one that decides a clause counts: a later judgment may
have corrected an earlier one. A run decides a clause if it conforms or diverges.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from zxhil.history.kernels import KeptKernel
from zxhil.history.schema import VERDICTS
from zxhil.history.store import History
from zxhil.plain import plain
from zxhil.report.verdict import ClauseVerdict

_DECIDED = frozenset((ClauseVerdict.DIVERGES, ClauseVerdict.KNOWN, ClauseVerdict.CONFORMS))
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


def standing_of(verdicts: Sequence[ClauseVerdict]) -> ClauseStanding:
    """The standing from the verdicts of a kernel's runs, oldest first, ≥ 1."""
    decided = [verdict for verdict in verdicts if verdict in _DECIDED]
    last = (decided or verdicts)[-1]
    diverges = last in _DIVERGES
    return ClauseStanding(last, sum((each in _DIVERGES) is not diverges for each in decided))


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
    found: dict[int, list[ClauseVerdict]] = {}
    for rows in by_run:
        for clause, verdict in rows:
            found.setdefault(clause, []).append(VERDICTS[verdict])
    return {clause: standing_of(verdicts) for clause, verdicts in found.items()}
