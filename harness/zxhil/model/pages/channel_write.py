"""zx_channel_write, as its page stood from 2018-07-24 to 2018-10-24."""

from __future__ import annotations

from zxhil.abi.calls import ChannelWrite
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.message_size import allowed_sizes, size_errors
from zxhil.model.messages import enqueue, expect_nothing_written
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.stated import NOT_VALID
from zxhil.model.tri import MAYBE, NO, Tri, either, tri
from zxhil.model.unknown import entries_unseen, has_unseen

page = Page("channel_write", ChannelWrite, "channel_write.md, 2018-07-24 to 2018-10-24", core=True)
page.changes = {"handle": ObjType.CHANNEL}

# DESCRIPTION


@page.grant(
    "either pointer may be NULL if the size that goes with it is zero",
    Status.ZX_ERR_INVALID_ARGS,
    words=("may be null", "sizes are zero"),
)
def null_when_empty(s: State, c: ChannelWrite) -> Tri:
    bytes_, handles = c.bytes.is_null and not c.num_bytes, c.handles.is_null and not c.num_handles
    return tri(bytes_ or handles)


consumed_on_success = page.effect(
    "consumed_on_success",
    "after success the process can no longer use the handles it sent",
    words=("on success", "no longer accessible"),
)
delivered = page.effect(
    "delivered",
    "a reader at the opposite end receives the bytes and the handles",
    words=("available to the reader", "opposite end"),
    purpose=True,
)
discarded_on_failure = page.effect(
    "discarded_on_failure",
    "after any failure the handles are gone, and were not transferred",
    words=("on any failure", "discarded"),
)
allowed_sizes(page)

# ERRORS


def _unrecorded(c: ChannelWrite) -> Tri:
    """Anything may be wrong with entries that the wire did not carry."""
    return MAYBE if has_unseen(c.handles, c.num_handles) else NO


page.names("handle", "the handle written to")

page.valid("handle", clause="bad_handle_handle")


@page.error(
    Status.ZX_ERR_BAD_HANDLE,
    "an element of the array is not a valid handle",
    about="handles",
    words=NOT_VALID,
)
def bad_handle_entry(s: State, c: ChannelWrite) -> Tri:
    return either(s.any_invalid(c.handles.values), _unrecorded(c))


@page.error(Status.ZX_ERR_BAD_HANDLE, "the array has duplicates", words="duplicates|repeated")
def bad_handle_repeated(s: State, c: ChannelWrite) -> Tri:
    return either(s.repeated(c.handles.values), _unrecorded(c))


page.of_type("handle", ObjType.CHANNEL)
page.pointer("bytes", null_when_empty=True)
page.pointer("handles", null_when_empty=True)
page.options()


@page.error(
    Status.ZX_ERR_NOT_SUPPORTED,
    "the handle written to is in the array",
    about="handle|handles",
    words="handles array|in handles",
)
def not_supported_self(s: State, c: ChannelWrite) -> Tri:
    return either(tri(c.handle in c.handles.values), _unrecorded(c))


page.has_right("handle", Rights.WRITE, clause="access_denied_write")


@page.error(
    Status.ZX_ERR_ACCESS_DENIED,
    "an element of the array lacks ZX_RIGHT_TRANSFER",
    about="handles",
    words="zx_right_transfer",
)
def access_denied_transfer(s: State, c: ChannelWrite) -> Tri:
    return either(s.any_lacks(c.handles.values, Rights.TRANSFER), _unrecorded(c))


page.peer_open("handle", "the other side of the channel is closed")
page.no_memory()
size_errors(page)

# EFFECTS


@page.success
def success(s: State, c: ChannelWrite, o: Outcome) -> None:
    sent = [s.in_transit(h, delivered) for h in c.handles.values]
    for handle in c.handles.values:
        s.take(handle, consumed_on_success)
    if has_unseen(c.handles, c.num_handles):
        entries_unseen(s)
    enqueue(s, c.handle, (c.num_bytes, c.bytes.content), sent, delivered)


@page.failure
def failure(s: State, c: ChannelWrite, o: Outcome) -> None:
    for handle in c.handles.values:
        s.discard(handle, discarded_on_failure)
    if has_unseen(c.handles, c.num_handles):
        entries_unseen(s)
    expect_nothing_written(s, c.handle, discarded_on_failure)
