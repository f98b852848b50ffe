"""zx_socket_share, as its page stood from 2018-12 on."""

from __future__ import annotations

from zxhil.abi.calls import SocketShare
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.objects import KernelObject, Socket
from zxhil.model.page import Page
from zxhil.model.shares import (
    HAS_ACCEPT,
    expect_nothing_shared,
    free_again,
    share,
    share_queue_full,
)
from zxhil.model.state import State
from zxhil.model.tri import NO, YES, Tri, both, either, negate

page = Page("socket_share", SocketShare, "socket_share.md, 2018-12", core=True)
page.changes = {"handle": ObjType.SOCKET}

# DESCRIPTION

signal_share = page.effect(
    "signal_share",
    "ZX_SOCKET_SHARE is asserted while a socket can be sent",
    words="zx_socket_share is asserted",
)
queued = page.effect(
    "queued",
    "after success the socket waits in the handle's share queue",
    words=("share queue", "placed into"),
    purpose=True,
)
consumed_on_success = page.effect(
    "consumed_on_success",
    "after success the process can no longer use the socket's handle",
    words=("on success", "no longer accessible"),
)
discarded_on_failure = page.effect(
    "discarded_on_failure",
    "after any failure the socket's handle is gone, and was not transferred",
    words=("on any failure", "discarded"),
)

# ERRORS


page.names("handle", "the handle shared through", formerly="socket")
page.names("socket_to_share", "the handle to share", formerly="socket_to_send")
_SHARED = "socket_to_share|socket_to_send"

page.valid("handle", clause="bad_handle_handle")
page.valid("socket_to_share", clause="bad_handle_share")
page.of_type("handle", ObjType.SOCKET, clause="wrong_type_handle")
page.of_type("socket_to_share", ObjType.SOCKET, clause="wrong_type_share")
page.has_right("handle", Rights.WRITE, clause="access_denied_write")
page.has_right("socket_to_share", Rights.TRANSFER, clause="access_denied_transfer")


@page.error(
    Status.ZX_ERR_BAD_STATE,
    "the socket to share is the one shared through",
    about=_SHARED,
    words="same socket",
)
def bad_state_self(s: State, c: SocketShare) -> Tri:
    same = _is(s, c.socket_to_share, s.object(c.handle))
    return both(same, both(s.valid(c.handle), s.valid(c.socket_to_share)))


@page.error(
    Status.ZX_ERR_BAD_STATE,
    "the socket to share is the other end of the one shared through",
    about=_SHARED,
    words="other endpoint",
)
def bad_state_peer(s: State, c: SocketShare) -> Tri:
    through = s.object(c.handle)
    if through is not None and through.type not in (ObjType.SOCKET, ObjType.NONE):
        return NO
    other = _is(s, c.socket_to_share, None if through is None else through.peer)
    return both(other, both(s.valid(c.handle), s.valid(c.socket_to_share)))


@page.error(
    Status.ZX_ERR_BAD_STATE,
    "the socket to share can share sockets itself",
    about=_SHARED,
    words="capable of sharing",
)
def bad_state_share_capable(s: State, c: SocketShare) -> Tri:
    return both(_can_share(s, c.socket_to_share), s.valid(c.socket_to_share))


@page.error(
    Status.ZX_ERR_SHOULD_WAIT,
    "a socket waits in the share queue already",
    words=("already a socket", "share queue"),
)
def should_wait(s: State, c: SocketShare) -> Tri:
    return _full(s, c.handle)


@page.error(
    Status.ZX_ERR_NOT_SUPPORTED,
    "the socket was created without ZX_SOCKET_HAS_ACCEPT",
    words="does not support the transfer",
)
def not_supported(s: State, c: SocketShare) -> Tri:
    if not isinstance(s.object(c.handle), Socket):
        return s.unknown(c.handle)
    return both(negate(_can_share(s, c.handle)), s.valid(c.handle))


page.peer_open("handle", "the socket's other end is closed")


def _is(s: State, handle: int, socket: KernelObject | None) -> Tri:
    """Does the handle refer to this socket, which may be unknown or no socket at all?"""
    if socket is not None and socket.type not in (ObjType.SOCKET, ObjType.NONE):
        return NO
    own = s.object(handle)
    return (
        NO
        if own is not None and own.type not in (ObjType.SOCKET, ObjType.NONE)
        else s.is_same(handle, socket)
    )


def _full(s: State, handle: int) -> Tri:
    full = share_queue_full(s.object(handle))
    return either(s.unknown(handle), both(full, s.valid(handle)))


def _can_share(s: State, handle: int) -> Tri:
    socket = s.object(handle)
    return socket.created_with(HAS_ACCEPT) if isinstance(socket, Socket) else s.unknown(handle)


# LIMITATIONS


@page.grant(
    "the share queue holds one socket, and is free after the accept",
    Status.ZX_ERR_SHOULD_WAIT,
    words=("share queue", "one element deep"),
)
def one_deep(s: State, c: SocketShare) -> Tri:
    return both(free_again(s.object(c.handle)), s.valid(c.handle))


# EFFECTS


@page.success
def success(s: State, c: SocketShare, o: Outcome) -> None:
    transit = s.in_transit(c.socket_to_share, queued)
    s.take(c.socket_to_share, consumed_on_success)
    share(s, c.handle, transit, queued)


@page.failure
def failure(s: State, c: SocketShare, o: Outcome) -> None:
    s.reach(one_deep, _full(s, c.handle) == YES)
    s.discard(c.socket_to_share, discarded_on_failure)
    expect_nothing_shared(s, c.handle, discarded_on_failure)
