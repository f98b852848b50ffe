"""One call of a trace, judged, and what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zxhil.model.clause import Outcome
from zxhil.model.judge import judge
from zxhil.model.page import AnyPage
from zxhil.model.state import State
from zxhil.oracle.documented import review
from zxhil.oracle.render import call_text, known, outcome_text
from zxhil.oracle.results import Divergence, JudgedCall
from zxhil.oracle.sentence import Judged, sentence
from zxhil.trace.events import CallMade

if TYPE_CHECKING:
    from zxhil.docs.statuses import DocumentedStatuses


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


def divergence(judged: Judged) -> Divergence:
    """Put a verdict other than "conforms" into words, in the light of what was seen since."""
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
