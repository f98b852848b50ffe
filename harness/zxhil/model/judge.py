"""One call against its page: what was allowed, was it that, and if not, who is to blame."""

from __future__ import annotations

from typing import Any

from zxhil.abi.calls import AnyCall
from zxhil.abi.status import Status
from zxhil.model.blame import blame, blame_outputs
from zxhil.model.children import exists
from zxhil.model.clause import Allowed, Clause, Mismatch, Outcome
from zxhil.model.denials import denied_by, was_denied
from zxhil.model.facts import Fact, KnownRights
from zxhil.model.given import handles_in
from zxhil.model.leftovers import left_in_outputs
from zxhil.model.objects import KernelObject
from zxhil.model.page import AnyPage
from zxhil.model.sentences import nothing
from zxhil.model.state import State
from zxhil.model.tri import NO, YES
from zxhil.model.unknown import changed_unseen
from zxhil.model.unwritten import not_written
from zxhil.model.verdict import Verdict, VerdictKind
from zxhil.model.wait_packets import look

__all__ = ["Verdict", "VerdictKind", "allowed", "judge", "reached"]

_REST = Verdict(0, VerdictKind.CONFORMS, Allowed((), (), True, frozenset(), ()))[8:]
"""The fields behind `permitted` of a verdict that conforms."""

EXPECTATIONS_KEPT = 4096
#: Calls between two prunings.
PRUNED_EVERY = 4096


def allowed(page: AnyPage, state: State, call: AnyCall) -> Allowed:
    """Compute what `page` allows for `call` in `state` (see `Page.allows`)."""
    return page.allows(state, call)


def judge(page: AnyPage, state: State, call: AnyCall, outcome: Outcome) -> Verdict:
    """Judge one call, then let the model follow the kernel.

    Facts that the observation settles are settled, a contradicted expectation is blamed, and
    the page's effects are applied for the status that the kernel gave.
    """
    state.page = page.name
    if not page.modelled:
        return _followed(page, state, call, outcome)
    denied = denied_by(state, call) if state.owners else None
    if denied is not None:
        return _denied(page, state, call, outcome, denied)
    permits = page.allows(state, call)
    status = outcome.status
    mismatches: tuple[Mismatch, ...] = ()
    missing: tuple[Mismatch, ...] = ()
    if status in permits.statuses:
        mismatches = page.contradictions(state, call, outcome)
        if outcome.unwritten:
            missing = not_written(page, state, call, outcome)
        conforms = not (mismatches or missing)
    else:
        conforms = False
    if missing:
        # No earlier call explains an output that this call should have written.
        verdict = blame_outputs(page, state, call, outcome, permits, missing + mismatches)
        _diverged(state, verdict)
    elif conforms or (state.suspected and _was_suspected(page, state, call, outcome)):
        _settle(page, state, call, outcome)
        if state.moments is not None:
            permits = page.proved(state, call, status, permits)
        by_permission = _permitted(page, permits, status) if status in page.at_any_time else None
        # What the class's own constructor does, less a call.
        of_call = (state.calls, VerdictKind.CONFORMS, permits, (), 0, "", "", by_permission)
        verdict = tuple.__new__(Verdict, (*of_call, *_REST))
    else:
        verdict = blame(page, state, call, outcome, permits, mismatches)
        _diverged(state, verdict)
    apply(page, state, call, outcome)
    state.settles = True
    state.calls += 1
    if state.calls % PRUNED_EVERY == 0:
        prune(state)
    return verdict


def _diverged(state: State, verdict: Verdict) -> None:
    state.suspected = state.suspected or bool(verdict.suspects)
    state.seen.update(clause.id for clause in verdict.blamed)
    # A call that itself diverged confirms nothing.
    state.settles = verdict.blamed_call < state.calls


def _followed(page: AnyPage, state: State, call: AnyCall, outcome: Outcome) -> Verdict:
    """A call without a page: it can't diverge, and it confirms nothing."""
    verdict = Verdict(state.calls, VerdictKind.CONFORMS, page.allows(state, call))
    effect = page.fail if outcome.status else page.succeed
    effect(state, call, outcome)
    state.calls += 1
    return verdict


def _denied(
    page: AnyPage, state: State, call: AnyCall, outcome: Outcome, clause: Clause
) -> Verdict:
    """A call that a policy denies fails, with a status of which `clause` says nothing."""
    permits = Allowed((clause,), (), False, frozenset({outcome.status} - {0}), ("an error",))
    if outcome.status:
        was_denied(state, call)
        verdict = Verdict(state.calls, VerdictKind.CONFORMS, permits)
    else:
        kind, causes = VerdictKind.MISSING_ERROR, ((clause,),)
        verdict = Verdict(state.calls, kind, permits, (clause,), state.calls, causes=causes)
        _diverged(state, verdict)
    apply(page, state, call, outcome)
    state.settles = True
    state.calls += 1
    return verdict


def apply(page: AnyPage, state: State, call: AnyCall, outcome: Outcome) -> None:
    """Let the call have its effects; what it did at its begin, unless it has begun before."""
    moments = state.moments
    if page.begin is not nothing and (moments is None or not moments.begun):
        page.begin(state, call, outcome)
    if moments is not None:
        page.settle_on(state, call, outcome, moments)
    if outcome.status == 0:
        for grant in page.grants:
            if grant.holds(state, call) == YES:
                state.seen.add(grant.clause.id)
        page.succeed(state, call, outcome)
    else:
        for clause, holds in page.refusals:
            if holds(state, call) == YES:
                state.seen.add(clause.id)
        page.fail(state, call, outcome)
        if page.handles_out:
            left_in_outputs(page, state, call, outcome)
    if state.ports:
        look(state)
    if state.unbound and outcome.status != Status.ZX_ERR_BAD_HANDLE:
        for name, type_ in page.changes.items():
            changed_unseen(state, getattr(call, name), type_)


def _was_suspected(page: AnyPage, state: State, call: AnyCall, outcome: Outcome) -> bool:
    """Does an expectation that a call of another page made suspect explain the outcome?

    If so, that expectation is blamed: the calls of two pages agree on it.
    """
    for fact in state.open_expectations():
        suspect = fact.suspect
        if suspect is None or suspect.page in ("", page.name):
            continue
        if not isinstance(fact.value, bool | KnownRights):
            # An unknown fact would explain anything.
            continue
        with fact.as_if_broken():
            explained = page.possible(state, call, outcome)
        if explained and isinstance(fact.value, bool):
            fact.observed(not fact.value)
            return True
        if explained:
            fact.retracted()
            return True
    return False


def _permitted(page: AnyPage, permits: Allowed, status: int) -> Clause | None:
    """The any-time clause that alone explains the status, if that is so."""
    if any(status in c.statuses for c in permits.holds + permits.may_hold):
        return None
    return next((c for c in page.permitted if status in c.statuses), None)


# ---- what an observation settles


def _settle(page: AnyPage, state: State, call: AnyCall, outcome: Outcome) -> None:
    """Confirm expectations and settle open facts where the answer leaves one possibility."""
    scalars, listed = handles_in(call)
    objects, cookies = page.asks_state(call), page.asks_cookies
    for fact in state.open_facts(scalars, listed, objects=objects, cookies=cookies):
        believed = fact.value
        if believed is not None:
            if not _fits(fact, not believed, page, state, call, outcome):
                state.saw(fact, believed)
            continue
        if page.by_signals and fact.suspect is not None:
            # The signals may be why it is suspect.
            continue
        if fact.options:
            _narrow(fact, page, state, call, outcome)
            continue
        can_be = [v for v in (True, False) if _fits(fact, v, page, state, call, outcome)]
        if len(can_be) == 1:
            fact.observed(can_be[0])


def _narrow(fact: Fact[Any], page: AnyPage, state: State, call: AnyCall, outcome: Outcome) -> None:
    """Rule out the possibilities under which the page does not allow the outcome."""
    left = tuple(v for v in fact.options if _fits(fact, v, page, state, call, outcome))
    if len(left) == 1:
        state.saw(fact, left[0])
    elif left and left != fact.options:
        fact.leave(left)


def _fits(
    fact: Fact[Any], value: Any, page: AnyPage, state: State, call: AnyCall, outcome: Outcome
) -> bool:
    """Would the outcome be possible if `fact` had `value`?"""
    believed, fact.value = fact.value, value
    try:
        return page.possible(state, call, outcome)
    finally:
        fact.value = believed


def reached(permits: Allowed, status: int = 0) -> tuple[Clause, ...]:
    """Clauses whose condition held for a call; of a contradicted one, that it may have held.

    One that may have held, held if it alone explains the `status` that the call conforms with.
    """
    perhaps = [c for c in permits.may_hold if c.contradicted]
    explain = [c for c in permits.holds + permits.may_hold if status in c.statuses]
    if len(explain) == 1 and status not in permits.otherwise:
        perhaps += [c for c in explain if c in permits.may_hold and c not in perhaps]
    return permits.holds + tuple(perhaps)


def prune(s: State) -> None:
    """Keep the model small over a long case: drop what can't matter any more.

    Expectations with `EXPECTATIONS_KEPT` newer ones are taken as confirmed. A handle that is
    certainly closed is as one that never was, and an object that nothing can reach is gone.
    """
    expected = [fact for fact in s.expected_facts if fact.expectation is not None]
    for fact in expected[:-EXPECTATIONS_KEPT]:
        fact.expectation = fact.basis = None
    s.expected_facts = expected[-EXPECTATIONS_KEPT:]
    s.leftovers.clear()
    for table in (s.table, *s.tables.values()):
        for value, entry in list(table.items()):
            if entry.live.value is False and entry.live.expectation is None:
                del table[value]
                object_ = entry.object.value
                if object_ is not None and entry in object_.handles:
                    object_.handles.remove(entry)
    for koid, object_ in list(s.by_koid.items()):
        if not object_.given and not object_.children and _unreachable(s, object_):
            del s.by_koid[koid]
    for entry in s.every_entry():
        if entry.object.value is not None:
            _drop_dead_children(s, entry.object.value)


def _unreachable(s: State, object_: KernelObject) -> bool:
    return not object_.handles and not object_.in_transit and exists(s, object_) == NO


def _drop_dead_children(s: State, parent: KernelObject) -> None:
    parent.children = [
        child for child in parent.children if child.children or not _unreachable(s, child)
    ]
