"""zx_socket_accept, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import SocketAccept
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.objects import Socket
from zxhil.model.page import Page
from zxhil.model.shares import HAS_ACCEPT, accept, may_have_accepted, nothing_to_accept
from zxhil.model.state import State
from zxhil.model.tri import Tri, both, either, negate

page = Page("socket_accept", SocketAccept, "socket_accept.md, 2018-12")
page.changes = {"handle": ObjType.SOCKET}
page.observes = True

signal_accept = page.effect(
    "signal_accept",
    "ZX_SOCKET_ACCEPT is asserted while a socket waits to be accepted",
    words="zx_socket_accept is asserted",
)
received = page.effect(
    "received",
    "the socket that was shared is returned",
    words=("received handle", "out_socket"),
    purpose=True,
)

page.names("handle", formerly="socket")
page.handle("handle", ObjType.SOCKET, Rights.READ)
page.pointer("out_socket", clause="invalid_args_out")


@page.error(Status.ZX_ERR_SHOULD_WAIT, "no socket waits to be accepted", words="no new socket")
def should_wait(s: State, c: SocketAccept) -> Tri:
    return either(
        s.unknown(c.handle), both(nothing_to_accept(s.object(c.handle)), s.valid(c.handle))
    )


@page.error(
    Status.ZX_ERR_NOT_SUPPORTED,
    "the socket was created without ZX_SOCKET_HAS_ACCEPT",
    words="does not support the transfer",
)
def not_supported(s: State, c: SocketAccept) -> Tri:
    socket = s.object(c.handle)
    if not isinstance(socket, Socket):
        return s.unknown(c.handle)
    return both(negate(socket.created_with(HAS_ACCEPT)), s.valid(c.handle))


@page.success
def success(s: State, c: SocketAccept, o: Outcome) -> None:
    from zxhil.model.pages.socket_share import one_deep

    transit = accept(s, c.handle, one_deep)
    s.adopt(o.number("out_socket"), transit, received)


@page.failure
def failure(s: State, c: SocketAccept, o: Outcome) -> None:
    if o.status != Status.ZX_ERR_SHOULD_WAIT:
        may_have_accepted(s, c.handle)
