"""zx_channel_read, as its page stood in 2018-12."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import ChannelRead, ChannelReadEtc
from zxhil.abi.objects import LIMITS, ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.messages import (
    did_not_fit,
    handles_reported,
    may_have_taken,
    nothing_to_read,
    receive,
    too_small,
    wrong_message,
    wrong_sizes,
)
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.stated import PEER_CLOSED
from zxhil.model.tri import NO, Tri, both, either, negate, tri

page = Page("channel_read", ChannelRead, "channel_read.md, 2018-12")
page.changes = {"handle": ObjType.CHANNEL}
page.observes = True

message_read = page.effect(
    "message_read",
    "the first message is read, in its entirety",
    words="first message|full description",
)
page.weighs = (message_read,)
handles_received = page.effect(
    "handles_received",
    "the message's handles belong to the process now",
    words=("handle payloads", "entirety"),
    purpose=True,
)
sizes_returned = page.effect(
    "sizes_returned",
    "if a buffer is too small, the sizes needed are written",
    words="minimum sizes|sizes necessary",
)
may_discard = page.effect(
    "may_discard",
    "with ZX_CHANNEL_READ_MAY_DISCARD a message that does not fit is discarded",
    words="zx_channel_read_may_discard|may_discard|discarded",
)

_MAY_DISCARD = LIMITS["ZX_CHANNEL_READ_MAY_DISCARD"]

page.handle("handle", ObjType.CHANNEL)
page.pointer("bytes")
page.pointer("handles")
page.names("actual_bytes", formerly="num_bytes")
page.names("actual_handles", formerly="num_handles")
page.pointer("actual_bytes", optional=True)
page.pointer("actual_handles", optional=True)
page.has_right("handle", Rights.READ)


@page.error(Status.ZX_ERR_SHOULD_WAIT, "the channel has no message", words="no messages|no message")
def should_wait(s: State, c: ChannelRead) -> Tri:
    empty = both(nothing_to_read(s, s.object(c.handle)), s.valid(c.handle))
    return either(s.unknown(c.handle), empty)


@page.error(
    Status.ZX_ERR_PEER_CLOSED, "the other side is closed, and no message is left", words=PEER_CLOSED
)
def peer_closed(s: State, c: ChannelRead) -> Tri:
    return both(s.peer_closed(c.handle), nothing_to_read(s, s.object(c.handle)))


@page.error(
    Status.ZX_ERR_PEER_CLOSED,
    "the other side is closed while messages are left (which the page of write says can be read)",
    said_with=peer_closed,
    contradicted=True,
)
def peer_closed_unread(s: State, c: ChannelRead) -> Tri:
    return both(s.peer_closed(c.handle), negate(nothing_to_read(s, s.object(c.handle))))


page.no_memory()


def other_options(s: State, c: ChannelRead | ChannelReadEtc) -> Tri:
    """The page names one option; what another one does it does not say."""
    return tri(bool(c.options & ~_MAY_DISCARD))


page.unlisted_where(Status.ZX_ERR_INVALID_ARGS, Status.ZX_ERR_NOT_SUPPORTED)(other_options)


@page.error(
    Status.ZX_ERR_BUFFER_TOO_SMALL,
    "the message does not fit into the buffers",
    about="bytes",
    words="too small",
)
def buffer_too_small(s: State, c: ChannelRead) -> Tri:
    return too_small(s, c.handle, c.num_bytes, c.num_handles)


page.state(buffer_too_small, about="handles", words="too small")


@page.outputs
def outputs(s: State, c: ChannelRead, o: Outcome) -> Iterator[Mismatch]:
    if o.status == Status.ZX_OK:
        yield from wrong_message(s, c, o, message_read)
    elif o.status == Status.ZX_ERR_BUFFER_TOO_SMALL:
        yield from wrong_sizes(s, c, o, sizes_returned)


@page.success
def success(s: State, c: ChannelRead, o: Outcome) -> None:
    s.reach(message_read, o.number("actual_bytes") is not None)
    transits = receive(s, c, o, message_read)
    s.receive_handles(handles_reported(c, o), transits, handles_received)


@page.failure
def failure(s: State, c: ChannelRead, o: Outcome) -> None:
    if o.status != Status.ZX_ERR_BUFFER_TOO_SMALL:
        may_have_taken(s, c.handle, o.status)
        return
    reported = o.number("actual_bytes") is not None or o.number("actual_handles") is not None
    s.reach(sizes_returned, reported and too_small(s, c.handle, c.num_bytes, c.num_handles) != NO)
    s.reach(may_discard, did_not_fit(s, c, o, may_discard))
