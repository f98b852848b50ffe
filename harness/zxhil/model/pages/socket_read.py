"""zx_socket_read, as its page stood in 2018-12."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import SocketRead
from zxhil.abi.objects import LIMITS, ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.contents import Contents
from zxhil.model.objects import Socket
from zxhil.model.page import Page
from zxhil.model.pages.socket_write import written
from zxhil.model.state import State
from zxhil.model.stated import BAD_POINTER, PEER_CLOSED
from zxhil.model.streams import (
    expected,
    expected_control,
    lacks_control,
    may_have_taken,
    took,
    took_control,
)
from zxhil.model.tri import MAYBE, NO, Tri, both, either, tri

page = Page("socket_read", SocketRead, "socket_read.md, 2018-12")
page.changes = {"handle": ObjType.SOCKET}
page.observes = True

CONTROL = LIMITS["ZX_SOCKET_CONTROL"]

data_read = page.effect(
    "data_read",
    "the bytes that the other end wrote are read, in order",
    words="attempts to read",
    purpose=True,
)

page.valid("handle")


@page.error(
    Status.ZX_ERR_BAD_STATE,
    "the control plane is asked for, and the socket has none",
    about="options",
    words="zx_socket_control",
)
def bad_state_control(s: State, c: SocketRead) -> Tri:
    return lacks_control(s, c.handle) if c.options == CONTROL else NO


@page.error(Status.ZX_ERR_BAD_STATE, "reading has been disabled", words="reading has been disabled")
def bad_state_disabled(s: State, c: SocketRead) -> Tri:
    """With data left after the other end was shut for writing, the pages contradict each other."""
    socket = s.object(c.handle)
    if not isinstance(socket, Socket):
        return s.unknown(c.handle)
    empty = _empty(s, c)
    left = empty if socket.drains else either(MAYBE, empty)
    certain = MAYBE if c.options & CONTROL else left
    return both(both(tri(socket.shut.value), certain), s.valid(c.handle))


page.of_type("handle", ObjType.SOCKET)


@page.error(
    Status.ZX_ERR_INVALID_ARGS,
    "buffer is NULL or an invalid pointer",
    about="buffer",
    words=f"{BAD_POINTER}|buffer is null",
)
def invalid_args_buffer(s: State, c: SocketRead) -> Tri:
    bad = s.bad_output(c.buffer)
    return bad if c.buffer_size else both(MAYBE, bad)


page.pointer("actual", optional=True)
page.options(
    CONTROL,
    "options is neither zero nor ZX_SOCKET_CONTROL",
    words="not either zero or zx_socket_control",
)
page.has_right("handle", Rights.READ)


@page.error(Status.ZX_ERR_SHOULD_WAIT, "the socket has no data", words="no data")
def should_wait(s: State, c: SocketRead) -> Tri:
    return _empty(s, c)


@page.error(
    Status.ZX_ERR_PEER_CLOSED, "the other side is closed, and no data is left", words=PEER_CLOSED
)
def peer_closed(s: State, c: SocketRead) -> Tri:
    return both(s.peer_closed(c.handle), _empty(s, c))


def _empty(s: State, c: SocketRead) -> Tri:
    socket = s.object(c.handle)
    if not isinstance(socket, Socket):
        return s.unknown(c.handle)
    if c.options == CONTROL or socket.unseen or socket.peer is None:
        return both(MAYBE, s.valid(c.handle))
    return both(socket.data.empty(), s.valid(c.handle))


@page.outputs
def outputs(s: State, c: SocketRead, o: Outcome) -> Iterator[Mismatch]:
    socket = s.object(c.handle)
    size = o.number("actual")
    if o.status != Status.ZX_OK or not isinstance(socket, Socket) or size is None:
        return
    plane = expected_control if c.options & CONTROL else expected
    waiting = plane(socket, c.buffer_size)
    if waiting is None:
        return
    if size != waiting.size:
        yield Mismatch(data_read, f"the {waiting.size} bytes that are next", f"{size} bytes")
    elif differs := waiting.difference(Contents.sampled(size, o.sample("buffer"))):
        yield Mismatch(data_read, *differs)


@page.success
def success(s: State, c: SocketRead, o: Outcome) -> None:
    socket = s.object(c.handle)
    if not isinstance(socket, Socket):
        return
    if c.options & CONTROL:
        took_control(socket, c.buffer_size)
        return
    s.reach(data_read, o.number("actual") is not None)
    s.reach(written, o.number("actual") is not None)
    size = o.number("actual")
    seen = None if size is None else Contents.sampled(size, o.sample("buffer"))
    took(socket, socket.data, seen, c.buffer_size)


@page.failure
def failure(s: State, c: SocketRead, o: Outcome) -> None:
    socket = s.object(c.handle)
    if not isinstance(socket, Socket):
        return
    if c.options & CONTROL:
        if o.status != Status.ZX_ERR_SHOULD_WAIT:
            socket.control.open(0)
        return
    if o.status != Status.ZX_ERR_SHOULD_WAIT:
        may_have_taken(socket, socket.data, c.buffer_size)
    elif not socket.unseen and socket.data.empty() == MAYBE:
        socket.data.became_empty()
