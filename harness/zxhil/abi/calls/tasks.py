"""Jobs, processes, threads, and what they end with."""

from typing import Annotated, NamedTuple

from zxhil.abi.calls.notation import (
    DESTROY,
    JOB,
    MANAGE_JOB,
    MANAGE_PROCESS,
    MANAGE_THREAD,
    PORT,
    PROCESS,
    READ,
    S32,
    S64,
    SET_POLICY,
    THREAD,
    TRANSFER,
    U32,
    U64,
    WRITE,
    AnyHandle,
    FutexAt,
    Name,
    OutHandle,
    OutSize,
    Size,
    UIntPtr,
    Vaddr,
)
from zxhil.abi.calls.prototype import AnsweredBy, special
from zxhil.abi.kinds import (
    BytesPointer,
    InBytes,
    InHandle,
    InStructs,
    OutBytes,
    OutPointer,
    StructsPointer,
)
from zxhil.abi.kinds.layouts import POLICY_BASIC, PROFILE_INFO, PolicyBasic, ProfileInfo


class JobCreate(NamedTuple):
    parent_job: Annotated[int, InHandle(JOB, MANAGE_JOB)]
    options: U32
    out: OutHandle


class ProcessCreate(NamedTuple):
    job: Annotated[int, InHandle(JOB, MANAGE_PROCESS)]
    name: Name
    name_size: Size
    options: U32
    proc_handle: OutHandle
    vmar_handle: OutHandle


class ThreadCreate(NamedTuple):
    process: Annotated[int, InHandle(PROCESS, MANAGE_THREAD)]
    name: Name
    name_size: Size
    options: U32
    out: OutHandle


@special(never=True)
class ThreadExit(NamedTuple):
    """zx_thread_exit, which takes nothing."""


class ThreadStart(NamedTuple):
    handle: Annotated[int, InHandle(THREAD, MANAGE_THREAD)]
    thread_entry: Vaddr
    stack: Vaddr
    arg1: UIntPtr
    arg2: UIntPtr


class ThreadReadState(NamedTuple):
    handle: Annotated[int, InHandle(THREAD, READ)]
    kind: U32
    buffer: Annotated[OutPointer, OutBytes("buffer_size")]
    buffer_size: Size


class ThreadWriteState(NamedTuple):
    handle: Annotated[int, InHandle(THREAD, WRITE)]
    kind: U32
    buffer: Annotated[BytesPointer, InBytes("buffer_size")]
    buffer_size: Size


class ThreadSetPriority(NamedTuple):
    prio: S32


@special(never=True)
class ProcessExit(NamedTuple):
    retcode: S64


class ProcessStart(NamedTuple):
    handle: Annotated[int, InHandle(PROCESS, WRITE)]
    thread: Annotated[int, InHandle(THREAD, WRITE)]
    entry: Vaddr
    stack: Vaddr
    arg1: Annotated[int, InHandle(rights=TRANSFER)]
    arg2: UIntPtr


class ProcessReadMemory(NamedTuple):
    handle: Annotated[int, InHandle(PROCESS, READ | WRITE)]
    vaddr: Vaddr
    buffer: Annotated[OutPointer, OutBytes("buffer_size", "actual")]
    buffer_size: Size
    actual: OutSize


class ProcessWriteMemory(NamedTuple):
    handle: Annotated[int, InHandle(PROCESS, WRITE)]
    vaddr: Vaddr
    buffer: Annotated[BytesPointer, InBytes("buffer_size")]
    buffer_size: Size
    actual: OutSize


class JobSetPolicy(NamedTuple):
    handle: Annotated[int, InHandle(JOB, SET_POLICY)]
    options: U32
    topic: U32
    policy: Annotated[StructsPointer[PolicyBasic], InStructs(POLICY_BASIC, "count")]
    count: U32  # type: ignore[assignment]


class TaskBindExceptionPort(NamedTuple):
    handle: AnyHandle
    port: Annotated[int, InHandle(PORT)]
    key: U64
    options: U32


class TaskSuspend(NamedTuple):
    handle: Annotated[int, InHandle((THREAD, PROCESS), WRITE)]
    token: OutHandle


class TaskSuspendToken(NamedTuple):
    handle: Annotated[int, InHandle((THREAD, PROCESS), WRITE)]
    token: OutHandle


class TaskResumeFromException(NamedTuple):
    handle: Annotated[int, InHandle(THREAD)]
    port: Annotated[int, InHandle(PORT)]
    options: U32


class TaskKill(NamedTuple):
    handle: Annotated[int, InHandle(rights=DESTROY)]


class ProfileCreate(NamedTuple):
    root_job: Annotated[int, InHandle(JOB, MANAGE_PROCESS)]
    profile: Annotated[StructsPointer[ProfileInfo], InStructs(PROFILE_INFO)]
    out: OutHandle


@special(answered_by=AnsweredBy.VDSO)
class VmarUnmapHandleCloseThreadExit(NamedTuple):
    vmar_handle: AnyHandle
    addr: Vaddr
    size: Size
    close_handle: AnyHandle


@special(never=True, answered_by=AnsweredBy.VDSO)
class FutexWakeHandleCloseThreadExit(NamedTuple):
    value_ptr: FutexAt
    wake_count: U32
    new_value: S32
    close_handle: AnyHandle
