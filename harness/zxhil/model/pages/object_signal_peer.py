"""zx_object_signal_peer, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import ObjectSignalPeer
from zxhil.abi.objects import USER_SIGNAL_ALL, ObjType, Signal
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.page import Page
from zxhil.model.queries import PAIRED
from zxhil.model.state import State
from zxhil.model.stated import NOT_VALID, PEER_CLOSED
from zxhil.model.tri import MAYBE, Tri, both, either, negate, tri

page = Page("object_signal_peer", ObjectSignalPeer, "object_signal_peer.md, 2018-12")
page.changes = {"handle": None}

user_signals = page.effect(
    "user_signals",
    "the eight user signals of the peer are cleared, then set, as asked",
    words=("8 signal bits", "zx_user_signal_7"),
    purpose=True,
)
page.state(user_signals, words=("clear_mask is first used", "set_mask"))
eventpair_signaled = page.effect(
    "eventpair_signaled",
    "ZX_EVENTPAIR_SIGNALED of an event pair's other side can be set as well",
    words=("eventpair objects", "zx_eventpair_signaled"),
)

_OWN_SIGNAL = int(Signal.EVENTPAIR_SIGNALED)


def _no_process(s: State, c: ObjectSignalPeer) -> Tri:
    """RIGHTS asks for a process's handle, DESCRIPTION for one of an object with a peer: the page
    contradicts itself. It names no error for another type: one about the handle it must be."""
    return both(MAYBE, s.not_a(c.handle, ObjType.PROCESS))


@page.error(Status.ZX_ERR_BAD_HANDLE, "handle is not valid", about="handle", words=NOT_VALID)
def bad_handle(s: State, c: ObjectSignalPeer) -> Tri:
    return either(s.invalid(c.handle), _no_process(s, c))


@page.error(
    Status.ZX_ERR_ACCESS_DENIED,
    "handle lacks ZX_RIGHT_SIGNAL_PEER",
    about="handle",
    words="zx_right_signal_peer",
)
def access_denied(s: State, c: ObjectSignalPeer) -> Tri:
    return either(s.lacks(c.handle, Rights.SIGNAL_PEER), _no_process(s, c))


@page.error(
    Status.ZX_ERR_INVALID_ARGS,
    "a mask has bits that are not allowed",
    about="clear_mask",
    words="not allowed",
)
def invalid_args(s: State, c: ObjectSignalPeer) -> Tri:
    own = s.is_a(c.handle, ObjType.EVENTPAIR)
    asked = c.clear_mask | c.set_mask
    if asked & ~(USER_SIGNAL_ALL | _OWN_SIGNAL):
        return s.valid(c.handle)
    return both(s.valid(c.handle), both(tri(bool(asked & _OWN_SIGNAL)), negate(own)))


page.state(invalid_args, about="set_mask", words="not allowed")


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
    before = peer.signals.value
    after = None if before is None else before & ~c.clear_mask | c.set_mask
    s.change(peer.signals, after, clause)
