"""zx_futex_wake, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import FutexWake
from zxhil.abi.kinds import Memory
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.futexes import FUTEXES, still_sleeps, wakes
from zxhil.model.page import Page
from zxhil.model.pages.futex_requeue import requeued
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, YES, Tri, both, negate, tri

page = Page("futex_wake", FutexWake, "futex_wake.md, 2018-12")
page.touches = FUTEXES

woken = page.effect(
    "woken",
    "as many waiting threads as asked for are woken",
    words=("threads waiting", "to be woken up"),
    purpose=True,
)


@page.error(
    Status.ZX_ERR_INVALID_ARGS,
    "value_ptr is not aligned to a zx_futex_t",
    about="value_ptr",
    words="not aligned",
)
def invalid_args_value_ptr_aligned(s: State, c: FutexWake) -> Tri:
    """The page also says that to wake no thread is no error."""
    if c.value_ptr.aligned:
        return NO
    return YES if c.wake_count else MAYBE


@page.grant("to wake no thread is no error", words=("zero threads", "not an error"))
def nobody_woken(s: State, c: FutexWake) -> Tri:
    return both(tri(c.value_ptr.aligned), negate(still_sleeps(s, c.value_ptr)))


@page.grant("an unallocated address is no error", words=("unallocated", "not an error"))
def unallocated(s: State, c: FutexWake) -> Tri:
    return both(tri(c.value_ptr.aligned), tri(c.value_ptr.memory is Memory.INVALID))


@page.success
def success(s: State, c: FutexWake, o: Outcome) -> None:
    wakes(s, c.value_ptr, c.wake_count, woken, requeued)
