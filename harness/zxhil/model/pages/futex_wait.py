"""zx_futex_wait, as its page stood in 2018-12."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import FutexWait
from zxhil.abi.status import Status
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.deadlines import before_deadline
from zxhil.model.futexes import differs, misaligned, owner, pointers, value_kept, waits
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, YES, Tri, both, either, negate

page = Page("futex_wait", FutexWait, "futex_wait.md, 2018-12")

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
sleeps = page.effect(
    "sleeps",
    "the thread sleeps until it is woken",
    words=("sleeps until", "made available"),
    purpose=True,
)


@page.outputs
def outputs(s: State, c: FutexWait, o: Outcome) -> Iterator[Mismatch]:
    if o.status == Status.ZX_ERR_TIMED_OUT:
        yield from before_deadline(s, c.deadline, not_before_deadline)


@page.failure
def failure(s: State, c: FutexWait, o: Outcome) -> None:
    if o.status == Status.ZX_ERR_TIMED_OUT:
        s.reach(not_before_deadline, 0 < s.began < c.deadline)
