"""Ports, timers, fifos."""

from typing import Annotated, NamedTuple

from zxhil.abi.calls.notation import (
    FIFO,
    PORT,
    READ,
    TIMER,
    U32,
    U64,
    WRITE,
    AnyHandle,
    Clock,
    Duration,
    OutHandle,
    OutSize,
    Size,
    Time,
)
from zxhil.abi.kinds import (
    PORT_PACKET,
    BytesPointer,
    InElements,
    InHandle,
    InStructs,
    OutElements,
    OutPointer,
    OutStructs,
    PortPacket,
    StructsPointer,
)


class PortCreate(NamedTuple):
    options: U32
    out: OutHandle


class PortQueue(NamedTuple):
    handle: Annotated[int, InHandle(PORT, WRITE)]
    packet: Annotated[StructsPointer[PortPacket], InStructs(PORT_PACKET)]


class PortWait(NamedTuple):
    handle: Annotated[int, InHandle(PORT, READ)]
    deadline: Time
    packet: Annotated[OutPointer, OutStructs(PORT_PACKET)]


class PortCancel(NamedTuple):
    handle: Annotated[int, InHandle(PORT, WRITE)]
    source: AnyHandle
    key: U64


class TimerCreate(NamedTuple):
    options: U32
    clock_id: Clock
    out: OutHandle


class TimerSet(NamedTuple):
    handle: Annotated[int, InHandle(TIMER, WRITE)]
    deadline: Time
    slack: Duration


class TimerCancel(NamedTuple):
    handle: Annotated[int, InHandle(TIMER, WRITE)]


class FifoCreate(NamedTuple):
    elem_count: Size
    elem_size: Size
    options: U32
    out0: OutHandle
    out1: OutHandle


class FifoRead(NamedTuple):
    handle: Annotated[int, InHandle(FIFO, READ)]
    elem_size: Size
    data: Annotated[OutPointer, OutElements("count", "actual_count", each="elem_size")]
    count: Size  # type: ignore[assignment]
    actual_count: OutSize


class FifoWrite(NamedTuple):
    handle: Annotated[int, InHandle(FIFO, WRITE)]
    elem_size: Size
    data: Annotated[BytesPointer, InElements("count", each="elem_size")]
    count: Size  # type: ignore[assignment]
    actual_count: OutSize
