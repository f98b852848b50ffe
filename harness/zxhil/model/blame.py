"""Whom to blame for a call that its page does not allow. The order, in one place:

1. a clause that this kernel is known to break, if it alone explains what was seen;
2. the call's own sentence;
3. what its outputs point to: a call that cases make to see what other calls did (`Page.observes`)
   reports on those calls, and any call on a handle's validity, which every kernel checks;
4. older expectations that nothing has confirmed yet, the latest first.

What the outputs narrow, they narrow first (`Page.narrowed`). Where the call's own sentence is
blamed, older expectations are kept but marked as suspect: if another page's call contradicts one
of them later, that one is blamed, and the verdict is revised.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from zxhil.abi.calls import AnyCall
from zxhil.abi.status import Status
from zxhil.model.clause import Allowed, Clause, ClauseKind, Mismatch, Outcome
from zxhil.model.facts import Candidate, Expectation, Fact, KnownRights, values_read
from zxhil.model.leftovers import made_by_a_failed_call
from zxhil.model.objects import KernelObject
from zxhil.model.page import AnyPage
from zxhil.model.state import State
from zxhil.model.tri import YES
from zxhil.model.verdict import Verdict, VerdictKind, beside, with_candidates
from zxhil.model.why import grounds

_TIMED_OUT = frozenset((Status.ZX_ERR_TIMED_OUT,))
_ENDS_OF_A_WAIT = _TIMED_OUT | {Status.ZX_ERR_CANCELED}
_Clauses = tuple[Clause, ...]
Possible = Callable[[State, Any, Outcome], bool]


def blame(
    page: AnyPage,
    state: State,
    call: AnyCall,
    outcome: Outcome,
    permits: Allowed,
    mismatches: tuple[Mismatch, ...],
) -> Verdict:
    """The verdict on an outcome that `page` does not allow, or whose outputs it contradicts."""
    own = _known_first(state, _own(page, state, call, outcome, permits, mismatches))
    own = own._replace(grounds=grounds(page, state, call, outcome, own))
    if mismatches:
        _observer_differs(page, state, call, outcome)
    if not _own_is_known(state, own):
        made = made_by_a_failed_call(state, call, own)
        if made is not None:
            return made
    facts = _explaining(page, state, call, outcome, own)
    if not facts:
        loose = _single(page, state, call, outcome, _partly(state), page.possible, in_full=False)
        clauses = [fact.expectation.clause for fact in loose if fact.expectation is not None]
        suspects = tuple(fact.suspected(page.name) for fact in loose)
        blamed = tuple(dict.fromkeys([*own.blamed, *clauses]))
        return own._replace(blamed=blamed, suspects=suspects)
    known = [fact for fact in facts if _is_known(state, fact)]
    if known and not _own_is_known(state, own):
        return _older(page, state, own, known[:1], sure=_is_sure(page, own, known))
    if _own_is_known(state, own):
        return own._replace(suspects=tuple(fact.suspected(page.name) for fact in facts))
    if not _points_elsewhere(state, page, own, facts):
        suspects = tuple(fact.suspected(page.name) for fact in facts)
        if _weighed(page, own) and page.observes and not _is_decided(state, page, suspects):
            return beside(own, suspects)
        return own._replace(suspects=suspects)
    return _older(page, state, own, facts, sure=_is_sure(page, own, facts))


def blame_outputs(
    page: AnyPage,
    state: State,
    call: AnyCall,
    outcome: Outcome,
    permits: Allowed,
    mismatches: tuple[Mismatch, ...],
) -> Verdict:
    """The verdict on outputs for which the call itself is to blame, whatever came before."""
    return _known_first(state, _own(page, state, call, outcome, permits, mismatches))


def _known_first(state: State, own: Verdict) -> Verdict:
    if not _own_is_known(state, own):
        return own
    known = sorted(own.blamed, key=lambda clause: clause.id not in state.known_clauses)
    return own._replace(blamed=tuple(known))


def _own_is_known(state: State, own: Verdict) -> bool:
    """Does what is known explain all that was seen?"""
    return any(all(c.id in state.known_clauses for c in cause) for cause in own.causes)


def _is_known(state: State, fact: Fact[Any]) -> bool:
    return fact.expectation is not None and fact.expectation.clause.id in state.known_clauses


def _is_sure(page: AnyPage, own: Verdict, facts: list[Fact[Any]]) -> bool:
    """Is a yes-or-no expectation certainly broken?

    A status is certain unless it depends on signals; an output or a signal may itself be wrong.
    """
    by_status = own.kind is not VerdictKind.WRONG_EFFECT
    by_status = by_status and not page.by_signals
    return by_status and len(facts) == 1 and isinstance(facts[0].value, bool)


def _observer_differs(page: AnyPage, state: State, call: AnyCall, outcome: Outcome) -> None:
    """Calls of one page have reported different values of what nothing has changed.

    Expectations that the first of them contradicted are cleared.
    """
    with values_read() as read:
        page.contradictions(state, call, outcome)
    for fact in read:
        if fact.options and fact.suspect is not None and fact.suspect.observer == page.name:
            fact.suspect.cleared = True


def _weighed(page: AnyPage, own: Verdict) -> bool:
    """Does an output contradict that is the call's own purpose, so that it may be wrong as well?

    One value among others that agree is more likely right.
    """
    by_output = own.kind is VerdictKind.WRONG_EFFECT
    return by_output and all(clause in page.weighed for clause in own.blamed)


def _older(
    page: AnyPage, state: State, own: Verdict, facts: list[Fact[Any]], *, sure: bool
) -> Verdict:
    """Blame older expectations; what they were about is then unknown."""
    by_output = own.kind is VerdictKind.WRONG_EFFECT
    before = [fact.suspected(page.name) for fact in facts]
    weighed = _weighed(page, own) and not _is_decided(state, page, before)
    candidates = []
    for fact in facts:
        believed = fact.value
        candidates.append(fact.retracted())
        if not weighed:
            state.older_blamed.add(candidates[-1].expectation.clause.id)
        if by_output and not isinstance(believed, bool | KernelObject):
            candidates[-1].observer = page.name
        if sure:
            fact.value = not believed
        elif isinstance(believed, KernelObject):
            state.unbind(fact)
        elif fact.passed_on:
            state.derive(fact)
    if not weighed and len({candidate.expectation for candidate in candidates}) == 1:
        _break_suspects(state, candidates[0].expectation)
    return with_candidates(tuple(candidates), own, weighed=weighed)


def _is_decided(state: State, page: AnyPage, against: Sequence[Candidate]) -> bool:
    """Is there other evidence against the same sentences?

    The sentence is known to be broken, a call was blamed on it before, or a call of another page
    has shown that the same call may have broken it.
    """
    broken = state.known_clauses | state.older_blamed
    if any(each.expectation.clause.id in broken for each in against):
        return True
    expectations = {each.expectation for each in against}
    suspects = (fact.suspect for fact in state.open_expectations() if fact.suspect is not None)
    return any(s.expectation in expectations and s.page not in ("", page.name) for s in suspects)


def _break_suspects(state: State, expectation: Expectation) -> None:
    """One fact shows that a call broke its sentence: mark its suspected facts as broken too."""
    for fact in state.open_expectations():
        if fact.suspect is not None and fact.expectation == expectation:
            fact.suspect.broken = True


def _points_elsewhere(state: State, page: AnyPage, own: Verdict, facts: list[Fact[Any]]) -> bool:
    """Does the observation point to an earlier call rather than to this one?"""
    if own.kind is VerdictKind.WRONG_EFFECT:
        of_page = all(clause.page == page.name for clause in own.blamed)
        return (
            page.observes and of_page and not (page.by_signals and _is_open_mask(state, facts[0]))
        )
    if any(clause in (grant.clause for grant in page.grants) for clause in own.blamed[:1]):
        return False
    about_validity = bool(own.blamed) and all(
        Status.ZX_ERR_BAD_HANDLE in clause.statuses for clause in own.blamed
    )
    if own.kind is VerdictKind.MISSING_ERROR and about_validity:
        return True
    return page.observes and any(not _explains_much(fact) for fact in facts)


def _is_open_mask(state: State, fact: Fact[Any]) -> bool:
    """Is it about signals that a call set or cleared, and was that call's sentence not blamed yet?

    Where only the other signals that a wait observed speak against it, the wait may be wrong as
    well: it is blamed itself, until the status of a wait for them speaks against the call too.
    """
    if not isinstance(fact.value, int) or isinstance(fact.value, bool):
        return False
    return fact.expectation is None or fact.expectation.clause.id not in state.older_blamed


def _is_identity(fact: Fact[Any]) -> bool:
    return isinstance(fact.value, KernelObject) and not fact.broken


def _explains_much(fact: Fact[Any]) -> bool:
    """Is it one whose retraction would explain nearly anything?"""
    return isinstance(fact.value, KnownRights) or _is_identity(fact)


# ---- the call's own sentence


def _own(
    page: AnyPage,
    state: State,
    call: AnyCall,
    outcome: Outcome,
    permits: Allowed,
    mismatches: tuple[Mismatch, ...],
) -> Verdict:
    """The verdict on a contradiction if no earlier expectation is to blame for it."""
    status = outcome.status
    if mismatches:
        clauses = tuple(dict.fromkeys(m.clause for m in mismatches))
        # An error named beside an effect is why the effect was due; it is not broken itself.
        effects = tuple(c for c in clauses if c.kind is ClauseKind.EFFECT)
        return Verdict(
            state.calls,
            VerdictKind.WRONG_EFFECT,
            permits,
            clauses,
            state.calls,
            " and ".join(dict.fromkeys(m.expected for m in mismatches)),
            " and ".join(dict.fromkeys(m.got for m in mismatches)),
            causes=(effects or clauses,),
        )
    if status == Status.ZX_OK:
        # Any of them demands an error: that none came breaks them all.
        refused = tuple(clause for clause, holds in page.refusals if holds(state, call) == YES)
        blamed = refused + permits.holds
        kind = VerdictKind.MISSING_ERROR
        return Verdict(state.calls, kind, permits, blamed, state.calls, causes=(blamed,))
    # A sentence that names just this status comes before those that demand any error.
    naming = [c for c in page.clauses if status in c.statuses]
    documented = tuple(sorted(naming, key=lambda c: len(c.statuses)))
    kind = VerdictKind.WRONG_ERROR if documented else VerdictKind.UNDOCUMENTED_ERROR
    blamed = _broken_by(page, state, call, outcome, permits, documented)
    # The order of checks is open: whichever was to give another error may have given this one.
    due = {*page.granted(state, call, status), *_undisputed(page, documented, permits.holds)}
    causes = tuple((c,) for at, c in enumerate(blamed) if at == 0 or c in due)
    return Verdict(state.calls, kind, permits, blamed, state.calls, causes=causes)


def _undisputed(page: AnyPage, documented: _Clauses, holds: _Clauses) -> _Clauses:
    """Of the conditions that are met, those that a call may break with a status.

    A status of no sentence at all refuses the call: how an accepted one would end does not apply.
    A call that watches nothing can't be canceled while it waits: on its page, that refuses it.
    """
    if documented:
        return holds
    ends = _ENDS_OF_A_WAIT if page.watches else _TIMED_OUT
    return tuple(clause for clause in holds if not ends.issuperset(clause.statuses))


def _broken_by(
    page: AnyPage,
    state: State,
    call: AnyCall,
    outcome: Outcome,
    permits: Allowed,
    documented: _Clauses,
) -> _Clauses:
    """The sentences that an error breaks which none of them allows, the likeliest first.

    First clauses that require success, then those that require another error, those that may, and
    last those for this status, whose condition does not hold. A status that is not on the page is
    blamed on the call's purpose, before clauses that may require another error.
    """
    granted = page.granted(state, call, outcome.status)
    holds = page.narrowed(state, call, outcome, permits.holds)
    if _undisputed(page, documented, holds):
        return granted + holds
    speaks = page.narrowed(state, call, outcome, documented)
    may_hold = tuple(
        clause
        for clause in permits.may_hold
        if not (clause.contradicted or clause in page.guessed or outcome.status in clause.statuses)
    )
    if speaks:
        # A pointer that is never followed is an unlikely explanation.
        invalid = Status.ZX_ERR_INVALID_ARGS
        may_hold = tuple(clause for clause in may_hold if invalid not in clause.statuses)
    if not documented:
        purpose = () if page.purpose is None else (page.purpose,)
        return tuple(dict.fromkeys(granted + purpose + holds + may_hold))
    blamed = granted + may_hold[: 1 if speaks else None] + speaks
    return tuple(dict.fromkeys(blamed or (permits.holds + documented)))


# ---- older expectations


def _explaining(
    page: AnyPage, state: State, call: AnyCall, outcome: Outcome, own: Verdict
) -> list[Fact[Any]]:
    """The unconfirmed expectations that would explain the outcome, the likeliest first."""
    if own.kind is VerdictKind.WRONG_EFFECT and not page.observes:
        return []
    expected = state.open_expectations()
    facts = _single(page, state, call, outcome, expected, page.possible)
    facts = facts or _together(page, state, call, outcome, expected)
    if not facts and own.kind is not VerdictKind.WRONG_EFFECT:
        # The outputs contradict as well: it is the status that has to be explained.
        unsure = [fact for fact in expected if not fact.broken]
        facts = _single(page, state, call, outcome, unsure, page.possible_status)
    # What was passed on unseen: whoever passed it on last, then where it came from.
    # Retracting which object a handle refers to explains anything: only where nothing else does.
    facts = [fact for fact in facts if not _is_identity(fact)] or facts
    facts = sorted(facts, key=_explains_much)
    return list(dict.fromkeys(link for fact in facts for link in fact.expectations()[::-1]))


def _partly(state: State) -> list[Fact[Any]]:
    """Expectations with a fully known breach, to be retracted as if only a part of it happened.

    They are blamed after the call's own sentence: what was seen of the rest speaks against them.
    """
    return [fact for fact in state.open_expectations() if fact.broken]


def _single(
    page: AnyPage,
    state: State,
    call: AnyCall,
    outcome: Outcome,
    expected: list[Fact[Any]],
    possible: Possible,
    *,
    in_full: bool = True,
) -> list[Fact[Any]]:
    """The facts that explain a contradiction, each alone, the likeliest first."""
    with values_read() as read:
        if possible(state, call, outcome):
            read.update(dict.fromkeys(expected))
    found: list[tuple[int, Fact[Any]]] = []
    for fact in expected:
        if not fact.touches(read):
            continue
        with fact.as_if_broken(in_full=in_full):
            if possible(state, call, outcome):
                place = page.explanation(state, call, outcome.status) if outcome.status else None
                found.append((place or 0, fact))
    found.sort(key=lambda item: item[0])
    return [fact for _, fact in found]


def _together(
    page: AnyPage, state: State, call: AnyCall, outcome: Outcome, expected: list[Fact[Any]]
) -> list[Fact[Any]]:
    """The facts on one sentence's word that explain a contradiction only together.

    Of yes-or-no facts only those about messages: if all handles of a sentence could be dead, that
    would explain anything.
    """
    with values_read() as read:
        page.possible(state, call, outcome)
    groups: dict[Any, list[Fact[Any]]] = {}
    asked = {fact.expectation for fact in read if fact.expectation is not None}
    for fact in expected if asked else ():
        if fact.expectation in asked and not isinstance(fact.value, bool) and not fact.broken:
            groups.setdefault(fact.expectation, []).append(fact)
    for fact in state.waiting():
        if fact.expectation is not None:
            groups.setdefault(fact.expectation.clause, []).append(fact)
    for group in groups.values():
        if not any(fact in read for fact in group):
            continue
        believed = [fact.value for fact in group]
        for fact in group:
            fact.value = None
        explained = page.possible(state, call, outcome)
        needed = []
        for fact, value in zip(group, believed, strict=True):
            fact.value = value
            if explained and not page.possible(state, call, outcome):
                needed.append((fact, value))
                fact.value = None
        for fact, value in needed:
            fact.value = value
        if needed:
            return [fact for fact, _ in needed]
    return []
