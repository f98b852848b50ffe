"""The share queue of a socket: what socket_share and socket_accept have in common."""

from __future__ import annotations

from harness.abi.objects import LIMITS, Signal
from harness.model.objects import KernelObject, ShareSlot, Socket, Transit
from harness.model.page import Clause
from harness.model.state import State
from harness.model.tri import NO, Tri, both, negate, tri

HAS_ACCEPT = LIMITS["ZX_SOCKET_HAS_ACCEPT"]
SHARE_BIT = int(Signal.SOCKET_SHARE)
ACCEPT_BIT = int(Signal.SOCKET_ACCEPT)


def _waiting(socket: Socket) -> Tri:
    """Does a shared socket wait to be accepted at this endpoint?"""
    return max((tri(slot.present.value) for slot in socket.shares), default=NO)


def share_queue_full(object_: KernelObject | None) -> Tri:
    """Does a socket wait in the share queue that is written through `object_`?"""
    if not isinstance(object_, Socket) or not isinstance(object_.peer, Socket):
        return NO
    return _waiting(object_.peer)


def nothing_to_accept(object_: KernelObject | None) -> Tri:
    """Is there no socket to be accepted at `object_`?"""
    return negate(_waiting(object_)) if isinstance(object_, Socket) else NO


def share(s: State, handle: int, transit: Transit, clause: Clause) -> None:
    """A socket now waits to be accepted at the other end of `handle`."""
    socket = s.object(handle)
    if isinstance(socket, Socket) and isinstance(socket.peer, Socket):
        slot = ShareSlot(socket.peer, s.fact(True, clause))
        slot.transits.append(transit)
        transit.holder = slot
        socket.peer.shares.append(slot)


def expect_nothing_shared(s: State, handle: int, clause: Clause) -> None:
    """The failed call may not have put a socket into the queue: `clause` says so."""
    socket = s.object(handle)
    if isinstance(socket, Socket) and isinstance(socket.peer, Socket):
        slots = socket.peer.shares
        if not slots or slots[-1].present.value is not False:
            slots.append(ShareSlot(socket.peer, s.fact(False, clause)))


def accept(s: State, handle: int) -> tuple[Transit | None, Clause | None]:
    """Take the shared socket out of the queue; also the clause that had promised it, if any."""
    socket = s.object(handle)
    if not isinstance(socket, Socket):
        return None, None
    while socket.shares:
        slot = socket.shares.pop(0)
        promise = slot.present.promise
        if slot.present.value is False:
            continue
        s.saw(slot.present, True)
        for transit in slot.transits:
            transit.holder = None
            return transit, None if promise is None else promise.clause
    return None, None


def share_signals(s: State, socket: Socket) -> tuple[Tri, Tri]:
    """Are ZX_SOCKET_SHARE and ZX_SOCKET_ACCEPT asserted on `socket`?"""
    if not socket.options & HAS_ACCEPT:
        return NO, NO
    open_peer = NO if socket.peer is None else s.held(socket.peer)
    return both(open_peer, negate(share_queue_full(socket))), _waiting(socket)
