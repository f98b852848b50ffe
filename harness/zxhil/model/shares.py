"""The share queue of a socket: what socket_share and socket_accept have in common."""

from __future__ import annotations

from zxhil.abi.objects import LIMITS, Signal
from zxhil.model.clause import Clause
from zxhil.model.facts import Fact
from zxhil.model.objects import KernelObject, ShareSlot, Socket, Transit
from zxhil.model.settling import waiting
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, Tri, both, negate, tri

HAS_ACCEPT = LIMITS["ZX_SOCKET_HAS_ACCEPT"]
SHARE_BIT = int(Signal.SOCKET_SHARE)
ACCEPT_BIT = int(Signal.SOCKET_ACCEPT)


def _waiting(socket: Socket) -> Tri:
    """Does a shared socket wait to be accepted at this endpoint?"""
    if socket.unseen or socket.peer is None:
        return MAYBE
    return max((tri(slot.present.value) for slot in socket.shares), default=NO)


def share_queue_full(object_: KernelObject | None) -> Tri:
    """Does a socket wait in the share queue that is written through `object_`?"""
    if not isinstance(object_, Socket):
        return NO
    return MAYBE if not isinstance(object_.peer, Socket) else _waiting(object_.peer)


def free_again(object_: KernelObject | None) -> Tri:
    """Is the share queue that is written through `object_` empty since an accept?"""
    peer = object_.peer if isinstance(object_, Socket) else None
    if not isinstance(peer, Socket) or not any(slot.accepted for slot in peer.shares):
        return NO
    return negate(_waiting(peer))


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
    """By `clause`, the failed call must not have put a socket into the queue."""
    socket = s.object(handle)
    if isinstance(socket, Socket) and isinstance(socket.peer, Socket):
        socket.peer.shares.append(ShareSlot(socket.peer, s.fact(False, clause)))


def accept(s: State, handle: int, clause: Clause) -> Transit:
    """Take the shared socket out of the queue, which is empty now, as `clause` says."""
    socket = s.object(handle)
    taken = Transit(Fact(None), Fact(None))
    if not isinstance(socket, Socket):
        return taken
    if socket.unseen or socket.peer is None:
        for slot in socket.shares:
            s.change(slot.present, None, None)
        return taken
    may_be = [slot for slot in waiting(socket.shares) if slot.present.value is not False]
    while may_be and socket.shares:
        slot = socket.shares.pop(0)
        if len(may_be) > 1:
            s.change(slot.present, None, None)
        elif slot is may_be[0]:
            s.saw(slot.present, True)
            taken = slot.transits[0] if slot.transits else taken
            s.arrived(taken)
        if slot is may_be[-1]:
            break
    freed = ShareSlot(socket, s.fact(False, clause))
    freed.accepted = True
    socket.shares.append(freed)
    return taken


def may_have_accepted(s: State, handle: int) -> None:
    """An accept failed: no page says if the socket that waited is still there."""
    socket = s.object(handle)
    if isinstance(socket, Socket):
        for slot in socket.shares:
            if slot.present.value is True:
                s.change(slot.present, None, None)


def share_signals(s: State, socket: Socket) -> tuple[Tri, Tri]:
    """Are ZX_SOCKET_SHARE and ZX_SOCKET_ACCEPT asserted on `socket`?"""
    sharing = socket.created_with(HAS_ACCEPT)
    open_peer = MAYBE if socket.peer is None else s.held(socket.peer)
    can_share = both(open_peer, negate(share_queue_full(socket)))
    return both(sharing, can_share), both(sharing, _waiting(socket))
