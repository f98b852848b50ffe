"""Handles that a failed call wrote to its outputs.

No page says what a failed call leaves in its outputs: mostly what was there before. But if the
value turns out to be a handle, the call that failed made it, and is to blame for that.
"""

from __future__ import annotations

from zxhil.abi.calls import AnyCall
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.facts import Expectation, Fact
from zxhil.model.given import handles_in
from zxhil.model.page import AnyPage
from zxhil.model.state import State
from zxhil.model.verdict import Verdict, VerdictKind


def left_in_outputs(page: AnyPage, s: State, call: AnyCall, outcome: Outcome) -> None:
    """Note the values that a failed call left where it writes handles."""
    for name in page.handles_out:
        value = outcome.outs.get(name)
        if not isinstance(value, int) or not value or dict.__contains__(s.table, value):
            continue
        place = page.explanation(s, call, outcome.status)
        clause = page.purpose
        if place is not None and place < len(page.errors):
            clause = page.errors[place][0]
        if clause is not None:
            s.leftovers[value] = Expectation(s.calls, clause)


def made_by_a_failed_call(s: State, call: AnyCall, own: Verdict) -> Verdict | None:
    """The verdict if `call` shows that a value which a failed call left is a handle."""
    if own.kind is not VerdictKind.MISSING_ERROR or not s.leftovers:
        return None
    if any(Status.ZX_ERR_BAD_HANDLE not in clause.statuses for clause in own.blamed):
        return None
    scalars, entries = handles_in(call)
    for value in (*scalars, *entries):
        made = s.leftovers.pop(value, None)
        if made is not None and not dict.__contains__(s.table, value):
            s.enter(value, Fact(None), Fact(None), Fact(True))
            return own._replace(
                kind=VerdictKind.WRONG_EFFECT,
                blamed=(made.clause,),
                blamed_call=made.call,
                expected="no handle from the call that failed",
                got=f"the handle {value:#x}, which it left in its output",
                causes=((made.clause,),),
            )
    return None
