"""zx_socket_write, as its page stood in 2018-12."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import SocketWrite
from zxhil.abi.objects import LIMITS, ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.contents import Contents
from zxhil.model.objects import Socket
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.streams import amount, lacks_control, wrote, wrote_control
from zxhil.model.tri import MAYBE, NO, YES, Tri, both, either, negate, tri

page = Page("socket_write", SocketWrite, "socket_write.md, 2018-12")
page.changes = {"handle": ObjType.SOCKET}

CONTROL = LIMITS["ZX_SOCKET_CONTROL"]
DATAGRAM = LIMITS["ZX_SOCKET_DATAGRAM"]

written = page.effect(
    "written",
    "the bytes can be read at the other end",
    words=("attempts to write", "bytes"),
    purpose=True,
)

actual_reported = page.effect(
    "actual",
    "actual counts the bytes written: some of a stream's, all of a datagram's or control's",
    words=("amount written", "actual"),
)


@page.unspecified
def other_options(s: State, c: SocketWrite) -> Tri:
    """The page names one option; what another one does it does not say."""
    return tri(bool(c.options & ~CONTROL))


page.valid("handle")


@page.error(
    Status.ZX_ERR_BAD_STATE,
    "the control plane is asked for, and the socket has none",
    about="options",
    words="zx_socket_control",
)
def bad_state_control(s: State, c: SocketWrite) -> Tri:
    return lacks_control(s, c.handle) if c.options & CONTROL else NO


@page.error(Status.ZX_ERR_BAD_STATE, "writing has been disabled", words="writing has been disabled")
def bad_state_disabled(s: State, c: SocketWrite) -> Tri:
    socket = s.object(c.handle)
    if not isinstance(socket, Socket):
        return s.unknown(c.handle)
    disabled = tri(socket.peer.shut.value if isinstance(socket.peer, Socket) else None)
    # Of the control plane, and of a write of nothing, no page says it.
    certain = YES if c.buffer_size and not c.options & CONTROL else MAYBE
    return both(both(disabled, certain), s.valid(c.handle))


page.of_type("handle", ObjType.SOCKET)
page.pointer("buffer", null_when_empty=True)


@page.unspecified
def bad_actual(s: State, c: SocketWrite) -> Tri:
    """The page says that a NULL actual is ignored, and nothing of an invalid one."""
    return s.bad_output(c.actual, optional=True)


@page.unspecified
def empty_message(s: State, c: SocketWrite) -> Tri:
    """Of a datagram or a control message of no bytes the page says nothing."""
    if c.buffer_size:
        return NO
    socket = s.object(c.handle)
    datagram = socket.created_with(DATAGRAM) if isinstance(socket, Socket) else s.unknown(c.handle)
    return either(datagram, tri(bool(c.options & CONTROL)))


page.has_right("handle", Rights.WRITE)


@page.error(
    Status.ZX_ERR_SHOULD_WAIT,
    "the socket is full (the page does not say at what size)",
    words="full",
)
def should_wait(s: State, c: SocketWrite) -> Tri:
    socket = s.object(c.handle)
    if not isinstance(socket, Socket):
        return s.unknown(c.handle)
    peer = socket.peer
    if c.options & CONTROL or not isinstance(peer, Socket) or peer.unseen:
        return both(MAYBE, s.valid(c.handle))
    return both(both(MAYBE, negate(peer.data.empty())), s.valid(c.handle))


@page.error(
    Status.ZX_ERR_OUT_OF_RANGE,
    "the datagram or control message is larger than the space left (of unknown size)",
    words=("zx_socket_datagram", "larger than"),
)
def out_of_range(s: State, c: SocketWrite) -> Tri:
    socket = s.object(c.handle)
    if not isinstance(socket, Socket):
        return s.unknown(c.handle)
    bounded = either(socket.created_with(DATAGRAM), tri(bool(c.options & CONTROL)))
    return both(MAYBE, both(bounded, s.valid(c.handle)))


page.peer_open("handle", "the other side of the socket is closed")
page.no_memory()


@page.outputs
def outputs(s: State, c: SocketWrite, o: Outcome) -> Iterator[Mismatch]:
    actual = o.number("actual")
    if o.status != Status.ZX_OK or actual is None:
        return
    socket = s.object(c.handle)
    whole = bool(c.options & CONTROL)
    if isinstance(socket, Socket):
        whole = whole or socket.created_with(DATAGRAM) == YES
    if whole and actual != c.buffer_size:
        yield Mismatch(actual_reported, f"actual={c.buffer_size}", f"actual={actual}")
    elif actual > c.buffer_size:
        yield Mismatch(actual_reported, f"actual of at most {c.buffer_size}", f"actual={actual}")
    elif c.buffer_size and not actual:
        yield Mismatch(actual_reported, "actual of at least 1 with ZX_OK", "actual=0")


@page.success
def success(s: State, c: SocketWrite, o: Outcome) -> None:
    s.reach(actual_reported, o.number("actual") is not None)
    socket = s.object(c.handle)
    if not isinstance(socket, Socket) or not isinstance(socket.peer, Socket):
        return
    data = Contents.sampled(c.buffer_size, c.buffer.content)
    if c.options & CONTROL:
        wrote_control(socket.peer, data)
    else:
        wrote(socket, socket.peer.data, o.number("actual"), data)


@page.failure
def failure(s: State, c: SocketWrite, o: Outcome) -> None:
    """No page says that a write which fails for its pointers has written nothing."""
    socket = s.object(c.handle)
    if o.status != Status.ZX_ERR_INVALID_ARGS or not isinstance(socket, Socket):
        return
    peer = socket.peer
    buffer = s.bad_input(c.buffer, c.buffer_size, null_when_empty=True)
    bad = either(s.bad_output(c.actual, optional=True), buffer)
    if isinstance(peer, Socket) and bad != NO:
        unread = peer.control if c.options & CONTROL else peer.data
        unread.open(amount(socket, unread))
