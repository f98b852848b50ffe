"""zx_futex_requeue_single_owner, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import FutexRequeueSingleOwner
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.futexes import (
    FUTEXES,
    moves,
    owner,
    pointers,
    same,
    value_kept,
    waits,
    wakes,
    woken_owns,
)
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
def success(s: State, c: FutexRequeueSingleOwner, o: Outcome) -> None:
    wakes(s, c.value_ptr, 1, requeued, None)
    woken_owns(s, c.value_ptr)
    moves(s, c.value_ptr, c.requeue_ptr, c.requeue_count, c.new_requeue_owner)
