"""One call against its page: what was allowed, was it that, and if not, who is to blame."""

from __future__ import annotations

import enum
from typing import Any, NamedTuple

from harness.abi.calls import BY_NAME, AnyCall
from harness.abi.kinds import DispositionsPointer, HandlesPointer, Scalar
from harness.abi.status import Status
from harness.model.facts import Fact, Promise
from harness.model.page import AnyPage, Clause, Mismatch, Outcome
from harness.model.state import State
from harness.model.tri import MAYBE, NO, YES


class VerdictKind(enum.StrEnum):
    """The kinds of verdict on one call."""

    CONFORMS = "conforms"
    MISSING_ERROR = "missing error"
    WRONG_ERROR = "wrong error"
    UNDOCUMENTED_ERROR = "undocumented error"
    WRONG_EFFECT = "wrong effect"


class Allowed(NamedTuple):
    """What a page allows in a state: error clauses that hold or may hold, and whether ZX_OK."""

    holds: tuple[Clause, ...]
    may_hold: tuple[Clause, ...]
    ok: bool
    statuses: frozenset[int]


class Verdict(NamedTuple):
    """The judgement of one call. `call` counts the case's calls from 0.

    `blamed` are the clauses to blame, the likeliest first; `blamed_call` is the call that
    promised them: for a wrong effect often an earlier one than `call`, which noticed.
    """

    call: int
    kind: VerdictKind
    allowed: Allowed
    blamed: tuple[Clause, ...] = ()
    blamed_call: int = 0
    seen: str = ""
    permitted: Clause | None = None


def allowed(page: AnyPage, state: State, call: AnyCall) -> Allowed:
    """Compute what `page` allows for `call` in `state`.

    If a condition holds, any status of a condition that holds or may hold; if none does, ZX_OK
    and the statuses that may hold. Statuses allowed at any time are always in.
    """
    holds: list[Clause] = []
    may_hold: list[Clause] = []
    for clause, predicate in page.errors:
        answer = predicate(state, call)
        if answer == YES:
            holds.append(clause)
        elif answer == MAYBE:
            may_hold.append(clause)
    statuses = {int(s) for clause in holds for s in clause.statuses}
    statuses.update(int(s) for clause in may_hold for s in clause.statuses)
    statuses.update(int(s) for clause in page.permitted for s in clause.statuses)
    ok = not holds
    if page.silent and any(p(state, call) != NO for p in page.silent):
        statuses |= page.statuses
    if ok:
        statuses.add(0)
    return Allowed(tuple(holds), tuple(may_hold), ok, frozenset(statuses))


def judge(page: AnyPage, state: State, call: AnyCall, outcome: Outcome) -> Verdict:
    """Judge one call, then let the model follow the kernel.

    Facts that the observation settles are settled, a promise that it contradicts is blamed, and
    the page's effects are applied for the status that the kernel gave.
    """
    permits = allowed(page, state, call)
    mismatch = _contradiction(page, state, call, outcome, permits)
    if mismatch is None:
        _settle(page, state, call, outcome)
        verdict = Verdict(
            state.calls, VerdictKind.CONFORMS, permits, permitted=_permitted(page, permits, outcome)
        )
    else:
        verdict = _blame(page, state, call, outcome, permits, mismatch)
    effect = page.succeed if outcome.status == 0 else page.fail
    effect(state, call, outcome)
    state.calls += 1
    return verdict


def _permitted(page: AnyPage, permits: Allowed, outcome: Outcome) -> Clause | None:
    """The any-time clause that alone explains the status, if that is so."""
    status = outcome.status
    if any(status in c.statuses for c in permits.holds + permits.may_hold):
        return None
    return next((c for c in page.permitted if status in c.statuses), None)


class _Contradiction(NamedTuple):
    """Why an outcome can't be: its status is not allowed, or these outputs contradict."""

    outputs: tuple[Mismatch, ...]


def _contradiction(
    page: AnyPage, state: State, call: AnyCall, outcome: Outcome, permits: Allowed | None = None
) -> _Contradiction | None:
    permits = permits or allowed(page, state, call)
    if outcome.status not in permits.statuses:
        return _Contradiction(())
    outputs = tuple(page.mismatches(state, call, outcome))
    return _Contradiction(outputs) if outputs else None


def handles_in(call: AnyCall) -> list[int]:
    """Every handle value among the arguments of `call`, arrays included."""
    values: list[int] = []
    for is_handle, value in zip(_HANDLE_PARAMETERS[type(call)], call, strict=True):
        if isinstance(value, HandlesPointer):
            values += value.values
        elif isinstance(value, DispositionsPointer):
            values += [entry.handle for entry in value.values]
        elif is_handle and isinstance(value, int):
            values.append(value)
    return values


#: For each call class, which parameters are handles.
_HANDLE_PARAMETERS: dict[type[Any], tuple[bool, ...]] = {
    syscall.type: tuple(
        isinstance(p.kind, Scalar) and p.kind.ctype == "zx_handle_t" for p in syscall.parameters
    )
    for syscall in BY_NAME.values()
}


def _settle(page: AnyPage, state: State, call: AnyCall, outcome: Outcome) -> None:
    """Bear out promises, and close open questions, where the answer leaves one possibility."""
    for fact in state.facts_about(handles_in(call)):
        if fact.value is None:
            possible = [
                value for value in (True, False) if _fits(fact, value, page, state, call, outcome)
            ]
            if len(possible) == 1:
                fact.observed(possible[0])
        elif fact.promise is not None and not _fits(
            fact, not fact.value, page, state, call, outcome
        ):
            state.saw(fact, fact.value)


def _fits(
    fact: Fact[Any], value: Any, page: AnyPage, state: State, call: AnyCall, outcome: Outcome
) -> bool:
    """Would the outcome be possible if `fact` had `value`?"""
    believed, fact.value = fact.value, value
    try:
        return _contradiction(page, state, call, outcome) is None
    finally:
        fact.value = believed


def _blame(
    page: AnyPage,
    state: State,
    call: AnyCall,
    outcome: Outcome,
    permits: Allowed,
    contradiction: _Contradiction,
) -> Verdict:
    for fact in state.open_promises():
        doubted = not fact.value if isinstance(fact.value, bool) else None
        if _fits(fact, doubted, page, state, call, outcome):
            promise = fact.promise
            assert promise is not None
            state.saw(fact, doubted)
            return _broken_promise(state, promise, permits, contradiction)
    if contradiction.outputs:
        state.seen.update(m.clause.id for m in contradiction.outputs)
        return Verdict(
            state.calls,
            VerdictKind.WRONG_EFFECT,
            permits,
            tuple(m.clause for m in contradiction.outputs),
            state.calls,
            "; ".join(m.seen for m in contradiction.outputs),
        )
    return _wrong_status(page, state, outcome, permits)


def _broken_promise(
    state: State, promise: Promise, permits: Allowed, contradiction: _Contradiction
) -> Verdict:
    return Verdict(
        state.calls,
        VerdictKind.WRONG_EFFECT,
        permits,
        (promise.clause,),
        promise.call,
        "; ".join(m.seen for m in contradiction.outputs),
    )


def _wrong_status(page: AnyPage, state: State, outcome: Outcome, permits: Allowed) -> Verdict:
    status = outcome.status
    if status == Status.ZX_OK:
        kind, blamed = VerdictKind.MISSING_ERROR, permits.holds
    elif status in page.statuses:
        kind = VerdictKind.WRONG_ERROR
        documented = [c for c in page.clauses if status in c.statuses]
        # A sentence that names just this status comes before those that demand any error.
        blamed = permits.holds or tuple(sorted(documented, key=lambda c: len(c.statuses)))
    else:
        kind, blamed = VerdictKind.UNDOCUMENTED_ERROR, permits.holds
    return Verdict(state.calls, kind, permits, blamed, state.calls)


def reached(permits: Allowed) -> tuple[Clause, ...]:
    """Clauses whose condition held for a call; of a contradicted one, that it may have held."""
    return permits.holds + tuple(c for c in permits.may_hold if c.contradicted)
