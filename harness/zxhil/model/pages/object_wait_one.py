"""zx_object_wait_one, as its page stood in 2018-12."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from zxhil.abi.calls import ObjectWaitOne
from zxhil.abi.constants import signals_name
from zxhil.abi.objects import ObjType, Signal
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Clause, Mismatch, Outcome
from zxhil.model.deadlines import before_deadline
from zxhil.model.objects import KernelObject
from zxhil.model.page import Page
from zxhil.model.pages.timer_set import fires
from zxhil.model.shares import ACCEPT_BIT, SHARE_BIT
from zxhil.model.signals import Asserted, asserted, at_any, controlled, meaning_of
from zxhil.model.state import State
from zxhil.model.task_signals import changes_by_itself, note_task
from zxhil.model.timers import fired_early, may_fire, saw_signals
from zxhil.model.tri import MAYBE, NO, YES, Tri, both, negate

page = Page("object_wait_one", ObjectWaitOne, "object_wait_one.md, 2018-12")
page.observes = True
page.by_signals = True

observed_reported = page.effect(
    "observed",
    "observed has all signals that are asserted, and no other",
    words=("observed is a bitmap", "asserted"),
    purpose=True,
)
ends_at_once = page.effect(
    "ends_at_once",
    "the wait ends at once if a signal is asserted already",
    words=("already asserting", "ends immediately"),
)

_SHARE_QUEUE = SHARE_BIT | ACCEPT_BIT


@functools.cache
def _of_share_queue() -> tuple[tuple[int, Clause], ...]:
    """The signals of a socket's share queue, with the sentences of the pages that need this one."""
    from zxhil.model.pages.socket_accept import signal_accept
    from zxhil.model.pages.socket_share import signal_share

    return (SHARE_BIT, signal_share), (ACCEPT_BIT, signal_accept)


page.pointer("observed", optional=True)
page.handle("handle", right=Rights.WAIT)


def _signals(s: State, c: ObjectWaitOne) -> Asserted:
    object_ = s.object(c.handle)
    return Asserted(0, ~0) if object_ is None else asserted(s, object_)


waited_on = page.watch(lambda s, c: s.object(c.handle))
is_open = page.watch(lambda s, c: s.valid(c.handle))
signals_since = page.watch(_signals)


@page.error(
    Status.ZX_ERR_CANCELED,
    "handle was invalidated during the wait",
    about="handle",
    words=("invalidated", "during the wait"),
)
def canceled(s: State, c: ObjectWaitOne) -> Tri:
    return both(is_open.began(s, c), s.invalid(c.handle))


@page.error(
    Status.ZX_ERR_TIMED_OUT,
    "none of the signals was asserted before the deadline",
    words="deadline passed",
)
def timed_out(s: State, c: ObjectWaitOne) -> Tri:
    """The share queue's signals are on another page: `outputs` judges those."""
    object_ = s.object(c.handle)
    if object_ is None:
        return both(MAYBE, s.valid(c.handle))
    signals = asserted(s, object_)
    if c.signals & signals.yes & ~_SHARE_QUEUE:
        return NO
    open_question = c.signals & (signals.maybe | _SHARE_QUEUE)
    return both(MAYBE if open_question else YES, s.valid(c.handle))


not_before_deadline = page.effect(
    "not_before_deadline",
    "ZX_ERR_TIMED_OUT is returned once the deadline has passed",
    words=("wait until either", "deadline passes"),
)
closed_observed = page.effect(
    "closed_observed",
    "after ZX_ERR_CANCELED observed has ZX_SIGNAL_HANDLE_CLOSED",
    words=("observed will have", "zx_signal_handle_closed"),
)


@page.error(
    Status.ZX_ERR_NOT_SUPPORTED,
    "the object can't be waited on",
    about="handle",
    words="cannot be waited on",
)
def not_supported(s: State, c: ObjectWaitOne) -> Tri:
    return both(negate(s.not_a(c.handle, ObjType.PORT)), s.valid(c.handle))


@page.outputs
def outputs(s: State, c: ObjectWaitOne, o: Outcome) -> Iterator[Mismatch]:
    seen = o.number("observed")
    if o.status == Status.ZX_ERR_TIMED_OUT:
        yield from before_deadline(s, c.deadline, not_before_deadline)
    canceled_with = seen if o.status == Status.ZX_ERR_CANCELED else None
    if canceled_with is not None and not canceled_with & Signal.HANDLE_CLOSED:
        got = f"observed={canceled_with:#x}"
        yield Mismatch(closed_observed, "ZX_SIGNAL_HANDLE_CLOSED in observed", got)
    object_, *others = waited_on.since(s, c)
    if o.status not in (Status.ZX_OK, Status.ZX_ERR_TIMED_OUT) or object_ is None or others:
        return
    yield from fired_early(s, object_, seen, fires)
    signals = at_any(signals_since.since(s, c))
    for bit, clause in _of_share_queue():
        is_seen = bool(seen & bit) if seen is not None else None
        if is_seen is None and c.signals == bit:
            is_seen = o.status == Status.ZX_OK
        if is_seen and not (signals.yes | signals.maybe) & bit:
            yield Mismatch(clause, f"{signals_name(bit, 'SOCKET')} clear", "it asserted")
        elif is_seen is False and signals.yes & bit:
            yield Mismatch(clause, f"{signals_name(bit, 'SOCKET')} asserted", "it clear")
    if seen is None:
        return
    missing = signals.yes & ~seen & ~_SHARE_QUEUE
    extra = seen & signals.no & ~_SHARE_QUEUE
    type_ = object_.type.name
    for mask, state, other in ((missing, "asserted", "clear"), (extra, "clear", "asserted")):
        if mask:
            it = "them" if mask & (mask - 1) else "it"
            what = signals_name(mask, type_) + meaning_of(mask, object_)
            yield Mismatch(observed_reported, f"{what} {state}", f"{it} {other}")
    if missing or extra:
        return
    if o.status == Status.ZX_OK and not seen & c.signals:
        got = f"none of them in observed, which is {signals_name(seen, type_)}"
        awaited = signals_name(c.signals, type_)
        yield Mismatch(ends_at_once, f"a wait until one of {awaited} is asserted", got)
    elif (
        o.status == Status.ZX_ERR_TIMED_OUT
        and seen & c.signals
        and not (_changes(s, object_) or may_fire(object_))
    ):
        asserted_ = signals_name(seen & c.signals, type_)
        yield Mismatch(ends_at_once, f"ZX_OK, as {asserted_} is asserted", "ZX_ERR_TIMED_OUT")


def _changes(s: State, object_: KernelObject) -> bool:
    """May its signals change during the wait? After a timeout `observed` may show later ones."""
    unsteady = object_.unseen or may_fire(object_) or changes_by_itself(object_)
    return unsteady or s.moments is not None


@page.success
def success(s: State, c: ObjectWaitOne, o: Outcome) -> None:
    s.reach(ends_at_once)
    _note(s, c, o)


@page.failure
def failure(s: State, c: ObjectWaitOne, o: Outcome) -> None:
    if o.status == Status.ZX_ERR_TIMED_OUT:
        s.reach(not_before_deadline, bool(s.ended))
        _note(s, c, o)
    elif o.status == Status.ZX_ERR_CANCELED:
        s.reach(closed_observed, o.number("observed") is not None)


def _note(s: State, c: ObjectWaitOne, o: Outcome) -> None:
    object_, *others = waited_on.since(s, c)
    if object_ is None or others:
        return
    seen = o.number("observed")
    s.reach(observed_reported, seen is not None)
    saw_signals(s, object_, seen, fires)
    if seen is not None and not (object_.unseen or object_.unidentified or s.moments is not None):
        s.saw(object_.signals, seen & controlled(object_))
    if seen is not None:
        note_task(s, object_, seen)
    if c.signals & _SHARE_QUEUE:
        settled = ~asserted(s, object_).maybe
        for bit, clause in _of_share_queue():
            s.reach(clause, bool(c.signals & bit & settled))
