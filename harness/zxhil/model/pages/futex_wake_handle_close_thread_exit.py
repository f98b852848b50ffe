"""zx_futex_wake_handle_close_thread_exit, as its page stood in 2018-12.

It does not return, so its effects are seen by other threads alone.
"""

from __future__ import annotations

from zxhil.abi.calls import FutexWakeHandleCloseThreadExit
from zxhil.model.clause import Outcome
from zxhil.model.futexes import FUTEXES, wakes
from zxhil.model.page import Page
from zxhil.model.pages.futex_requeue import requeued
from zxhil.model.state import State

page = Page(
    "futex_wake_handle_close_thread_exit",
    FutexWakeHandleCloseThreadExit,
    "futex_wake_handle_close_thread_exit.md, 2018-12",
)
page.touches = FUTEXES

no_return = page.effect(
    "no_return", "the call does not return", words="does not return", purpose=True
)
woken = page.effect(
    "woken",
    "as many threads as asked for are woken",
    words=("zx_futex_wake", "value_ptr", "wake_count"),
)
closed = page.effect("closed", "the handle is closed", words=("zx_handle_close", "close_handle"))


@page.success
def success(s: State, c: FutexWakeHandleCloseThreadExit, o: Outcome) -> None:
    wakes(s, c.value_ptr, c.wake_count, woken, requeued)
    s.discard(c.close_handle, closed)
