"""zx_object_signal, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import ObjectSignal
from zxhil.abi.objects import USER_SIGNAL_ALL, ObjType, Signal
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.stated import NOT_VALID
from zxhil.model.tri import MAYBE, Tri, both, either, tri

page = Page("object_signal", ObjectSignal, "object_signal.md, 2018-12")
page.changes = {"handle": None}

user_signals = page.effect(
    "user_signals",
    "the eight user signals are cleared, then set, as asked",
    words=("8 signal bits", "zx_user_signal_7"),
    purpose=True,
)
page.state(user_signals, words=("clear_mask is first used", "set_mask"))
event_signaled = page.effect(
    "event_signaled",
    "an event's ZX_EVENT_SIGNALED can be set as well",
    words=("event objects", "zx_event_signaled"),
)
eventpair_signaled = page.effect(
    "eventpair_signaled",
    "an event pair's ZX_EVENTPAIR_SIGNALED can be set as well",
    words=("eventpair objects", "zx_eventpair_signaled"),
)

_OWN_SIGNAL = {
    ObjType.EVENT: int(Signal.EVENT_SIGNALED),
    ObjType.EVENTPAIR: int(Signal.EVENTPAIR_SIGNALED),
}


def _no_process(s: State, c: ObjectSignal) -> Tri:
    """RIGHTS asks for a process's handle, DESCRIPTION for any object's: the page contradicts
    itself. It names no error for another type: one about the handle it must be, not the masks'."""
    return both(MAYBE, s.not_a(c.handle, ObjType.PROCESS))


@page.error(Status.ZX_ERR_BAD_HANDLE, "handle is not valid", about="handle", words=NOT_VALID)
def bad_handle(s: State, c: ObjectSignal) -> Tri:
    return either(s.invalid(c.handle), _no_process(s, c))


@page.error(
    Status.ZX_ERR_ACCESS_DENIED,
    "handle lacks ZX_RIGHT_SIGNAL",
    about="handle",
    words="zx_right_signal",
)
def access_denied(s: State, c: ObjectSignal) -> Tri:
    return either(s.lacks(c.handle, Rights.SIGNAL), _no_process(s, c))


@page.error(
    Status.ZX_ERR_INVALID_ARGS,
    "a mask has bits that are not allowed",
    about="clear_mask",
    words="not allowed",
)
def invalid_args(s: State, c: ObjectSignal) -> Tri:
    object_ = s.object(c.handle)
    asked = c.clear_mask | c.set_mask
    if object_ is None or object_.type is ObjType.NONE:
        # Its type may have a signal that object_signal may set.
        bad = bool(asked & ~(USER_SIGNAL_ALL | int(Signal.EVENT_SIGNALED)))
        return both(s.valid(c.handle), tri(bad or (None if asked & ~USER_SIGNAL_ALL else False)))
    own = _OWN_SIGNAL.get(object_.type, 0)
    return both(s.valid(c.handle), tri(bool(asked & ~(USER_SIGNAL_ALL | own))))


page.state(invalid_args, about="set_mask", words="not allowed")


@page.success
def success(s: State, c: ObjectSignal, o: Outcome) -> None:
    object_ = s.object(c.handle)
    if object_ is None:
        return
    clause = user_signals
    if c.set_mask & _OWN_SIGNAL.get(object_.type, 0):
        clause = event_signaled if object_.type is ObjType.EVENT else eventpair_signaled
    before = object_.signals.value
    after = None if before is None else before & ~c.clear_mask | c.set_mask
    s.change(object_.signals, after, clause)
