"""zx_object_signal_peer, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import ObjectSignalPeer
from zxhil.abi.objects import USER_SIGNAL_ALL, ObjType, Signal
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model import masks
from zxhil.model.clause import Outcome
from zxhil.model.page import Page
from zxhil.model.queries import PAIRED
from zxhil.model.state import State
from zxhil.model.stated import PEER_CLOSED
from zxhil.model.tri import Tri, both, negate, tri

page = Page("object_signal_peer", ObjectSignalPeer, "object_signal_peer.md, 2018-12")
page.changes = {"handle": None}

user_signals = masks.user_signals(page, " of the peer")
eventpair_signaled = page.effect(
    "eventpair_signaled",
    "ZX_EVENTPAIR_SIGNALED of an event pair's other side can be set as well",
    words=("eventpair objects", "zx_eventpair_signaled"),
)

_OWN_SIGNAL = int(Signal.EVENTPAIR_SIGNALED)


def _wrong_masks(s: State, c: ObjectSignalPeer) -> Tri:
    own = s.is_a(c.handle, ObjType.EVENTPAIR)
    asked = c.clear_mask | c.set_mask
    if asked & ~(USER_SIGNAL_ALL | _OWN_SIGNAL):
        return s.valid(c.handle)
    return both(s.valid(c.handle), both(tri(bool(asked & _OWN_SIGNAL)), negate(own)))


masks.mask_errors(page, Rights.SIGNAL_PEER, _wrong_masks)


@page.error(Status.ZX_ERR_NOT_SUPPORTED, "the object has no peer", words="lacking a peer")
def not_supported(s: State, c: ObjectSignalPeer) -> Tri:
    return s.not_a(c.handle, *PAIRED)


@page.error(Status.ZX_ERR_PEER_CLOSED, "the peer is closed", words=PEER_CLOSED)
def peer_closed(s: State, c: ObjectSignalPeer) -> Tri:
    return s.peer_closed(c.handle)


@page.success
def success(s: State, c: ObjectSignalPeer, o: Outcome) -> None:
    object_ = s.object(c.handle)
    peer = None if object_ is None else object_.peer
    if peer is None:
        return
    clause = eventpair_signaled if c.set_mask & _OWN_SIGNAL else user_signals
    masks.signaled(s, peer, c, clause)
