"""Any object: its information, properties, cookies, signals; waiting for them."""

from typing import Annotated, NamedTuple

from zxhil.abi.calls.notation import (
    APPLY_PROFILE,
    BTI,
    ENUMERATE,
    GET_PROPERTY,
    INSPECT,
    JOB,
    MANAGE_THREAD,
    PORT,
    PROCESS,
    PROFILE,
    RESOURCE,
    ROOT,
    SET_PROPERTY,
    SIGNAL,
    SIGNAL_PEER,
    SOCKET,
    THREAD,
    TRANSFER,
    U32,
    U64,
    VMAR,
    VMO,
    WAIT,
    WRITE,
    AnyHandle,
    OutHandle,
    OutSignals,
    OutSize,
    OutU64,
    Rights,
    Signals,
    Size,
    Time,
    equal,
    needs,
)
from zxhil.abi.kinds import (
    WAIT_ITEM,
    BytesPointer,
    InBytes,
    InHandle,
    InStructs,
    OutBytes,
    OutPointer,
    OutRecords,
    StructsPointer,
    WaitItem,
)


class ObjectGetInfo(NamedTuple):
    handle: Annotated[
        int,
        InHandle(
            when=equal(
                "topic",
                ("ZX_INFO_PROCESS", needs(PROCESS, INSPECT)),
                ("ZX_INFO_PROCESS_THREADS", needs(PROCESS, ENUMERATE)),
                ("ZX_INFO_JOB_CHILDREN", needs(JOB, ENUMERATE)),
                ("ZX_INFO_JOB_PROCESSES", needs(JOB, ENUMERATE)),
                ("ZX_INFO_THREAD", needs(THREAD, INSPECT)),
                ("ZX_INFO_THREAD_EXCEPTION_REPORT", needs(THREAD, INSPECT)),
                ("ZX_INFO_THREAD_STATS", needs(THREAD, INSPECT)),
                ("ZX_INFO_TASK_STATS", needs(PROCESS, INSPECT)),
                ("ZX_INFO_PROCESS_MAPS", needs(PROCESS, INSPECT)),
                ("ZX_INFO_PROCESS_VMOS", needs(PROCESS, INSPECT)),
                ("ZX_INFO_VMO", needs(VMO)),
                ("ZX_INFO_VMAR", needs(VMAR, INSPECT)),
                ("ZX_INFO_CPU_STATS", needs(kind=ROOT)),
                ("ZX_INFO_KMEM_STATS", needs(kind=ROOT)),
                ("ZX_INFO_RESOURCE", needs(RESOURCE, INSPECT)),
                ("ZX_INFO_HANDLE_COUNT", needs(rights=INSPECT)),
                ("ZX_INFO_BTI", needs(BTI, INSPECT)),
                ("ZX_INFO_PROCESS_HANDLE_STATS", needs(PROCESS, INSPECT)),
                ("ZX_INFO_SOCKET", needs(SOCKET, INSPECT)),
            )
        ),
    ]
    topic: U32
    buffer: Annotated[OutPointer, OutRecords("buffer_size", "topic", "actual")]
    buffer_size: Size
    actual: OutSize
    avail: OutSize


class ObjectSetCookie(NamedTuple):
    handle: AnyHandle
    scope: AnyHandle
    cookie: U64


class ObjectGetCookie(NamedTuple):
    handle: AnyHandle
    scope: AnyHandle
    cookie: OutU64


class ObjectGetChild(NamedTuple):
    handle: Annotated[int, InHandle(rights=ENUMERATE)]
    koid: U64
    rights: Rights
    out: OutHandle


class ObjectWaitOne(NamedTuple):
    handle: Annotated[int, InHandle(rights=WAIT)]
    signals: Signals
    deadline: Time
    observed: OutSignals


class ObjectSignal(NamedTuple):
    handle: Annotated[int, InHandle(PROCESS, SIGNAL)]
    clear_mask: U32
    set_mask: U32


class ObjectWaitMany(NamedTuple):
    items: Annotated[
        StructsPointer[WaitItem],
        InStructs(WAIT_ITEM, "count", ("pending",), needs=(needs(rights=TRANSFER),)),
    ]
    count: Size  # type: ignore[assignment]
    deadline: Time


class ObjectWaitAsync(NamedTuple):
    handle: Annotated[int, InHandle(rights=WAIT)]
    port: Annotated[int, InHandle(PORT, WRITE)]
    key: U64
    signals: Signals
    options: U32


class ObjectSignalPeer(NamedTuple):
    handle: Annotated[int, InHandle(PROCESS, SIGNAL_PEER)]
    clear_mask: U32
    set_mask: U32


class ObjectGetProperty(NamedTuple):
    handle: Annotated[
        int,
        InHandle(
            rights=GET_PROPERTY,
            when=equal(
                "property",
                ("ZX_PROP_PROCESS_DEBUG_ADDR", needs(PROCESS)),
                ("ZX_PROP_PROCESS_VDSO_BASE_ADDRESS", needs(PROCESS)),
                ("ZX_PROP_SOCKET_RX_THRESHOLD", needs(SOCKET)),
                ("ZX_PROP_SOCKET_TX_THRESHOLD", needs(SOCKET)),
            ),
        ),
    ]
    property: U32
    value: Annotated[OutPointer, OutBytes("value_size")]
    value_size: Size


class ObjectSetProperty(NamedTuple):
    handle: Annotated[
        int,
        InHandle(
            rights=SET_PROPERTY,
            when=equal(
                "property",
                ("ZX_PROP_PROCESS_DEBUG_ADDR", needs(PROCESS)),
                ("ZX_PROP_SOCKET_RX_THRESHOLD", needs(SOCKET)),
                ("ZX_PROP_SOCKET_TX_THRESHOLD", needs(SOCKET)),
                ("ZX_PROP_JOB_KILL_ON_OOM", needs(JOB)),
            ),
        ),
    ]
    property: U32
    value: Annotated[BytesPointer, InBytes("value_size")]
    value_size: Size


class ObjectSetProfile(NamedTuple):
    handle: Annotated[int, InHandle(THREAD, MANAGE_THREAD)]
    profile: Annotated[int, InHandle(PROFILE, APPLY_PROFILE)]
    options: U32
