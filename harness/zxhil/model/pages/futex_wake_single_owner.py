"""zx_futex_wake_single_owner, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import FutexWakeSingleOwner
from zxhil.model.clause import Outcome
from zxhil.model.futexes import FUTEXES, aligned, wakes, woken_owns
from zxhil.model.page import Page
from zxhil.model.pages.futex_requeue import requeued
from zxhil.model.state import State

page = Page("futex_wake_single_owner", FutexWakeSingleOwner, "futex_wake_single_owner.md, 2018-12")
page.touches = FUTEXES

woken = page.effect(
    "woken",
    "one waiting thread is woken, and owns the futex",
    elsewhere="futex.md",
    purpose=True,
)

aligned(page, "value_ptr")


@page.success
def success(s: State, c: FutexWakeSingleOwner, o: Outcome) -> None:
    wakes(s, c.value_ptr, 1, woken, requeued)
    woken_owns(s, c.value_ptr)
