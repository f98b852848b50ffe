"""The debug log, kernel traces, the serial console."""

from typing import Annotated, NamedTuple

from zxhil.abi.calls.notation import LOG, READ, ROOT, U32, WRITE, OutHandle, OutSize, Size
from zxhil.abi.kinds import BytesPointer, InBytes, InHandle, Opaque, OutBytes, OutPointer


class LogWrite(NamedTuple):
    handle: Annotated[int, InHandle(LOG, WRITE)]
    len: U32
    buffer: Annotated[BytesPointer, InBytes("len")]
    options: U32


class LogRead(NamedTuple):
    handle: Annotated[int, InHandle(LOG, READ)]
    len: U32
    buffer: Annotated[OutPointer, OutBytes("len")]
    options: U32


class DebuglogCreate(NamedTuple):
    resource: Annotated[int, InHandle(kind=ROOT)]
    options: U32
    out: OutHandle


class DebuglogWrite(NamedTuple):
    handle: Annotated[int, InHandle(LOG, WRITE)]
    options: U32
    buffer: Annotated[BytesPointer, InBytes("buffer_size")]
    buffer_size: Size


class DebuglogRead(NamedTuple):
    handle: Annotated[int, InHandle(LOG, READ)]
    options: U32
    buffer: Annotated[OutPointer, OutBytes("buffer_size")]
    buffer_size: Size


class KtraceRead(NamedTuple):
    handle: Annotated[int, InHandle(kind=ROOT)]
    data: Annotated[OutPointer, OutBytes("data_size", "actual")]
    offset: U32
    data_size: Size
    actual: OutSize


class KtraceControl(NamedTuple):
    handle: Annotated[int, InHandle(kind=ROOT)]
    action: U32
    options: U32
    ptr: Annotated[OutPointer, Opaque("void*", 1)]


class KtraceWrite(NamedTuple):
    handle: Annotated[int, InHandle(kind=ROOT)]
    id: U32
    arg0: U32
    arg1: U32


class MtraceControl(NamedTuple):
    handle: Annotated[int, InHandle(kind=ROOT)]
    kind: U32
    action: U32
    options: U32
    ptr: Annotated[OutPointer, Opaque("void*", "ptr_size")]
    ptr_size: Size


class DebugRead(NamedTuple):
    handle: Annotated[int, InHandle(kind=ROOT)]
    buffer: Annotated[OutPointer, Opaque("char*", 1)]
    buffer_size: Annotated[OutPointer, Opaque("size_t*", 8)]


class DebugWrite(NamedTuple):
    buffer: Annotated[BytesPointer, InBytes("buffer_size", "const char*")]
    buffer_size: Size


class DebugSendCommand(NamedTuple):
    resource: Annotated[int, InHandle(kind=ROOT)]
    buffer: Annotated[BytesPointer, InBytes("buffer_size", "const char*")]
    buffer_size: Size
