"""Futexes: who waits for which, as the pages of zx_futex_* and futex.md describe it.

The kernel knows a futex by its address, and only as long as a thread waits for it.
"""

from __future__ import annotations

from typing import Any

from zxhil.abi.kinds import FutexPointer, Memory
from zxhil.abi.objects import ObjType
from zxhil.abi.status import Status
from zxhil.model.clause import Clause
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, YES, Tri, both, negate, tri


def misaligned(s: State, pointer: FutexPointer) -> Tri:
    """Is it not aligned to a zx_futex_t?"""
    return tri(not pointer.aligned)


def differs(s: State, pointer: FutexPointer, value: int) -> Tri:
    """Has the futex another value? Other threads may change it while a call is under way."""
    if pointer.value is None:
        return MAYBE if pointer.memory in (Memory.READABLE, Memory.WRITABLE) else NO
    return both(tri(pointer.value != value), YES) if s.moments is None else MAYBE


def same(s: State, one: FutexPointer, other: FutexPointer) -> Tri:
    """Do both point to the same futex?"""
    if one.place is None or other.place is None:
        return MAYBE if one.memory is other.memory else NO
    return tri(one.place == other.place)


def bad_owner(s: State, handle: int) -> Tri:
    """Is it neither ZX_HANDLE_INVALID nor a valid handle?"""
    return both(tri(handle != 0), s.invalid(handle))


def no_thread(s: State, handle: int) -> Tri:
    """Is it a valid handle to something else than a thread?"""
    return both(tri(handle != 0), s.not_a(handle, ObjType.THREAD))


def pointers(page: Page[Any], *parameters: str) -> None:
    """The errors of each pointer to a futex: it must be valid, and aligned."""
    for parameter in parameters:
        page.pointer(parameter)
    for parameter in parameters:
        aligned(page, parameter)


def aligned(page: Page[Any], parameter: str) -> Clause:
    """The error of a pointer to a futex that is not aligned."""
    return page.when(
        f"invalid_args_{parameter}_aligned",
        f"{parameter} is not aligned to a zx_futex_t",
        misaligned,
        parameter,
        status=Status.ZX_ERR_INVALID_ARGS,
        about=parameter,
        words="not aligned",
    )


def owner(page: Page[Any], parameter: str) -> None:
    """The errors of a handle to the thread that is to own a futex."""
    page.when(
        "bad_handle",
        f"{parameter} is neither ZX_HANDLE_INVALID nor valid",
        bad_owner,
        parameter,
        about=parameter,
        words="not a valid handle",
    )
    page.when(
        "wrong_type",
        f"{parameter} is not a thread's",
        no_thread,
        parameter,
        about=parameter,
        words="not a handle to a thread",
    )


def waits(s: State, handle: int) -> Tri:
    """Does the thread wait for a futex? One that no other thread can wait in place of does not."""
    return both(tri(handle != 0), both(s.is_a(handle, ObjType.THREAD), MAYBE))


def value_kept(page: Page[Any]) -> None:
    """The error of a futex that has another value than the caller thinks."""
    page.when(
        "bad_state",
        "the futex has another value than current_value",
        differs,
        "value_ptr",
        "current_value",
        about="current_value",
        words="does not match",
    )


def no_waiters(s: State) -> Tri:
    """Does no other thread wait for any futex?"""
    return negate(tri(s.moments is not None))
