"""One call of a trace, judged, and what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from zxhil.abi.calls import AnyCall
from zxhil.abi.status import status_name
from zxhil.model.clause import Allowed, Outcome
from zxhil.model.judge import Verdict, VerdictKind, judge
from zxhil.model.page import AnyPage
from zxhil.model.state import State
from zxhil.oracle.documented import review
from zxhil.oracle.render import Known, call_text, known, outcome_text
from zxhil.oracle.results import Divergence, JudgedCall
from zxhil.trace.events import CallMade

if TYPE_CHECKING:
    from zxhil.docs.statuses import DocumentedStatuses

#: A message names no more statuses than these.
_MOST_NAMES = 4


class Judged(NamedTuple):
    """What is kept of a call until its text is needed."""

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
        outcome_text(judged.known, judged.name, judged.call, judged.outcome),
        verdict.kind,
        verdict.allowed.names,
        judged.offset,
        "" if verdict.permitted is None else verdict.permitted.id,
    )


def permitted(judged: Judged) -> bool:
    """Is the status one that the page allows at any time, and nothing else explains it?"""
    return judged.verdict.permitted is not None


def _required(allowed: Allowed) -> str:
    """The statuses of the conditions that are met; where any error will do, that."""
    statuses = dict.fromkeys(status for clause in allowed.holds for status in clause.statuses)
    names = [status.name for status in statuses]
    return " or ".join(names) if 0 < len(names) <= _MOST_NAMES else "an error"


def _expected(allowed: Allowed) -> str:
    """What is due instead; without the statuses that the page allows at any time."""
    due = {int(s) for clause in (*allowed.holds, *allowed.may_hold) for s in clause.statuses}
    names = [
        name
        for name in allowed.names
        if (name == "ZX_OK" and allowed.ok) or name in {status_name(status) for status in due}
    ]
    return f"; expected {' or '.join(names)}" if 0 < len(names) <= _MOST_NAMES else ""


def divergence(verdict: Verdict, name: str, outcome: Outcome) -> Divergence:
    """Put a verdict other than "conforms" into words."""
    got = status_name(outcome.status)
    match verdict.kind:
        case VerdictKind.MISSING_ERROR:
            text = f"zx_{name} returned ZX_OK; the page requires {_required(verdict.allowed)}"
        case VerdictKind.WRONG_ERROR:
            text = (
                f"zx_{name} returned {got}, but its documented condition is not met"
                f"{_expected(verdict.allowed)}"
            )
        case VerdictKind.UNDOCUMENTED_ERROR:
            text = f"zx_{name} returned {got}, which the page does not document"
        case _:
            text = verdict.seen or (
                f"zx_{name} returned {got}, which contradicts the documented effect"
                f"{_expected(verdict.allowed)}"
            )
    blamed = tuple(clause.id for clause in verdict.blamed)
    causes = tuple(tuple(clause.id for clause in cause) for cause in verdict.causes)
    return Divergence(
        verdict.call,
        verdict.kind,
        blamed,
        tuple(clause.sentence for clause in verdict.blamed),
        verdict.blamed_call,
        text,
        () if causes == (blamed[:1],) else causes,
    )
