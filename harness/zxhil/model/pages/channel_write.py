"""zx_channel_write, as its page stood from 2018-07-24 to 2018-10-24."""

from __future__ import annotations

from zxhil.abi.calls import ChannelWrite
from zxhil.abi.objects import MAX_MSG_BYTES, MAX_MSG_HANDLES, ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.messages import enqueue, expect_nothing_written
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, Tri, either, tri
from zxhil.model.unknown import entries_unseen

page = Page("channel_write", ChannelWrite, "channel_write.md, 2018-07-24 to 2018-10-24", core=True)
page.changes = {"handle": ObjType.CHANNEL}
INVALID_ARGS, OUT_OF_RANGE = Status.ZX_ERR_INVALID_ARGS, Status.ZX_ERR_OUT_OF_RANGE

# DESCRIPTION


@page.grant("either pointer may be NULL if the size that goes with it is zero", INVALID_ARGS)
def null_when_empty(s: State, c: ChannelWrite) -> Tri:
    bytes_, handles = c.bytes.is_null and not c.num_bytes, c.handles.is_null and not c.num_handles
    return tri(bytes_ or handles)


consumed_on_success = page.effect(
    "consumed_on_success", "after success the process can no longer use the handles it sent"
)
delivered = page.effect(
    "delivered", "a reader at the opposite end receives the bytes and the handles", purpose=True
)
discarded_on_failure = page.effect(
    "discarded_on_failure", "after any failure the handles are gone, and were not transferred"
)


@page.grant("a message may hold 64 handles", OUT_OF_RANGE)
def max_handles(s: State, c: ChannelWrite) -> Tri:
    return tri(c.num_handles in (MAX_MSG_HANDLES - 1, MAX_MSG_HANDLES))


@page.grant("a message may hold 65,536 bytes", OUT_OF_RANGE)
def max_bytes(s: State, c: ChannelWrite) -> Tri:
    return tri(c.num_bytes in (MAX_MSG_BYTES - 1, MAX_MSG_BYTES))


# ERRORS


def _unrecorded(c: ChannelWrite) -> Tri:
    """Anything may be wrong with entries that the wire did not carry."""
    return NO if c.handles.complete else MAYBE


@page.error(Status.ZX_ERR_BAD_HANDLE, "the handle written to is not valid")
def bad_handle_handle(s: State, c: ChannelWrite) -> Tri:
    return s.invalid(c.handle)


@page.error(Status.ZX_ERR_BAD_HANDLE, "an element of the array is not a valid handle")
def bad_handle_entry(s: State, c: ChannelWrite) -> Tri:
    return either(s.any_invalid(c.handles.values), _unrecorded(c))


@page.error(Status.ZX_ERR_BAD_HANDLE, "the array has duplicates")
def bad_handle_repeated(s: State, c: ChannelWrite) -> Tri:
    return either(s.repeated(c.handles.values), _unrecorded(c))


@page.error(Status.ZX_ERR_WRONG_TYPE, "the handle written to is not a channel's")
def wrong_type(s: State, c: ChannelWrite) -> Tri:
    return s.not_a(c.handle, ObjType.CHANNEL)


@page.error(Status.ZX_ERR_INVALID_ARGS, "bytes is an invalid pointer")
def invalid_args_bytes(s: State, c: ChannelWrite) -> Tri:
    return s.bad_input(c.bytes, c.num_bytes, null_when_empty=True)


@page.error(Status.ZX_ERR_INVALID_ARGS, "handles is an invalid pointer")
def invalid_args_handles(s: State, c: ChannelWrite) -> Tri:
    return s.bad_input(c.handles, c.num_handles, null_when_empty=True)


@page.error(Status.ZX_ERR_INVALID_ARGS, "options is not zero")
def invalid_args_options(s: State, c: ChannelWrite) -> Tri:
    return tri(c.options != 0)


@page.error(Status.ZX_ERR_NOT_SUPPORTED, "the handle written to is in the array")
def not_supported_self(s: State, c: ChannelWrite) -> Tri:
    return either(tri(c.handle in c.handles.values), _unrecorded(c))


@page.error(Status.ZX_ERR_ACCESS_DENIED, "the handle written to lacks ZX_RIGHT_WRITE")
def access_denied_write(s: State, c: ChannelWrite) -> Tri:
    return s.lacks(c.handle, Rights.WRITE)


@page.error(Status.ZX_ERR_ACCESS_DENIED, "an element of the array lacks ZX_RIGHT_TRANSFER")
def access_denied_transfer(s: State, c: ChannelWrite) -> Tri:
    return either(s.any_lacks(c.handles.values, Rights.TRANSFER), _unrecorded(c))


@page.error(Status.ZX_ERR_PEER_CLOSED, "the other side of the channel is closed")
def peer_closed(s: State, c: ChannelWrite) -> Tri:
    return s.peer_closed(c.handle)


no_memory = page.any_time(Status.ZX_ERR_NO_MEMORY, "memory ran out")


@page.error(Status.ZX_ERR_OUT_OF_RANGE, "more bytes than a message may hold")
def out_of_range_bytes(s: State, c: ChannelWrite) -> Tri:
    return tri(c.num_bytes > MAX_MSG_BYTES)


@page.error(Status.ZX_ERR_OUT_OF_RANGE, "more handles than a message may hold")
def out_of_range_handles(s: State, c: ChannelWrite) -> Tri:
    return tri(c.num_handles > MAX_MSG_HANDLES)


# EFFECTS


@page.success
def success(s: State, c: ChannelWrite, o: Outcome) -> None:
    sent = [s.in_transit(h, delivered) for h in c.handles.values]
    for handle in c.handles.values:
        s.take(handle, consumed_on_success)
    if not c.handles.complete:
        entries_unseen(s)
    enqueue(s, c.handle, (c.num_bytes, c.bytes.digest), sent, delivered)


@page.failure
def failure(s: State, c: ChannelWrite, o: Outcome) -> None:
    for handle in c.handles.values:
        s.discard(handle, discarded_on_failure)
    if not c.handles.complete:
        entries_unseen(s)
    expect_nothing_written(s, c.handle, discarded_on_failure)
