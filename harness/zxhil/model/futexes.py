"""Futexes: who waits for which, as the pages of zx_futex_* and futex.md describe it.

The kernel knows a futex by its address, and only as long as a thread waits for it.
"""

from __future__ import annotations

from typing import Any

from zxhil.abi.kinds import FutexPointer, Memory
from zxhil.abi.objects import ObjType
from zxhil.abi.status import Status
from zxhil.model.clause import Clause
from zxhil.model.futex_waiters import Key
from zxhil.model.objects import KernelObject
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, YES, Tri, both, tri

#: What each call on a futex touches.
FUTEXES = frozenset(("futexes",))


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


def requeue_errors(page: Page[Any]) -> None:
    """The errors of both calls that move waiters to another futex."""
    pointers(page, "value_ptr", "requeue_ptr")
    page.when(
        "invalid_args_same",
        "both futexes are the same",
        same,
        "value_ptr",
        "requeue_ptr",
        status=Status.ZX_ERR_INVALID_ARGS,
        about="value_ptr",
        words="same futex",
    )
    page.when(
        "invalid_args_owner",
        "new_requeue_owner waits for one of the futexes",
        waits,
        "new_requeue_owner",
        status=Status.ZX_ERR_INVALID_ARGS,
        about="new_requeue_owner",
        words="member of the waiters",
    )
    owner(page, "new_requeue_owner")
    value_kept(page)


# ---- who waits


def key_of(s: State, pointer: FutexPointer) -> Key | None:
    """The futex that a pointer points to; None if the trace does not tell."""
    return None if pointer.place is None else (s.process, pointer.place)


def sleeps(s: State, pointer: FutexPointer, new_owner: int) -> None:
    """A thread begins to wait for a futex."""
    key = key_of(s, pointer)
    if key is None:
        s.futexes.lost = True
        return
    queue = s.futexes.at(key)
    queue.sleeping[key] = queue.sleeping.get(key, 0) + 1
    queue.owner, queue.owner_known = owned_by(s, new_owner)


def owned_by(s: State, handle: int) -> tuple[KernelObject | None, bool]:
    """The thread that is to own a futex, and if it is known."""
    object_ = s.object(handle) if handle else None
    return object_, not handle or object_ is not None


def wakes(s: State, pointer: FutexPointer, count: int, says: Clause, moved: Clause | None) -> None:
    """So many threads are woken, as `says` requires; `moved` is what brought others here."""
    key = key_of(s, pointer)
    if key is None:
        return
    queue = s.futexes.queues.get(key)
    if queue is not None:
        queue.owner, queue.owner_known = None, True
    for origin, number in s.futexes.take(key, count).items():
        why = (says,) if origin == key or moved is None else (says, moved)
        s.futexes.woken.setdefault(origin, []).extend([why] * number)


def woken_owns(s: State, pointer: FutexPointer) -> None:
    """The thread that was woken owns the futex: which one that is, is not known."""
    key = key_of(s, pointer)
    queue = None if key is None else s.futexes.queues.get(key)
    if queue is not None:
        queue.owner_known = False


def moves(s: State, one: FutexPointer, other: FutexPointer, count: int, new_owner: int) -> None:
    """So many threads wait for another futex from now on, which has this owner."""
    source, target = key_of(s, one), key_of(s, other)
    if source is None or target is None:
        s.futexes.lost = s.futexes.lost or bool(s.futexes.queues)
        return
    for origin, number in s.futexes.take(source, count).items():
        queue = s.futexes.at(target)
        queue.sleeping[origin] = queue.sleeping.get(origin, 0) + number
    if s.futexes.sleepers(target):
        queue = s.futexes.at(target)
        queue.owner, queue.owner_known = owned_by(s, new_owner)


def was_woken(s: State, pointer: FutexPointer) -> Tri:
    """Has a call woken a thread that waits for the futex, and has not returned?"""
    key = key_of(s, pointer)
    return MAYBE if key is None or s.futexes.lost else tri(bool(s.futexes.woken.get(key)))


def still_sleeps(s: State, pointer: FutexPointer) -> Tri:
    """Does a thread that waits for the futex sleep?"""
    key = key_of(s, pointer)
    if key is None or s.futexes.lost:
        return MAYBE
    return tri(any(key in queue.sleeping for queue in s.futexes.queues.values()))


def wakes_up(s: State, pointer: FutexPointer, *, woken: bool) -> None:
    """A thread that waited for the futex is back: it was `woken`, or its time was over."""
    key = key_of(s, pointer)
    if key is None or s.futexes.lost:
        return
    if woken and s.futexes.woken.get(key):
        for clause in s.futexes.woken[key].pop(0):
            s.reach(clause)
        return
    found = [at for at, queue in s.futexes.queues.items() if key in queue.sleeping]
    if len(found) == 1:
        queue = s.futexes.queues[found[0]]
        queue.sleeping[key] -= 1
        queue.owner_known = False
        if not queue.sleeping[key]:
            del queue.sleeping[key]
        if not queue.sleeping:
            del s.futexes.queues[found[0]]
    elif found:
        s.futexes.lost = True


def owner_koid(s: State, pointer: FutexPointer) -> int | None:
    """The koid of the thread that owns the futex, 0 if none does; None if it is not known."""
    key = key_of(s, pointer)
    if key is None or s.futexes.lost:
        return None
    queue = s.futexes.queues.get(key)
    if queue is None:
        return 0
    if not queue.owner_known:
        return None
    return 0 if queue.owner is None else queue.owner.koid
