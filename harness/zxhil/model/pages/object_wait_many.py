"""zx_object_wait_many, as its page stood in 2018-12."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zxhil.abi.calls import ObjectWaitMany
from zxhil.abi.constants import signals_name
from zxhil.abi.objects import Signal
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.deadlines import before_deadline
from zxhil.model.page import Page
from zxhil.model.shares import ACCEPT_BIT, SHARE_BIT
from zxhil.model.signals import (
    UNKNOWN,
    Asserted,
    asserted,
    at_any,
    can_be_waited_on,
    controlled,
)
from zxhil.model.state import State
from zxhil.model.stated import NOT_VALID
from zxhil.model.tri import MAYBE, NO, YES, Tri, both, either, negate
from zxhil.model.unknown import has_unseen

page = Page("object_wait_many", ObjectWaitMany, "object_wait_many.md, 2018-12")
page.observes = True
page.by_signals = True

MOST_ITEMS = 8
"""As the page has it; headers say 16."""
_OPEN = SHARE_BIT | ACCEPT_BIT
"""Their meaning is on the pages of sharing, and judged by waits for one object."""

pending_reported = page.effect(
    "pending",
    "pending has the signals waited for that are asserted, and none that is not asserted",
    words=("pending field", "is filled"),
    purpose=True,
)
ends_at_once = page.effect(
    "ends_at_once",
    "the wait ends at once if one of the signals is asserted already",
    words=("already asserting", "ends immediately"),
)


def _unrecorded(c: ObjectWaitMany) -> Tri:
    """Anything may be wrong with items that the wire did not carry."""
    return MAYBE if has_unseen(c.items, c.count) else NO


def _handles(c: ObjectWaitMany) -> tuple[int, ...]:
    return tuple(item.handle for item in c.items.values)


def _signals(s: State, c: ObjectWaitMany) -> tuple[Asserted, ...]:
    objects = map(s.object, _handles(c))
    return tuple(UNKNOWN if each is None else asserted(s, each) for each in objects)


waited_on = page.watch(lambda s, c: tuple(map(s.object, _handles(c))))
are_open = page.watch(lambda s, c: tuple(map(s.valid, _handles(c))))
signals_since = page.watch(_signals)

page.pointer("items")
page.range(
    "count",
    MOST_ITEMS,
    "there are more than 8 items",
    words=("greater than", "zx_wait_many_max_items"),
)


@page.error(Status.ZX_ERR_BAD_HANDLE, "an item has no valid handle", about="items", words=NOT_VALID)
def bad_handle(s: State, c: ObjectWaitMany) -> Tri:
    return either(s.any_invalid(_handles(c)), _unrecorded(c))


@page.error(
    Status.ZX_ERR_ACCESS_DENIED, "the handle of an item lacks ZX_RIGHT_WAIT", words="zx_right_wait"
)
def access_denied(s: State, c: ObjectWaitMany) -> Tri:
    return either(s.any_lacks(_handles(c), Rights.WAIT), _unrecorded(c))


@page.unspecified
def lacks_transfer(s: State, c: ObjectWaitMany) -> Tri:
    """RIGHTS asks for ZX_RIGHT_TRANSFER; ERRORS names no status for a handle without it."""
    return s.any_lacks(_handles(c), Rights.TRANSFER)


@page.error(
    Status.ZX_ERR_CANCELED,
    "the handle of an item was invalidated during the wait",
    words=("invalidated", "during the wait"),
)
def canceled(s: State, c: ObjectWaitMany) -> Tri:
    return max(_closed_since(s, c), default=NO)


def _closed_since(s: State, c: ObjectWaitMany) -> list[Tri]:
    began = are_open.began(s, c)
    return [both(open_, s.invalid(h)) for open_, h in zip(began, _handles(c), strict=True)]


@page.error(
    Status.ZX_ERR_TIMED_OUT,
    "none of the signals was asserted before the deadline",
    words="deadline passed",
)
def timed_out(s: State, c: ObjectWaitMany) -> Tri:
    answer: Tri = MAYBE if _unrecorded(c) != NO else YES
    for item, now in zip(c.items.values, _signals(s, c), strict=True):
        live = s.valid(item.handle)
        if item.waitfor & now.yes & ~_OPEN and live != NO:
            answer = both(answer, negate(live))
        if item.waitfor & (now.maybe | _OPEN):
            answer = both(answer, MAYBE)
    return answer


not_before_deadline = page.effect(
    "not_before_deadline",
    "ZX_ERR_TIMED_OUT is returned once the deadline has passed",
    words=("wait until either", "deadline passes"),
)
closed_observed = page.effect(
    "closed_observed",
    "after ZX_ERR_CANCELED pending of a closed handle has ZX_SIGNAL_HANDLE_CLOSED",
    words=("closed", "zx_signal_handle_closed"),
)


@page.error(
    Status.ZX_ERR_NOT_SUPPORTED, "an item's object can't be waited on", words="cannot be waited one"
)
def not_supported(s: State, c: ObjectWaitMany) -> Tri:
    answers = [both(s.valid(h), negate(can_be_waited_on(s.object(h)))) for h in _handles(c)]
    return max(answers, default=NO)


page.no_memory()


@page.outputs
def outputs(s: State, c: ObjectWaitMany, o: Outcome) -> Iterator[Mismatch]:
    seen: tuple[int, ...] = o.values("items")
    if o.status == Status.ZX_ERR_TIMED_OUT:
        yield from before_deadline(s, c.deadline, not_before_deadline)
    if len(seen) != len(c.items.values):
        return
    if o.status == Status.ZX_ERR_CANCELED:
        closed = zip(_closed_since(s, c), seen, strict=True)
        if all(pending & Signal.HANDLE_CLOSED == 0 for gone, pending in closed if gone != NO):
            yield Mismatch(closed_observed, "ZX_SIGNAL_HANDLE_CLOSED in pending", "it in none")
    objects, *others = waited_on.since(s, c)
    if o.status not in (Status.ZX_OK, Status.ZX_ERR_TIMED_OUT) or others:
        return
    found = [
        mismatch
        for place, object_ in enumerate(objects)
        if object_ is not None
        for mismatch in _item_differs(s, c, place, seen[place])
    ]
    yield from found
    hit = any(pending & i.waitfor for pending, i in zip(seen, c.items.values, strict=True))
    if not found and o.status == Status.ZX_OK and not hit:
        expected = "a wait until a signal is asserted that was waited for"
        yield Mismatch(ends_at_once, expected, "none of them in pending")
    elif not found and o.status == Status.ZX_ERR_TIMED_OUT and hit and not _change(s, objects):
        yield Mismatch(ends_at_once, "ZX_OK, as pending has a signal", "ZX_ERR_TIMED_OUT")


def _item_differs(s: State, c: ObjectWaitMany, place: int, pending: int) -> Iterator[Mismatch]:
    item, object_ = c.items.values[place], s.object(c.items.values[place].handle)
    now = at_any(each[place] for each in signals_since.since(s, c))
    type_ = None if object_ is None else object_.type.name
    missing = now.yes & item.waitfor & ~pending & ~_OPEN
    extra = pending & now.no & ~_OPEN
    for mask, state, other in ((missing, "asserted", "clear"), (extra, "clear", "asserted")):
        if mask:
            it = "them" if mask & (mask - 1) else "it"
            what = f"{signals_name(mask, type_)} of item {place} {state}"
            yield Mismatch(pending_reported, what, f"{it} {other}")


def _change(s: State, objects: tuple[Any, ...]) -> bool:
    """May signals change during the wait? After a timeout `pending` may show later ones."""
    return s.moments is not None or any(each is None or each.unseen for each in objects)


page.reported["items"] = lambda s, c: tuple(
    now.yes or item.waitfor & now.maybe
    for item, now in zip(c.items.values, _signals(s, c), strict=True)
)


@page.success
def success(s: State, c: ObjectWaitMany, o: Outcome) -> None:
    s.reach(ends_at_once)
    _note(s, c, o)


@page.failure
def failure(s: State, c: ObjectWaitMany, o: Outcome) -> None:
    if o.status == Status.ZX_ERR_TIMED_OUT:
        s.reach(not_before_deadline, bool(s.ended))
        _note(s, c, o)
    elif o.status == Status.ZX_ERR_CANCELED:
        s.reach(closed_observed, bool(o.values("items")))


def _note(s: State, c: ObjectWaitMany, o: Outcome) -> None:
    """User signals that are all there as expected are confirmed."""
    seen: tuple[int, ...] = o.values("items")
    s.reach(pending_reported, bool(seen))
    objects, *others = waited_on.since(s, c)
    if others or len(seen) != len(objects) or _change(s, objects):
        return
    for object_, pending in zip(objects, seen, strict=True):
        if object_ is None or object_.unidentified:
            continue
        if object_.signals.value == pending & controlled(object_):
            s.saw(object_.signals, object_.signals.value)
