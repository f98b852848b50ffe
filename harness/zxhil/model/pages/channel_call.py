"""zx_channel_call, as its page stood in 2018-12."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import ChannelCall
from zxhil.abi.kinds import ChannelCallArgs, HandlesPointer, Memory
from zxhil.abi.objects import MAX_MSG_BYTES, MAX_MSG_HANDLES, ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.deadlines import before_deadline
from zxhil.model.messages import TXID_SIZE, enqueue, expect_nothing_written
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.stated import NOT_VALID
from zxhil.model.transactions import (
    drop_reply,
    replies,
    reply_seen,
    take_reply,
    through,
    too_large,
    unseen,
    wrong_reply,
)
from zxhil.model.tri import MAYBE, NO, YES, Tri, both, either, negate, tri
from zxhil.model.unknown import entries_unseen, has_unseen

page = Page("channel_call", ChannelCall, "channel_call.md, 2018-12")
page.changes = {"handle": ObjType.CHANNEL}

#: Statuses that come after the message was written.
_WAITED = (
    Status.ZX_OK,
    Status.ZX_ERR_TIMED_OUT,
    Status.ZX_ERR_CANCELED,
    Status.ZX_ERR_BUFFER_TOO_SMALL,
)

written = page.effect(
    "written",
    "the message arrives at the other end, with a transaction id of the kernel's in front",
    words=("kernel generates a txid", "written message"),
    purpose=True,
)
reply = page.effect(
    "reply",
    "the message with the same transaction id is delivered to the call",
    words=("matching txid", "delivered directly"),
)
discarded = page.effect(
    "discarded", "a reply that does not fit is discarded", words=("too large to fit", "discarded")
)
consumed = page.effect(
    "consumed", "the handles are always gone from the process", words="always consumed"
)


def _args(c: ChannelCall) -> ChannelCallArgs | None:
    return c.args.values[0] if c.args.values else None


def _sent(c: ChannelCall) -> HandlesPointer:
    args = _args(c)
    return HandlesPointer(Memory.NULL, True, (), True) if args is None else args.wr_handles


def _unrecorded(c: ChannelCall) -> Tri:
    """Anything may be wrong with handles that the wire did not carry."""
    args = _args(c)
    return tri(None if args is None or has_unseen(args.wr_handles, args.wr_num_handles) else False)


page.valid("handle", clause="bad_handle_handle")


@page.error(
    Status.ZX_ERR_BAD_HANDLE,
    "an element of the handles is not a valid handle",
    about="handles",
    words=NOT_VALID,
)
def bad_handle_entry(s: State, c: ChannelCall) -> Tri:
    return either(s.any_invalid(_sent(c).values), _unrecorded(c))


@page.error(Status.ZX_ERR_BAD_HANDLE, "the handles have duplicates", words="duplicates")
def bad_handle_repeated(s: State, c: ChannelCall) -> Tri:
    return either(s.repeated(_sent(c).values), _unrecorded(c))


page.of_type("handle", ObjType.CHANNEL)


@page.error(Status.ZX_ERR_INVALID_ARGS, "a pointer is invalid", words="pointers are invalid")
def invalid_args_pointer(s: State, c: ChannelCall) -> Tri:
    args = _args(c)
    bad = tri(c.args.memory is Memory.INVALID)
    for out in (c.actual_bytes, c.actual_handles):
        bad = either(bad, s.bad_output(out, optional=True))
    if args is None:
        return bad
    bad = either(bad, _bad(args.wr_bytes.memory, args.wr_num_bytes, writes=False))
    bad = either(bad, _bad(args.wr_handles.memory, args.wr_num_handles, writes=False))
    bad = either(bad, _bad(args.rd_bytes.memory, args.rd_num_bytes, writes=True))
    return either(bad, _bad(args.rd_handles.memory, args.rd_num_handles, writes=True))


def _bad(memory: Memory, size: int, *, writes: bool) -> Tri:
    """Is it an invalid pointer, and not NULL? Of one to nothing no page says it."""
    fine = (Memory.NULL, Memory.WRITABLE, *(() if writes else (Memory.READABLE,)))
    if memory in fine:
        return NO
    return YES if size and memory in (Memory.INVALID, Memory.READABLE) else MAYBE


@page.error(Status.ZX_ERR_INVALID_ARGS, "a pointer is NULL", words="pointers are null")
def invalid_args_null(s: State, c: ChannelCall) -> Tri:
    """Whether one that goes with a size of zero is meant, the page does not say."""
    args = _args(c)
    pointers = (c.args, c.actual_bytes, c.actual_handles)
    null = tri(any(each.memory is Memory.NULL for each in pointers))
    if args is None:
        return null
    sized = (
        *((args.wr_bytes, args.wr_num_bytes), (args.wr_handles, args.wr_num_handles)),
        *((args.rd_bytes, args.rd_num_bytes), (args.rd_handles, args.rd_num_handles)),
    )
    for pointer, size in sized:
        if pointer.memory is Memory.NULL:
            null = either(null, YES if size else MAYBE)
    return null


@page.error(
    Status.ZX_ERR_INVALID_ARGS, "the message has less than four bytes", words="less than four"
)
def invalid_args_short(s: State, c: ChannelCall) -> Tri:
    args = _args(c)
    return MAYBE if args is None else tri(args.wr_num_bytes < TXID_SIZE)


page.options()
page.has_right("handle", Rights.WRITE, clause="access_denied_write")


@page.unspecified
def lacks_read(s: State, c: ChannelCall) -> Tri:
    """RIGHTS asks for ZX_RIGHT_READ; ERRORS names no status for a handle without it."""
    return s.lacks(c.handle, Rights.READ)


@page.error(
    Status.ZX_ERR_ACCESS_DENIED,
    "an element of the handles lacks ZX_RIGHT_TRANSFER",
    about="handles",
    words="zx_right_transfer",
)
def access_denied_transfer(s: State, c: ChannelCall) -> Tri:
    return either(s.any_lacks(_sent(c).values, Rights.TRANSFER), _unrecorded(c))


other_side = page.watch(lambda s, c: s.peer_closed(c.handle))
is_open = page.watch(lambda s, c: s.valid(c.handle))


@page.error(Status.ZX_ERR_PEER_CLOSED, "the other side was closed", words="was closed")
def peer_closed(s: State, c: ChannelCall) -> Tri:
    return other_side.began(s, c)


@page.error(
    Status.ZX_ERR_PEER_CLOSED,
    "the other side became closed during the wait",
    words="became closed",
)
def peer_closed_waiting(s: State, c: ChannelCall) -> Tri:
    return both(negate(other_side.began(s, c)), s.peer_closed(c.handle))


@page.error(
    Status.ZX_ERR_CANCELED,
    "handle was closed during the wait",
    about="handle",
    words="closed while waiting",
)
def canceled(s: State, c: ChannelCall) -> Tri:
    return both(is_open.began(s, c), s.invalid(c.handle))


page.no_memory()


@page.error(
    Status.ZX_ERR_OUT_OF_RANGE,
    "more bytes than a message may have",
    about="wr_num_bytes",
    words="largest",
)
def out_of_range_bytes(s: State, c: ChannelCall) -> Tri:
    args = _args(c)
    return MAYBE if args is None else tri(args.wr_num_bytes > MAX_MSG_BYTES)


@page.error(
    Status.ZX_ERR_OUT_OF_RANGE,
    "more handles than a message may have",
    about="wr_num_handles",
    words="largest",
)
def out_of_range_handles(s: State, c: ChannelCall) -> Tri:
    args = _args(c)
    return MAYBE if args is None else tri(args.wr_num_handles > MAX_MSG_HANDLES)


@page.error(
    Status.ZX_ERR_BUFFER_TOO_SMALL,
    "the reply has more bytes than there is room for",
    about="rd_num_bytes",
    words="too small",
)
def buffer_too_small_bytes(s: State, c: ChannelCall) -> Tri:
    args = _args(c)
    return MAYBE if args is None else too_large(s.object(c.handle), args)[0]


@page.error(
    Status.ZX_ERR_BUFFER_TOO_SMALL,
    "the reply has more handles than there is room for",
    about="rd_num_handles",
    words="too small",
)
def buffer_too_small_handles(s: State, c: ChannelCall) -> Tri:
    args = _args(c)
    return MAYBE if args is None else too_large(s.object(c.handle), args)[1]


@page.error(
    Status.ZX_ERR_NOT_SUPPORTED, "the channel is among the handles", words="one of the handles"
)
def not_supported(s: State, c: ChannelCall) -> Tri:
    return either(tri(c.handle in _sent(c).values), _unrecorded(c))


@page.error(
    Status.ZX_ERR_TIMED_OUT,
    "no reply came before the deadline (NOTES name the status)",
    words="due to zx_err_timed_out",
)
def timed_out(s: State, c: ChannelCall) -> Tri:
    """A reply may have come too late for the call, and be in the queue all the same."""
    channel = s.object(c.handle)
    if unseen(channel):
        return both(MAYBE, s.valid(c.handle))
    return both(MAYBE if replies(channel) else YES, s.valid(c.handle))


not_before_deadline = page.effect(
    "not_before_deadline",
    "ZX_ERR_TIMED_OUT is returned once the deadline has passed",
    words=("while deadline has not passed", "inbound message"),
)


@page.outputs
def outputs(s: State, c: ChannelCall, o: Outcome) -> Iterator[Mismatch]:
    args = _args(c)
    if o.status == Status.ZX_ERR_TIMED_OUT:
        yield from before_deadline(s, c.deadline, not_before_deadline)
    elif o.status == Status.ZX_OK and args is not None:
        yield from wrong_reply(s.object(c.handle), reply_seen(args, o), reply)


@page.begins
def begins(s: State, c: ChannelCall, o: Outcome) -> None:
    args = _args(c)
    by_peer = o.status == Status.ZX_ERR_PEER_CLOSED
    if by_peer and s.peer_closed(c.handle) == YES:
        _discard(s, c)
        return
    if args is None or not (by_peer or o.status in _WAITED):
        return
    sent = [s.in_transit(h, written) for h in args.wr_handles.values]
    for handle in args.wr_handles.values:
        s.take(handle, consumed)
    if _unrecorded(c) != NO:
        entries_unseen(s)
    content = args.wr_num_bytes, args.wr_bytes.content
    enqueue(s, c.handle, content, sent, written, called=True)


@page.success
def success(s: State, c: ChannelCall, o: Outcome) -> None:
    args = _args(c)
    if args is None:
        return
    s.reach(reply, o.number("actual_bytes") is not None)
    transits = take_reply(s, s.object(c.handle), reply_seen(args, o))
    handles = through(o)[1]
    none = args.rd_num_handles == 0 or o.number("actual_handles") == 0
    s.receive_handles(() if handles is None and none else handles, transits or [], reply)


@page.failure
def failure(s: State, c: ChannelCall, o: Outcome) -> None:
    if o.status == Status.ZX_ERR_TIMED_OUT:
        s.reach(not_before_deadline, bool(s.ended))
    if o.status == Status.ZX_ERR_BUFFER_TOO_SMALL:
        drop_reply(s, s.object(c.handle), discarded)
    if o.status not in (*_WAITED, Status.ZX_ERR_PEER_CLOSED):
        _discard(s, c)
        expect_nothing_written(s, c.handle, None, _sent(c).values)


def _discard(s: State, c: ChannelCall) -> None:
    for handle in _sent(c).values:
        s.discard(handle, consumed)
    if _unrecorded(c) != NO:
        entries_unseen(s)
