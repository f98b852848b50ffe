"""How a kernel breaks the effects of the two pages on writing to a channel."""

from __future__ import annotations

from model_broken import (
    BAD_HANDLE,
    INVALID_ARGS,
    OUT_OF_RANGE,
    SHOULD_WAIT,
    WRONG_TYPE,
    answered,
    breach,
    refused,
    seen,
)
from model_make import (
    DUPLICATE,
    NEVER,
    E,
    W,
    channel,
    entry,
    event,
    events,
    looked_at,
)
from zxhil.abi.kinds import HandleInfoRecord
from zxhil.abi.objects import MAX_MSG_BYTES, MAX_MSG_HANDLES, ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.sample import Sample, sample
from zxhil.model.judge import Verdict
from zxhil.model.kernel import Kernel

# ---- channel_write


@breach(W + "null_when_empty")
def null_refused(k: Kernel) -> tuple[int, Verdict]:
    handle = looked_at(k, channel(k))
    return refused(k, INVALID_ARGS, "channel_write", handle=handle)


@breach(W + "consumed_on_success")
def kept_on_success(k: Kernel) -> tuple[int, Verdict]:
    handle, sent = channel(k), event(k)
    at = k.state.calls
    k.channel_write(handle, b"x", [sent])
    return at, seen(k, sent)


@breach(W + "delivered")
def other_bytes_arrive(k: Kernel) -> tuple[int, Verdict]:
    a, b = k.channel_create()
    at = k.state.calls
    k.channel_write(a, b"abc")
    outs = {"bytes": Sample(b"", 0x1234), "handles": (), "actual_bytes": 3, "actual_handles": 0}
    return at, answered(k, 0, "channel_read", outs, handle=b, num_bytes=64, num_handles=64)


@breach(W + "discarded_on_failure")
def kept_on_failure(k: Kernel) -> tuple[int, Verdict]:
    handle, sent = channel(k), event(k)
    at = k.state.calls
    k.channel_write(handle, b"x", [sent], options=1)
    return at, seen(k, sent)


@breach(W + "max_handles")
def sixty_four_refused(k: Kernel) -> tuple[int, Verdict]:
    handle, sent = looked_at(k, channel(k)), events(k, MAX_MSG_HANDLES)
    return refused(k, OUT_OF_RANGE, "channel_write", handle=handle, handles=sent)


@breach(W + "max_bytes")
def most_bytes_refused(k: Kernel) -> tuple[int, Verdict]:
    handle, most = looked_at(k, channel(k)), bytes(MAX_MSG_BYTES)
    return refused(k, OUT_OF_RANGE, "channel_write", handle=handle, bytes=most)


# ---- channel_write_etc


@breach(E + "delivered")
def etc_never_arrives(k: Kernel) -> tuple[int, Verdict]:
    a, b = k.channel_create()
    at = k.state.calls
    k.channel_write_etc(a, b"abc", [entry(event(k))])
    given = {"handle": b, "num_bytes": 9, "num_handles": 9}
    return at + 1, answered(k, SHOULD_WAIT, "channel_read", {}, **given)


@breach(E + "moved")
def etc_moved_stays(k: Kernel) -> tuple[int, Verdict]:
    handle, sent = channel(k), event(k)
    at = k.state.calls
    k.channel_write_etc(handle, b"x", [entry(sent)])
    return at, seen(k, sent)


@breach(E + "duplicated")
def etc_duplicated_leaves(k: Kernel) -> tuple[int, Verdict]:
    handle, sent = channel(k), event(k)
    at = k.state.calls
    k.channel_write_etc(handle, b"x", [entry(sent, DUPLICATE)])
    return at, answered(k, BAD_HANDLE, "object_get_info", {}, handle=sent, topic=2, buffer_size=32)


def _etc_arrives_with(k: Kernel, asked: int, got: int) -> tuple[int, Verdict]:
    a, b = k.channel_create()
    sent = looked_at(k, event(k))
    at = k.state.calls
    k.channel_write_etc(a, b"", [entry(sent, rights=asked)])
    info = HandleInfoRecord(0x9999, int(ObjType.EVENT), got, 0)
    outs = {"bytes": sample(b""), "handles": (info,), "actual_bytes": 0, "actual_handles": 1}
    return at, answered(k, 0, "channel_read_etc", outs, handle=b, num_bytes=9, num_handles=9)


@breach(E + "rights_at_receiver")
def etc_too_few_rights(k: Kernel) -> tuple[int, Verdict]:
    return _etc_arrives_with(k, int(Rights.TRANSFER | Rights.WAIT), int(Rights.TRANSFER))


@breach(E + "transfer_removable")
def etc_transfer_stays(k: Kernel) -> tuple[int, Verdict]:
    return _etc_arrives_with(k, int(Rights.WAIT), int(Rights.TRANSFER | Rights.WAIT))


@breach(E + "type_none_skips")
def etc_none_refused(k: Kernel) -> tuple[int, Verdict]:
    handle, sent = looked_at(k, channel(k)), looked_at(k, event(k))
    at = k.state.calls
    outs = {"handles": (WRONG_TYPE,)}
    given = {"handle": handle, "handles": [entry(sent)]}
    return at, answered(k, WRONG_TYPE, "channel_write_etc", outs, **given)


def _etc_answers(k: Kernel, status: int, results: tuple[int, ...]) -> tuple[int, Verdict]:
    """Of three entries the first is of the wrong type and the third is no handle."""
    handle, first, second = looked_at(k, channel(k)), looked_at(k, event(k)), event(k)
    entries = [entry(first, type_=ObjType.VMO), entry(second), entry(NEVER)]
    at = k.state.calls
    given = {"handle": handle, "bytes": b"x", "handles": entries}
    return at, answered(k, status, "channel_write_etc", {"handles": results}, **given)


@breach(E + "result_written")
def etc_no_result(k: Kernel) -> tuple[int, Verdict]:
    return _etc_answers(k, WRONG_TYPE, (0, 0, 0))


@breach(E + "first_failure_returned")
def etc_last_failure(k: Kernel) -> tuple[int, Verdict]:
    return _etc_answers(k, BAD_HANDLE, (WRONG_TYPE, 0, BAD_HANDLE))


@breach(E + "all_attempted")
def etc_stops_at_the_first(k: Kernel) -> tuple[int, Verdict]:
    return _etc_answers(k, WRONG_TYPE, (WRONG_TYPE, 0, 0))


@breach(E + "all_must_succeed")
def etc_sent_all_the_same(k: Kernel) -> tuple[int, Verdict]:
    a, b = k.channel_create()
    at = k.state.calls
    k.channel_write_etc(a, b"x", [entry(NEVER)])
    outs = {"bytes": Sample(b"", 5), "handles": (), "actual_bytes": 1, "actual_handles": 0}
    return at, answered(k, 0, "channel_read", outs, handle=b, num_bytes=9, num_handles=9)


@breach(E + "max_handles")
def etc_sixty_four_refused(k: Kernel) -> tuple[int, Verdict]:
    handle, sent = looked_at(k, channel(k)), [entry(h) for h in events(k, MAX_MSG_HANDLES)]
    return refused(k, OUT_OF_RANGE, "channel_write_etc", handle=handle, handles=sent)


@breach(E + "max_bytes")
def etc_most_bytes_refused(k: Kernel) -> tuple[int, Verdict]:
    handle, most = looked_at(k, channel(k)), bytes(MAX_MSG_BYTES)
    given = {"handle": handle, "bytes": most, "handles": [entry(event(k))]}
    return refused(k, OUT_OF_RANGE, "channel_write_etc", **given)
