"""zx_futex_wait, as its page stood in 2018-12."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import FutexWait
from zxhil.abi.status import Status
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.deadlines import before_deadline
from zxhil.model.futexes import (
    FUTEXES,
    differs,
    misaligned,
    owner,
    pointers,
    sleeps,
    still_sleeps,
    value_kept,
    waits,
    wakes_up,
    was_woken,
)
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, YES, Tri, both, either, negate

page = Page("futex_wait", FutexWait, "futex_wait.md, 2018-12")
page.touches = FUTEXES

pointers(page, "value_ptr")
page.when(
    "invalid_args_owner",
    "new_futex_owner waits for the futex",
    waits,
    "new_futex_owner",
    status=Status.ZX_ERR_INVALID_ARGS,
    about="new_futex_owner",
    words="member of the waiters",
)
owner(page, "new_futex_owner")
value_kept(page)


@page.error(
    Status.ZX_ERR_TIMED_OUT,
    "the thread was not woken before the deadline",
    words=("not woken before", "deadline passed"),
)
def timed_out(s: State, c: FutexWait) -> Tri:
    """It can't have waited if the value differs, and nobody wakes it but other threads."""
    refused = either(misaligned(s, c.value_ptr), differs(s, c.value_ptr, c.current_value))
    return both(negate(refused), YES if s.moments is None else MAYBE)


not_before_deadline = page.effect(
    "not_before_deadline",
    "ZX_ERR_TIMED_OUT is returned once the deadline has passed",
    words=("woken up after", "passes"),
)
sleeps_until_woken = page.effect(
    "sleeps",
    "the thread sleeps until it is woken",
    words=("sleeps until", "made available"),
    purpose=True,
)
spurious = page.effect(
    "not_spurious",
    "the call does not succeed before the thread is woken",
    words=("does not generate", "spurious wakeups"),
)


def _slept(o: Outcome) -> bool:
    """Did the thread sleep, if this is what the call returned?"""
    return o.status in (Status.ZX_OK, Status.ZX_ERR_TIMED_OUT)


@page.begins
def begins(s: State, c: FutexWait, o: Outcome) -> None:
    if _slept(o):
        sleeps(s, c.value_ptr, c.new_futex_owner)


@page.outputs
def outputs(s: State, c: FutexWait, o: Outcome) -> Iterator[Mismatch]:
    if o.status == Status.ZX_ERR_TIMED_OUT:
        yield from before_deadline(s, c.deadline, not_before_deadline)
    if s.moments is None or not s.moments.begun:
        return
    if o.status == Status.ZX_OK and was_woken(s, c.value_ptr) == NO:
        yield Mismatch(spurious, "no return before the thread is woken", "ZX_OK")
    elif o.status == Status.ZX_ERR_TIMED_OUT and still_sleeps(s, c.value_ptr) == NO:
        yield Mismatch(sleeps_until_woken, "ZX_OK, as the thread was woken", "ZX_ERR_TIMED_OUT")


@page.success
def success(s: State, c: FutexWait, o: Outcome) -> None:
    s.reach(sleeps_until_woken)
    s.reach(spurious)
    wakes_up(s, c.value_ptr, woken=True)


@page.failure
def failure(s: State, c: FutexWait, o: Outcome) -> None:
    if o.status == Status.ZX_ERR_TIMED_OUT:
        s.reach(not_before_deadline, 0 < s.began < c.deadline)
        wakes_up(s, c.value_ptr, woken=False)
