"""Events, event pairs, futexes."""

from typing import Annotated, NamedTuple

from zxhil.abi.calls.notation import S32, U32, AnyHandle, Futex, OutHandle, OutKoid, Time
from zxhil.abi.kinds import Opaque, OutPointer


class EventCreate(NamedTuple):
    options: U32
    out: OutHandle


class EventpairCreate(NamedTuple):
    options: U32
    out0: OutHandle
    out1: OutHandle


class FutexWait(NamedTuple):
    value_ptr: Annotated[OutPointer, Opaque("const zx_futex_t*", 4)]
    current_value: Futex
    new_futex_owner: AnyHandle
    deadline: Time


class FutexWake(NamedTuple):
    value_ptr: Annotated[OutPointer, Opaque("const zx_futex_t*", 4)]
    wake_count: U32


class FutexRequeue(NamedTuple):
    value_ptr: Annotated[OutPointer, Opaque("const zx_futex_t*", 4)]
    wake_count: U32
    current_value: Futex
    requeue_ptr: Annotated[OutPointer, Opaque("const zx_futex_t*", 4)]
    requeue_count: U32
    new_requeue_owner: AnyHandle


class FutexWakeSingleOwner(NamedTuple):
    value_ptr: Annotated[OutPointer, Opaque("const zx_futex_t*", 4)]


class FutexRequeueSingleOwner(NamedTuple):
    value_ptr: Annotated[OutPointer, Opaque("const zx_futex_t*", 4)]
    current_value: Futex
    requeue_ptr: Annotated[OutPointer, Opaque("const zx_futex_t*", 4)]
    requeue_count: U32
    new_requeue_owner: AnyHandle


class FutexGetOwner(NamedTuple):
    value_ptr: Annotated[OutPointer, Opaque("const zx_futex_t*", 4)]
    koid: OutKoid


class FutexWaitDeprecated(NamedTuple):
    value_ptr: Annotated[OutPointer, Opaque("const zx_futex_t*", 4)]
    current_value: S32
    deadline: Time


class FutexRequeueDeprecated(NamedTuple):
    wake_ptr: Annotated[OutPointer, Opaque("const zx_futex_t*", 4)]
    wake_count: U32
    current_value: S32
    requeue_ptr: Annotated[OutPointer, Opaque("const zx_futex_t*", 4)]
    requeue_count: U32
