"""Channels."""

from typing import Annotated, NamedTuple

from zxhil.abi.calls.notation import (
    CHANNEL,
    READ,
    TRANSFER,
    U32,
    WRITE,
    OutHandle,
    OutU32,
    Time,
    needs,
)
from zxhil.abi.calls.prototype import AnsweredBy, special
from zxhil.abi.kinds import (
    CHANNEL_CALL_ARGS,
    DISPOSITION,
    HANDLE_INFO,
    BytesPointer,
    ChannelCallArgs,
    Disposition,
    HandlesPointer,
    InBytes,
    InHandle,
    InHandles,
    InStructs,
    OutBytes,
    OutHandles,
    OutPointer,
    OutStructs,
    StructsPointer,
)
from zxhil.abi.objects import MAX_MSG_BYTES


class ChannelCreate(NamedTuple):
    options: U32
    out0: OutHandle
    out1: OutHandle


class ChannelRead(NamedTuple):
    handle: Annotated[int, InHandle(CHANNEL, READ)]
    options: U32
    bytes: Annotated[OutPointer, OutBytes("num_bytes", "actual_bytes", usual=MAX_MSG_BYTES)]
    handles: Annotated[OutPointer, OutHandles("num_handles", "actual_handles")]
    num_bytes: U32
    num_handles: U32
    actual_bytes: OutU32
    actual_handles: OutU32


class ChannelReadEtc(NamedTuple):
    handle: Annotated[int, InHandle(CHANNEL, READ)]
    options: U32
    bytes: Annotated[OutPointer, OutBytes("num_bytes", "actual_bytes", usual=MAX_MSG_BYTES)]
    handles: Annotated[OutPointer, OutStructs(HANDLE_INFO, "num_handles", "actual_handles")]
    num_bytes: U32
    num_handles: U32
    actual_bytes: OutU32
    actual_handles: OutU32


class ChannelWrite(NamedTuple):
    handle: Annotated[int, InHandle(CHANNEL, WRITE)]
    options: U32
    bytes: Annotated[BytesPointer, InBytes("num_bytes")]
    num_bytes: U32
    handles: Annotated[HandlesPointer, InHandles("num_handles", needs=(needs(rights=TRANSFER),))]
    num_handles: U32


class ChannelWriteEtc(NamedTuple):
    handle: Annotated[int, InHandle(CHANNEL, WRITE)]
    options: U32
    bytes: Annotated[BytesPointer, InBytes("num_bytes")]
    num_bytes: U32
    handles: Annotated[
        StructsPointer[Disposition], InStructs(DISPOSITION, "num_handles", written=("result",))
    ]
    num_handles: U32


@special(answered_by=AnsweredBy.INTERNAL)
class ChannelCallNoretry(NamedTuple):
    handle: Annotated[int, InHandle(CHANNEL, READ | WRITE)]
    options: U32
    deadline: Time
    args: Annotated[
        StructsPointer[ChannelCallArgs],
        InStructs(CHANNEL_CALL_ARGS, needs=(needs(rights=TRANSFER),)),
    ]
    actual_bytes: OutU32
    actual_handles: OutU32


@special(answered_by=AnsweredBy.INTERNAL)
class ChannelCallFinish(NamedTuple):
    deadline: Time
    args: Annotated[StructsPointer[ChannelCallArgs], InStructs(CHANNEL_CALL_ARGS)]
    actual_bytes: OutU32
    actual_handles: OutU32


@special(answered_by=AnsweredBy.VDSO)
class ChannelCall(NamedTuple):
    handle: Annotated[int, InHandle(CHANNEL, READ | WRITE)]
    options: U32
    deadline: Time
    args: Annotated[
        StructsPointer[ChannelCallArgs],
        InStructs(CHANNEL_CALL_ARGS, needs=(needs(rights=TRANSFER),)),
    ]
    actual_bytes: OutU32
    actual_handles: OutU32
