"""One call of a trace, judged; and why a case never reached a sentence that it claims."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from zxhil.model.clause import Clause, ClauseKind, Outcome
from zxhil.model.judge import judge
from zxhil.model.page import AnyPage
from zxhil.model.pages import find_clause
from zxhil.model.state import State
from zxhil.oracle.documented import review
from zxhil.oracle.render import call_text, known, outcome_text
from zxhil.oracle.results import Divergence, JudgedCall
from zxhil.oracle.sentence import Judged, sentence
from zxhil.trace.events import CallMade

if TYPE_CHECKING:
    from zxhil.docs.statuses import DocumentedStatuses

#: A vacuous case names no more calls than these.
_MOST_PLACES = 5


def judge_call(
    state: State,
    page: AnyPage,
    made: CallMade,
    outcome: Outcome,
    listed: DocumentedStatuses | None = None,
) -> Judged:
    """Judge one call by its page and by the user's own list, and let the model follow."""
    name, call, offset = made.name, made.call, made.offset
    remembered = known(state, call)
    verdict = review(judge(page, state, call, outcome), page, outcome, listed)
    return Judged(name, call, remembered, outcome, verdict, offset)


def words(judged: Judged) -> JudgedCall:
    """Put a judged call into words."""
    verdict = judged.verdict
    return JudgedCall(
        call_text(judged.known, judged.name, judged.call),
        outcome_text(judged.known, judged.name, judged.call, judged.outcome),
        verdict.kind,
        verdict.allowed.names,
        judged.offset,
        "" if verdict.permitted is None else verdict.permitted.id,
    )


def permitted(judged: Judged) -> bool:
    """Is the status one that the page allows at any time, and nothing else explains it?"""
    return judged.verdict.permitted is not None


def divergence(judged: Judged) -> Divergence:
    """Put a verdict other than "conforms" into words, with all later observations applied."""
    verdict = judged.verdict.revised()
    blamed = tuple(clause.id for clause in verdict.blamed)
    causes = tuple(tuple(clause.id for clause in cause) for cause in verdict.causes)
    return Divergence(
        verdict.call,
        verdict.kind,
        blamed,
        tuple(clause.sentence for clause in verdict.blamed),
        verdict.blamed_call,
        sentence(judged, verdict),
        () if causes == (blamed[:1],) else causes,
    )


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
