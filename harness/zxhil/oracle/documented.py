"""Adjust verdicts to the statuses that a user's pages document.

The model says when a status is due; a user's page says which statuses there are. Where the two
differ about that, the user's page is right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zxhil.model.clause import Allowed, Clause, ClauseKind, Outcome
from zxhil.model.judge import Verdict, VerdictKind
from zxhil.model.page import AnyPage

if TYPE_CHECKING:
    from zxhil.docs.statuses import DocumentedStatuses


def review(
    verdict: Verdict, page: AnyPage, outcome: Outcome, listed: DocumentedStatuses | None
) -> Verdict:
    """Judge a verdict's status by the user's list. Without one, a call with no errors conforms.

    A status that is not on the list is undocumented, regardless of the model. One that is on it,
    but that the model doesn't know, conforms: no clause says when it is required. An error that
    only the model requires is not reported as missing.
    """
    if listed is None:
        return verdict if page.statuses or page.always_ok else _without_errors(verdict)
    status = outcome.status
    if status == 0:
        demanded = {int(s) for clause in verdict.allowed.holds for s in clause.statuses}
        plain = verdict if verdict.otherwise is None else verdict.otherwise
        if plain.kind is VerdictKind.MISSING_ERROR and not demanded & listed.statuses:
            return _conforming(verdict, _narrowed(verdict.allowed, listed))
        return verdict
    if status not in listed.statuses:
        return _undocumented(verdict, listed)
    if verdict.kind is VerdictKind.UNDOCUMENTED_ERROR:
        return _conforming(verdict, verdict.allowed)
    return verdict


def _without_errors(verdict: Verdict) -> Verdict:
    """Any status of a call conforms of whose errors nothing is known."""
    unknown = verdict.kind is VerdictKind.UNDOCUMENTED_ERROR
    return _conforming(verdict, verdict.allowed) if unknown else verdict


def _conforming(verdict: Verdict, allowed: Allowed) -> Verdict:
    return Verdict(verdict.call, VerdictKind.CONFORMS, allowed)


def _undocumented(verdict: Verdict, listed: DocumentedStatuses) -> Verdict:
    """Blame the page's list, and with it the expectation that the model saw broken, if any."""
    clause = Clause(f"{listed.page}/documented_errors", ClauseKind.EFFECT, (), str(listed))
    others = verdict.blamed if verdict.kind is VerdictKind.WRONG_EFFECT else ()
    return Verdict(
        verdict.call,
        VerdictKind.UNDOCUMENTED_ERROR,
        _narrowed(verdict.allowed, listed),
        (clause, *others),
        verdict.call,
    )


def _narrowed(allowed: Allowed, listed: DocumentedStatuses) -> Allowed:
    """What is left of what the model allows; ZX_OK, if no error that is due is on the list."""
    from zxhil.abi.status import status_name

    due = {int(s) for clause in allowed.holds for s in clause.statuses}
    statuses = {s for s in allowed.statuses if s == 0 or s in listed.statuses}
    if not due & listed.statuses:
        statuses.add(0)
    names = tuple(status_name(s) for s in sorted(statuses, reverse=True))
    return allowed._replace(ok=0 in statuses, statuses=frozenset(statuses), names=names)
