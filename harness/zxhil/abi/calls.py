"""Every system call that a guest test may make: its parameters in order, and what they are.

Prototypes are facts of <zircon/syscalls.abigen> of 2018-12, `channel_write_etc` of the headers
of 2019-09 and later. A class here is the decoded call; the position of a class in `CALLS` is
its slot in the guest's table, and a saved log names its slots itself (see `zxhil.trace`).

The annotations are read at import to make the table, so this module does not postpone them.
"""

from typing import Annotated, NamedTuple, get_args

from zxhil.abi.kinds import (
    BytesPointer,
    DispositionsPointer,
    HandlesPointer,
    InBytes,
    InHandles,
    InOutDispositions,
    Kind,
    Out,
    OutBytes,
    OutHandleInfos,
    OutHandles,
    OutPointer,
    OutRecords,
    Scalar,
)

Handle = Annotated[int, Scalar("zx_handle_t", 32)]
Rights = Annotated[int, Scalar("zx_rights_t", 32)]
Signals = Annotated[int, Scalar("zx_signals_t", 32)]
U32 = Annotated[int, Scalar("uint32_t", 32)]
U64 = Annotated[int, Scalar("uint64_t", 64)]
Size = Annotated[int, Scalar("size_t", 64)]
Time = Annotated[int, Scalar("zx_time_t", 64, signed=True)]

OutHandle = Annotated[OutPointer, Out("zx_handle_t", 32)]
OutU32 = Annotated[OutPointer, Out("uint32_t", 32)]
OutU64 = Annotated[OutPointer, Out("uint64_t", 64)]
OutSize = Annotated[OutPointer, Out("size_t", 64)]
OutSignals = Annotated[OutPointer, Out("zx_signals_t", 32)]
Name = Annotated[BytesPointer, InBytes("name_size", "const char*")]


class HandleClose(NamedTuple):
    """zx_handle_close."""

    handle: Handle


class HandleDuplicate(NamedTuple):
    """zx_handle_duplicate."""

    handle: Handle
    rights: Rights
    out: OutHandle


class HandleReplace(NamedTuple):
    """zx_handle_replace."""

    handle: Handle
    rights: Rights
    out: OutHandle


class ObjectGetInfo(NamedTuple):
    """zx_object_get_info."""

    handle: Handle
    topic: U32
    buffer: Annotated[OutPointer, OutRecords("buffer_size", "topic", "actual")]
    buffer_size: Size
    actual: OutSize
    avail: OutSize


class ObjectSetCookie(NamedTuple):
    """zx_object_set_cookie."""

    handle: Handle
    scope: Handle
    cookie: U64


class ObjectGetCookie(NamedTuple):
    """zx_object_get_cookie."""

    handle: Handle
    scope: Handle
    cookie: OutU64


class ObjectGetChild(NamedTuple):
    """zx_object_get_child."""

    handle: Handle
    koid: U64
    rights: Rights
    out: OutHandle


class ObjectWaitOne(NamedTuple):
    """zx_object_wait_one."""

    handle: Handle
    signals: Signals
    deadline: Time
    observed: OutSignals


class ObjectSignal(NamedTuple):
    """zx_object_signal."""

    handle: Handle
    clear_mask: U32
    set_mask: U32


class ChannelCreate(NamedTuple):
    """zx_channel_create."""

    options: U32
    out0: OutHandle
    out1: OutHandle


class ChannelRead(NamedTuple):
    """zx_channel_read."""

    handle: Handle
    options: U32
    bytes: Annotated[OutPointer, OutBytes("num_bytes", "actual_bytes")]
    handles: Annotated[OutPointer, OutHandles("num_handles", "actual_handles")]
    num_bytes: U32
    num_handles: U32
    actual_bytes: OutU32
    actual_handles: OutU32


class ChannelReadEtc(NamedTuple):
    """zx_channel_read_etc."""

    handle: Handle
    options: U32
    bytes: Annotated[OutPointer, OutBytes("num_bytes", "actual_bytes")]
    handles: Annotated[OutPointer, OutHandleInfos("num_handles", "actual_handles")]
    num_bytes: U32
    num_handles: U32
    actual_bytes: OutU32
    actual_handles: OutU32


class ChannelWrite(NamedTuple):
    """zx_channel_write."""

    handle: Handle
    options: U32
    bytes: Annotated[BytesPointer, InBytes("num_bytes")]
    num_bytes: U32
    handles: Annotated[HandlesPointer, InHandles("num_handles")]
    num_handles: U32


class ChannelWriteEtc(NamedTuple):
    """zx_channel_write_etc."""

    handle: Handle
    options: U32
    bytes: Annotated[BytesPointer, InBytes("num_bytes")]
    num_bytes: U32
    handles: Annotated[DispositionsPointer, InOutDispositions("num_handles")]
    num_handles: U32


class SocketCreate(NamedTuple):
    """zx_socket_create."""

    options: U32
    out0: OutHandle
    out1: OutHandle


class SocketShare(NamedTuple):
    """zx_socket_share."""

    handle: Handle
    socket_to_share: Handle


class SocketAccept(NamedTuple):
    """zx_socket_accept."""

    handle: Handle
    out_socket: OutHandle


class SocketWrite(NamedTuple):
    """zx_socket_write."""

    handle: Handle
    options: U32
    buffer: Annotated[BytesPointer, InBytes("buffer_size")]
    buffer_size: Size
    actual: OutSize


class SocketRead(NamedTuple):
    """zx_socket_read."""

    handle: Handle
    options: U32
    buffer: Annotated[OutPointer, OutBytes("buffer_size", "actual")]
    buffer_size: Size
    actual: OutSize


class EventCreate(NamedTuple):
    """zx_event_create."""

    options: U32
    out: OutHandle


class EventpairCreate(NamedTuple):
    """zx_eventpair_create."""

    options: U32
    out0: OutHandle
    out1: OutHandle


class VmoCreate(NamedTuple):
    """zx_vmo_create."""

    size: U64
    options: U32
    out: OutHandle


class JobCreate(NamedTuple):
    """zx_job_create."""

    parent_job: Handle
    options: U32
    out: OutHandle


class ProcessCreate(NamedTuple):
    """zx_process_create."""

    job: Handle
    name: Name
    name_size: Size
    options: U32
    proc_handle: OutHandle
    vmar_handle: OutHandle


class ThreadCreate(NamedTuple):
    """zx_thread_create."""

    process: Handle
    name: Name
    name_size: Size
    options: U32
    out: OutHandle


class PortCreate(NamedTuple):
    """zx_port_create."""

    options: U32
    out: OutHandle


class TimerCreate(NamedTuple):
    """zx_timer_create."""

    options: U32
    clock_id: U32
    out: OutHandle


class ResourceCreate(NamedTuple):
    """zx_resource_create."""

    parent_rsrc: Handle
    options: U32
    base: U64
    size: Size
    name: Name
    name_size: Size
    resource_out: OutHandle


AnyCall = (
    HandleClose
    | HandleDuplicate
    | HandleReplace
    | ObjectGetInfo
    | ObjectSetCookie
    | ObjectGetCookie
    | ObjectGetChild
    | ObjectWaitOne
    | ObjectSignal
    | ChannelCreate
    | ChannelRead
    | ChannelReadEtc
    | ChannelWrite
    | ChannelWriteEtc
    | SocketCreate
    | SocketShare
    | SocketAccept
    | SocketWrite
    | SocketRead
    | EventCreate
    | EventpairCreate
    | VmoCreate
    | JobCreate
    | ProcessCreate
    | ThreadCreate
    | PortCreate
    | TimerCreate
    | ResourceCreate
)


class Parameter(NamedTuple):
    """One parameter of a prototype: its name and what it is."""

    name: str
    kind: Kind


class Syscall(NamedTuple):
    """A call's name without the ``zx_`` prefix, its class, and its parameters in order."""

    name: str
    type: type[AnyCall]
    parameters: tuple[Parameter, ...]


def _syscall(cls: type[AnyCall]) -> Syscall:
    name = "".join(f"_{c.lower()}" if c.isupper() else c for c in cls.__name__).lstrip("_")
    fields = cls.__annotations__.items()
    return Syscall(name, cls, tuple(Parameter(field, get_args(note)[1]) for field, note in fields))


#: Every call, in slot order. A new call goes to the end.
CALLS: tuple[Syscall, ...] = tuple(_syscall(cls) for cls in get_args(AnyCall))

BY_NAME: dict[str, Syscall] = {call.name: call for call in CALLS}
