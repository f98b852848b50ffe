"""One call of a trace, judged, and what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from zxhil.abi.calls import AnyCall
from zxhil.abi.status import status_name
from zxhil.model.clause import Outcome
from zxhil.model.judge import Verdict, VerdictKind, judge
from zxhil.model.page import AnyPage
from zxhil.model.state import State
from zxhil.oracle.documented import review
from zxhil.oracle.render import Known, call_text, known, outcome_text
from zxhil.oracle.results import Divergence, JudgedCall
from zxhil.trace.events import CallMade

if TYPE_CHECKING:
    from zxhil.docs.statuses import DocumentedStatuses


class Judged(NamedTuple):
    """What is kept of a call until somebody wants it in words."""

    name: str
    call: AnyCall
    known: Known
    outcome: Outcome
    verdict: Verdict
    offset: int


def judge_call(
    state: State,
    page: AnyPage,
    made: CallMade,
    outcome: Outcome,
    listed: DocumentedStatuses | None = None,
) -> Judged:
    """Judge one call by its page and by the user's own list, and let the model follow."""
    name, call, offset = made
    remembered = known(state, call)
    verdict = review(judge(page, state, call, outcome), page, outcome, listed)
    return Judged(name, call, remembered, outcome, verdict, offset)


def words(judged: Judged) -> JudgedCall:
    """Put a judged call into words."""
    verdict = judged.verdict
    return JudgedCall(
        call_text(judged.known, judged.name, judged.call),
        outcome_text(judged.name, judged.outcome),
        verdict.kind,
        verdict.allowed.names,
        judged.offset,
        "" if verdict.permitted is None else verdict.permitted.id,
    )


def permitted(judged: Judged) -> bool:
    """Is the status one that the page allows at any time, and nothing else explains it?"""
    return judged.verdict.permitted is not None


def divergence(verdict: Verdict, name: str, outcome: Outcome) -> Divergence:
    """Put a verdict other than "conforms" into words."""
    got = status_name(outcome.status)
    match verdict.kind:
        case VerdictKind.MISSING_ERROR:
            text = f"zx_{name} succeeded, its page demands an error"
        case VerdictKind.WRONG_ERROR:
            text = f"zx_{name} returned {got}, whose documented condition does not hold"
        case VerdictKind.UNDOCUMENTED_ERROR:
            text = f"zx_{name} returned {got}, which its page does not document"
        case _:
            text = verdict.seen or f"zx_{name} returned {got}: that effect did not happen"
    return Divergence(
        verdict.call,
        verdict.kind,
        tuple(clause.id for clause in verdict.blamed),
        tuple(clause.sentence for clause in verdict.blamed),
        verdict.blamed_call,
        text,
    )
