"""zx_futex_requeue, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import FutexRequeue
from zxhil.model.clause import Outcome
from zxhil.model.futexes import FUTEXES, moves, requeue_errors, wakes
from zxhil.model.page import Page
from zxhil.model.state import State

page = Page("futex_requeue", FutexRequeue, "futex_requeue.md, 2018-12")
page.touches = FUTEXES

requeued = page.effect(
    "requeued",
    "threads are woken, and others wait for the other futex from then on",
    words=("threads are moved", "wait queue"),
    purpose=True,
)

requeue_errors(page)


@page.success
def success(s: State, c: FutexRequeue, o: Outcome) -> None:
    wakes(s, c.value_ptr, c.wake_count, requeued, None)
    moves(s, c.value_ptr, c.requeue_ptr, c.requeue_count, c.new_requeue_owner)
