"""zx_object_signal, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import ObjectSignal
from zxhil.abi.objects import USER_SIGNAL_ALL, ObjType, Signal
from zxhil.abi.rights import Rights
from zxhil.model import masks
from zxhil.model.clause import Outcome
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tri import Tri, both, tri

page = Page("object_signal", ObjectSignal, "object_signal.md, 2018-12")
page.changes = {"handle": None}

user_signals = masks.user_signals(page)
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


def _wrong_masks(s: State, c: ObjectSignal) -> Tri:
    object_ = s.object(c.handle)
    asked = c.clear_mask | c.set_mask
    if object_ is None or object_.type is ObjType.NONE:
        # Its type may have a signal that object_signal may set.
        bad = bool(asked & ~(USER_SIGNAL_ALL | int(Signal.EVENT_SIGNALED)))
        return both(s.valid(c.handle), tri(bad or (None if asked & ~USER_SIGNAL_ALL else False)))
    own = _OWN_SIGNAL.get(object_.type, 0)
    return both(s.valid(c.handle), tri(bool(asked & ~(USER_SIGNAL_ALL | own))))


masks.mask_errors(page, Rights.SIGNAL, _wrong_masks)


@page.success
def success(s: State, c: ObjectSignal, o: Outcome) -> None:
    object_ = s.object(c.handle)
    if object_ is None:
        return
    clause = user_signals
    if c.set_mask & _OWN_SIGNAL.get(object_.type, 0):
        clause = event_signaled if object_.type is ObjType.EVENT else eventpair_signaled
    masks.signaled(s, object_, c, clause)
