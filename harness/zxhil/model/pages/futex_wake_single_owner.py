"""zx_futex_wake_single_owner, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import FutexWakeSingleOwner
from zxhil.model.futexes import aligned
from zxhil.model.page import Page

page = Page("futex_wake_single_owner", FutexWakeSingleOwner, "futex_wake_single_owner.md, 2018-12")

woken = page.effect(
    "woken",
    "one waiting thread is woken, and owns the futex",
    elsewhere="futex.md",
    purpose=True,
)

aligned(page, "value_ptr")
