"""Why a case never reached a sentence that it claims: which condition was missing, and where."""

from __future__ import annotations

from collections.abc import Sequence

from zxhil.model.clause import Clause, ClauseKind
from zxhil.model.pages import find_clause
from zxhil.oracle.sentence import Judged

_MOST_PLACES = 5


def missing(claim: str, calls: Sequence[Judged]) -> str:
    """Say of a claimed clause id what was missing; `calls` are all that the case made."""
    clause = find_clause(claim)
    if clause is None:
        return f"{claim} (there is no such clause)"
    own = [(number, each) for number, each in enumerate(calls) if each.name == clause.page]
    return f"{claim} ({_why(clause, own)})"


def _why(clause: Clause, own: Sequence[tuple[int, Judged]]) -> str:
    if not own:
        return f"zx_{clause.page} was never called"
    maybe = [number for number, each in own if clause in each.verdict.allowed.may_hold]
    if maybe:
        return f"unknown whether {_quoted(clause)} at {_places(maybe)}"
    at = _places([number for number, _ in own])
    if clause.kind is ClauseKind.ERROR:
        return f"condition not met: {_quoted(clause)} at {at}"
    return f"effect not observed: {_quoted(clause)} after {at}"


def _quoted(clause: Clause) -> str:
    return f"“{clause.sentence}”"


def _places(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:_MOST_PLACES]))
    more = len(numbers) - _MOST_PLACES
    calls = "call" if len(numbers) == 1 else "calls"
    return f"{calls} {shown}" + (f" and {more} more" if more > 0 else "")
