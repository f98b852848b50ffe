"""Events, event pairs, futexes."""

from typing import NamedTuple

from zxhil.abi.calls.notation import S32, U32, AnyHandle, Futex, FutexAt, OutHandle, OutKoid, Time


class EventCreate(NamedTuple):
    options: U32
    out: OutHandle


class EventpairCreate(NamedTuple):
    options: U32
    out0: OutHandle
    out1: OutHandle


class FutexWait(NamedTuple):
    value_ptr: FutexAt
    current_value: Futex
    new_futex_owner: AnyHandle
    deadline: Time


class FutexWake(NamedTuple):
    value_ptr: FutexAt
    wake_count: U32


class FutexRequeue(NamedTuple):
    value_ptr: FutexAt
    wake_count: U32
    current_value: Futex
    requeue_ptr: FutexAt
    requeue_count: U32
    new_requeue_owner: AnyHandle


class FutexWakeSingleOwner(NamedTuple):
    value_ptr: FutexAt


class FutexRequeueSingleOwner(NamedTuple):
    value_ptr: FutexAt
    current_value: Futex
    requeue_ptr: FutexAt
    requeue_count: U32
    new_requeue_owner: AnyHandle


class FutexGetOwner(NamedTuple):
    value_ptr: FutexAt
    koid: OutKoid


class FutexWaitDeprecated(NamedTuple):
    value_ptr: FutexAt
    current_value: S32
    deadline: Time


class FutexRequeueDeprecated(NamedTuple):
    wake_ptr: FutexAt
    wake_count: U32
    current_value: S32
    requeue_ptr: FutexAt
    requeue_count: U32
