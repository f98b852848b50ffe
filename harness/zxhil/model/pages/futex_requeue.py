"""zx_futex_requeue, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import FutexRequeue
from zxhil.abi.status import Status
from zxhil.model.futexes import owner, pointers, same, value_kept, waits
from zxhil.model.page import Page

page = Page("futex_requeue", FutexRequeue, "futex_requeue.md, 2018-12")

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
