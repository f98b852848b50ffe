"""zx_futex_requeue_single_owner, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import FutexRequeueSingleOwner
from zxhil.model.clause import Outcome
from zxhil.model.futexes import FUTEXES, moves, requeue_errors, wakes, woken_owns
from zxhil.model.page import Page
from zxhil.model.state import State

page = Page(
    "futex_requeue_single_owner", FutexRequeueSingleOwner, "futex_requeue_single_owner.md, 2018-12"
)
page.touches = FUTEXES

requeued = page.effect(
    "requeued",
    "one thread is woken, and others wait for the other futex from then on",
    elsewhere="futex_requeue.md",
    purpose=True,
)

requeue_errors(page)


@page.success
def success(s: State, c: FutexRequeueSingleOwner, o: Outcome) -> None:
    wakes(s, c.value_ptr, 1, requeued, None)
    woken_owns(s, c.value_ptr)
    moves(s, c.value_ptr, c.requeue_ptr, c.requeue_count, c.new_requeue_owner)
