"""zx_futex_requeue, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import FutexRequeue
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.futexes import FUTEXES, moves, owner, pointers, same, value_kept, waits, wakes
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


@page.success
def success(s: State, c: FutexRequeue, o: Outcome) -> None:
    wakes(s, c.value_ptr, c.wake_count, requeued, None)
    moves(s, c.value_ptr, c.requeue_ptr, c.requeue_count, c.new_requeue_owner)
