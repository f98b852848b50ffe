"""One call of a trace, judged; and why a case never reached a sentence that it claims."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from zxhil.model.clause import Allowed, Clause, ClauseKind, Outcome
from zxhil.model.judge import Verdict, VerdictKind, judge
from zxhil.model.page import AnyPage
from zxhil.model.pages import find_clause
from zxhil.model.state import State
from zxhil.model.verdict import Ground
from zxhil.oracle.documented import review
from zxhil.oracle.render import call_text, known, outcome_text
from zxhil.oracle.results import Divergence, JudgedCall
from zxhil.oracle.sentence import Judged, sentence
from zxhil.oracle.texts import JudgingTexts
from zxhil.trace.events import CallMade

if TYPE_CHECKING:
    from zxhil.docs.statuses import DocumentedStatuses

#: What stands in place of the status of a call that did not return.
NO_RETURN = "did not return"
NOTHING_ALLOWED = Allowed((), (), False, frozenset(), ())
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
    name, call, offset, thread, _ = made
    remembered = known(state, call)
    verdict = judge(page, state, call, outcome)
    if listed is not None or verdict.kind is not VerdictKind.CONFORMS:
        verdict = review(verdict, page, outcome, listed)
    return Judged(name, call, remembered, outcome, verdict, offset, thread, state.process)


def unjudged(state: State, made: CallMade, number: int, outcome: Outcome | None) -> Judged:
    """A call that is shown and not judged; with no `outcome`, one that did not return."""
    verdict = Verdict(number, VerdictKind.NOT_JUDGED, NOTHING_ALLOWED)
    return Judged(
        made.name,
        made.call,
        known(state, made.call),
        outcome or Outcome(0, {}),
        verdict,
        made.offset,
        made.thread,
        state.process,
        None if outcome is None else -1,
    )


def came_back(judged: Judged, clause: Clause) -> Judged:
    """The same call, which by `clause` does not return and did, with success."""
    if judged.outcome.status:
        return judged
    number = judged.verdict.call
    verdict = judged.verdict._replace(
        kind=VerdictKind.WRONG_EFFECT,
        blamed=(clause,),
        blamed_call=number,
        expected="no return",
        got="a return",
        causes=((clause,),),
        grounds=(Ground(clause, True, (), ()),),
    )
    return judged._replace(verdict=verdict)


def words(judged: Judged) -> JudgedCall:
    """Put a judged call into words."""
    verdict, until = judged.verdict, judged.until
    status = NO_RETURN
    if until is not None:
        status = outcome_text(judged.known, judged.name, judged.call, judged.outcome)
    return JudgedCall(
        call_text(judged.known, judged.name, judged.call),
        status,
        verdict.kind,
        verdict.allowed.names,
        judged.offset,
        "" if verdict.permitted is None else verdict.permitted.id,
        judged.thread,
        judged.process,
        until if until is not None and until > verdict.call else -1,
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
        sentence(judged, verdict) + _overlapped(judged),
        () if causes == (blamed[:1],) else causes,
    )


def _overlapped(judged: Judged) -> str:
    """Say of a call that others overlapped which ones, and what was tried."""
    number, until = judged.verdict.call, judged.until
    later = range(number + 1, (number if until is None else until) + 1)
    others = [*judged.beside, *later[:_MOST_PLACES]]
    if not others:
        return ""
    left = len(later) - len(later[:_MOST_PLACES])
    return f"; it overlapped {_places(others, left)}, and no order of their effects allows it"


def missing(claim: str, calls: Sequence[Judged]) -> str:
    """Say of a claimed clause id what was missing; `calls` are all that the case made."""
    clause = find_clause(claim)
    if clause is None:
        return f"{claim} (there is no such clause)"
    own = [(number, each) for number, each in enumerate(calls) if each.name == clause.page]
    return f"{claim} ({_why(clause, own)})"


def open_by_age(claims: Sequence[str], calls: Sequence[Judged], texts: JudgingTexts) -> str:
    """Why the kernel's age leaves open all of these claims that no call reached; empty if not all.

    A call with a number that the kernel may predate is not judged, nor one with a number that later
    pages name on a younger kernel. And cases are written for pages of 2018-12: that a kernel of
    another age does not meet their conditions is no fault of the case.
    """
    reasons = [_open_by_age(claim, calls, texts) for claim in claims]
    age = "young" if texts.is_newer else "old"
    return f"too {age} a kernel: {'; '.join(reasons)}" if all(reasons) else ""


def _open_by_age(claim: str, calls: Sequence[Judged], texts: JudgingTexts) -> str:
    clause = find_clause(claim)
    if clause is None:
        return ""
    for is_unjudged, why in ((texts.predates, "came later"), (texts.postdates, "later pages name")):
        found = [number for number, each in enumerate(calls) if is_unjudged(each.name, each.call)]
        if found:
            name = calls[found[0]].name
            return f"{claim} (zx_{name} has a number that {why}, at {_places(found)})"
    return missing(claim, calls) if calls and (texts.is_older or texts.is_newer) else ""


def is_at_any_time(claim: str) -> bool:
    """Is it a status that the page allows at any time? A kernel need not return it."""
    clause = find_clause(claim)
    return clause is not None and clause.kind is ClauseKind.ANY_TIME


def statuses_of(claims: Sequence[str]) -> str:
    """The statuses of claimed clauses, in words."""
    found = [clause for claim in claims if (clause := find_clause(claim)) is not None]
    return ", ".join(dict.fromkeys(status.name for clause in found for status in clause.statuses))


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


def _places(numbers: Sequence[int], more: int = 0) -> str:
    shown = ", ".join(map(str, numbers[:_MOST_PLACES]))
    more += max(len(numbers) - _MOST_PLACES, 0)
    calls = "call" if len(numbers) == 1 else "calls"
    return f"{calls} {shown}" + (f" and {more} more" if more > 0 else "")
