"""One call against its page: what was allowed, was it that, and if not, who is to blame."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any, NamedTuple

from zxhil.abi.calls import CALLS, AnyCall
from zxhil.abi.kinds import InHandles, InOutDispositions, Scalar
from zxhil.abi.status import Status
from zxhil.model.facts import Candidate, Fact
from zxhil.model.page import Allowed, AnyPage, Clause, Mismatch, Outcome
from zxhil.model.prune import EVERY, prune
from zxhil.model.state import State
from zxhil.model.tri import YES


class VerdictKind(enum.StrEnum):
    """The kinds of verdict on one call."""

    CONFORMS = "conforms"
    MISSING_ERROR = "missing error"
    WRONG_ERROR = "wrong error"
    UNDOCUMENTED_ERROR = "undocumented error"
    WRONG_EFFECT = "wrong effect"


class Verdict(NamedTuple):
    """The judgement of one call. `call` counts the case's calls from 0.

    `blamed` are the clauses to blame, the likeliest first; `blamed_call` is the call that
    promised the first: for a wrong effect often an earlier one than `call`, which noticed.
    `candidates` are the broken promises among them; `otherwise` is the verdict if all are cleared.
    Unless they are suspected `alone`, what `otherwise` blames is named after them.
    """

    call: int
    kind: VerdictKind
    allowed: Allowed
    blamed: tuple[Clause, ...] = ()
    blamed_call: int = 0
    seen: str = ""
    permitted: Clause | None = None
    candidates: tuple[Candidate, ...] = ()
    alone: bool = True
    otherwise: Verdict | None = None

    def revised(self) -> Verdict:
        """The verdict in the light of what was seen since: a promise that was kept is cleared."""
        left = tuple(suspect for suspect in self.candidates if not suspect.cleared)
        if len(left) == len(self.candidates) or self.otherwise is None:
            return self
        return _with_candidates(left, self.otherwise, alone=self.alone)


def allowed(page: AnyPage, state: State, call: AnyCall) -> Allowed:
    """Compute what `page` allows for `call` in `state` (see `Page.allows`)."""
    return page.allows(state, call)


def judge(page: AnyPage, state: State, call: AnyCall, outcome: Outcome) -> Verdict:
    """Judge one call, then let the model follow the kernel.

    Facts that the observation settles are settled, a promise that it contradicts is blamed, and
    the page's effects are applied for the status that the kernel gave.
    """
    permits = page.allows(state, call)
    status = outcome.status
    mismatches: tuple[Mismatch, ...] = ()
    if status in permits.statuses:
        mismatches = page.contradictions(state, call, outcome)
        conforms = not mismatches
    else:
        conforms = False
    if conforms:
        _settle(page, state, call, outcome)
        by_permission = _permitted(page, permits, status) if status in page.at_any_time else None
        verdict = Verdict(state.calls, VerdictKind.CONFORMS, permits, permitted=by_permission)
    else:
        own = _found(page, state, call, outcome, permits, mismatches)
        verdict = _blame(page, state, call, outcome, own)
        state.seen.update(clause.id for clause in verdict.blamed)
    if status == 0:
        for grant in page.grants:
            if grant.holds(state, call) == YES:
                state.seen.add(grant.clause.id)
        page.succeed(state, call, outcome)
    else:
        for clause, holds in page.refusals:
            if holds(state, call) == YES:
                state.seen.add(clause.id)
        page.fail(state, call, outcome)
    state.calls += 1
    if state.calls % EVERY == 0:
        prune(state)
    return verdict


def _permitted(page: AnyPage, permits: Allowed, status: int) -> Clause | None:
    """The any-time clause that alone explains the status, if that is so."""
    if any(status in c.statuses for c in permits.holds + permits.may_hold):
        return None
    return next((c for c in page.permitted if status in c.statuses), None)


# ---- which arguments are handles


class _HandlePlaces(NamedTuple):
    scalars: tuple[int, ...]
    handles: int
    dispositions: int


def _places(kinds: list[Any]) -> _HandlePlaces:
    def first(kind: type) -> int:
        return next((i for i, k in enumerate(kinds) if isinstance(k, kind)), -1)

    scalars = (i for i, k in enumerate(kinds) if isinstance(k, Scalar) and k.ctype == "zx_handle_t")
    return _HandlePlaces(tuple(scalars), first(InHandles), first(InOutDispositions))


_HANDLE_PLACES = {call.type: _places([p.kind for p in call.parameters]) for call in CALLS}


def handles_in(call: AnyCall) -> tuple[list[int], list[int]]:
    """Every handle value among the arguments of `call`: scalars, and those in arrays."""
    scalars, handles, dispositions = _HANDLE_PLACES[type(call)]
    arguments: Any = call
    values = [arguments[i] for i in scalars]
    if handles >= 0:
        return values, list(arguments[handles].values)
    if dispositions >= 0:
        return values, [entry.handle for entry in arguments[dispositions].values]
    return values, []


# ---- what an observation settles


def _settle(page: AnyPage, state: State, call: AnyCall, outcome: Outcome) -> None:
    """Bear out promises, and close open questions, where the answer leaves one possibility."""
    for fact in state.open_facts(*handles_in(call)):
        believed = fact.value
        if believed is not None:
            if not _fits(fact, not believed, page, state, call, outcome):
                state.saw(fact, believed)
            continue
        can_be = [v for v in (True, False) if _fits(fact, v, page, state, call, outcome)]
        if len(can_be) == 1:
            fact.observed(can_be[0])


def _fits(
    fact: Fact[Any], value: Any, page: AnyPage, state: State, call: AnyCall, outcome: Outcome
) -> bool:
    """Would the outcome be possible if `fact` had `value`?"""
    believed, fact.value = fact.value, value
    try:
        return page.possible(state, call, outcome)
    finally:
        fact.value = believed


# ---- whom to blame


def _blame(page: AnyPage, state: State, call: AnyCall, outcome: Outcome, own: Verdict) -> Verdict:
    """Look for the broken promises that explain a contradiction; `own` is the verdict without.

    A promise about the handle that the page's first condition is about is suspected before one
    about a later condition's, and then the later promise before the earlier. What a call that is
    no mere observer says of itself is its own doing.
    """
    if own.kind is VerdictKind.WRONG_EFFECT and not page.observes:
        return own
    promised = state.open_expectations()
    facts = _single(page, state, call, outcome, promised, page.possible)
    facts = facts or _together(page, state, call, outcome, promised)
    if not facts and own.kind is not VerdictKind.WRONG_EFFECT:
        # The outputs contradict as well: it is the status that has to be explained.
        facts = _single(page, state, call, outcome, promised, page.possible_status)
    if not facts:
        return own
    facts = list(dict.fromkeys(basis for fact in facts for basis in fact.expectations()))
    # A status tells for sure; an output, a signal for one, may itself be what is wrong.
    by_status = own.kind is not VerdictKind.WRONG_EFFECT
    sure = by_status and len(facts) == 1 and page.observes and isinstance(facts[0].value, bool)
    opposite = not facts[0].value
    candidates = tuple(fact.retracted() for fact in facts)
    if sure:
        facts[0].value = opposite
    return _with_candidates(candidates, own, alone=page.observes and _beyond_doubt(page, own))


def _beyond_doubt(page: AnyPage, own: Verdict) -> bool:
    """May an observer be trusted against an earlier promise, so that it is not blamed as well?

    Not with a sentence of another page, and not with a check of its own other than that a handle
    is valid, which no kernel can leave out.
    """
    if own.kind is VerdictKind.MISSING_ERROR:
        return all(Status.ZX_ERR_BAD_HANDLE in clause.statuses for clause in own.blamed)
    return all(clause.page == page.name for clause in own.blamed)


def _single(
    page: AnyPage,
    state: State,
    call: AnyCall,
    outcome: Outcome,
    promised: list[Fact[Any]],
    possible: Callable[[State, Any, Outcome], bool],
) -> list[Fact[Any]]:
    """The facts that explain a contradiction, each alone, the likeliest first."""
    found: list[tuple[int, Fact[Any]]] = []
    for fact in promised:
        believed = fact.value
        fact.value = not believed if isinstance(believed, bool) else None
        if possible(state, call, outcome):
            place = page.explanation(state, call, outcome.status) if outcome.status else None
            found.append((place or 0, fact))
        fact.value = believed
    found.sort(key=lambda item: item[0])
    return [fact for _, fact in found]


def _together(
    page: AnyPage, state: State, call: AnyCall, outcome: Outcome, promised: list[Fact[Any]]
) -> list[Fact[Any]]:
    """The facts on one sentence's word that explain a contradiction only together.

    Of yes-or-no facts only those about messages: if all handles of a sentence could be dead, that
    would explain anything.
    """
    groups: dict[Any, list[Fact[Any]]] = {}
    for fact in promised:
        if not isinstance(fact.value, bool):
            groups.setdefault(fact.expectation, []).append(fact)
    for fact in state.waiting():
        if fact.expectation is not None:
            groups.setdefault(fact.expectation.clause, []).append(fact)
    for group in groups.values():
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


def _with_candidates(candidates: tuple[Candidate, ...], own: Verdict, *, alone: bool) -> Verdict:
    """The verdict that blames `candidates`; unless `alone`, also what `own` would blame."""
    if not candidates:
        return own
    clauses = [suspect.expectation.clause for suspect in candidates]
    return own._replace(
        kind=VerdictKind.WRONG_EFFECT,
        blamed=tuple(dict.fromkeys(clauses if alone else clauses + list(own.blamed))),
        blamed_call=candidates[0].expectation.call,
        candidates=candidates,
        alone=alone,
        otherwise=own,
    )


def _found(
    page: AnyPage,
    state: State,
    call: AnyCall,
    outcome: Outcome,
    permits: Allowed,
    mismatches: tuple[Mismatch, ...],
) -> Verdict:
    """The verdict on a contradiction if no earlier promise is to blame for it."""
    status = outcome.status
    if mismatches:
        return Verdict(
            state.calls,
            VerdictKind.WRONG_EFFECT,
            permits,
            tuple(dict.fromkeys(m.clause for m in mismatches)),
            state.calls,
            "; ".join(dict.fromkeys(m.seen for m in mismatches)),
        )
    if status == Status.ZX_OK:
        refused = tuple(clause for clause, holds in page.refusals if holds(state, call) == YES)
        blamed = refused + permits.holds
        return Verdict(state.calls, VerdictKind.MISSING_ERROR, permits, blamed, state.calls)
    granted = page.granted(state, call, status)
    # A sentence that names just this status comes before those that demand any error.
    naming = [c for c in page.clauses if status in c.statuses]
    documented = tuple(sorted(naming, key=lambda c: len(c.statuses)))
    kind = VerdictKind.WRONG_ERROR if documented else VerdictKind.UNDOCUMENTED_ERROR
    blamed = granted + (permits.holds or documented or permits.may_hold)
    if not blamed and page.purpose is not None:
        blamed = (page.purpose,)
    return Verdict(state.calls, kind, permits, blamed, state.calls)


def reached(permits: Allowed) -> tuple[Clause, ...]:
    """Clauses whose condition held for a call; of a contradicted one, that it may have held."""
    return permits.holds + tuple(c for c in permits.may_hold if c.contradicted)
