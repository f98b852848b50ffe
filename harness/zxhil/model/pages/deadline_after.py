"""zx_deadline_after, as its page stood in 2018-12."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.ages import SIGNED_TIMES_SINCE
from zxhil.abi.calls import RETURN, DeadlineAfter
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.clocks import check_now, some_time
from zxhil.model.deadlines import INFINITE
from zxhil.model.page import Page
from zxhil.model.state import State

page = Page("deadline_after", DeadlineAfter, "deadline_after.md, 2018-12")
page.touches = frozenset()

deadline = page.effect(
    "deadline",
    "the time that is so many nanoseconds from now is returned",
    words="nanoseconds from now",
    purpose=True,
)
clamped = page.effect(
    "clamped",
    "ZX_TIME_INFINITE is returned where the sum is larger",
    words=("clamped", "zx_time_infinite"),
)
page.reported[RETURN] = lambda s, c: min(INFINITE, some_time(s) + c.nanoseconds)


@page.outputs
def outputs(s: State, c: DeadlineAfter, o: Outcome) -> Iterator[Mismatch]:
    time = o.number(RETURN)
    if time is None or (time == INFINITE and c.nanoseconds > 0):
        return
    if s.earliest <= SIGNED_TIMES_SINCE and not 0 <= c.nanoseconds <= INFINITE - s.began:
        return
    if s.began + c.nanoseconds > INFINITE:
        yield Mismatch(clamped, "ZX_TIME_INFINITE", f"{time}")
    else:
        yield from check_now(s, time - c.nanoseconds, deadline)


@page.success
def success(s: State, c: DeadlineAfter, o: Outcome) -> None:
    is_infinite = o.number(RETURN) == INFINITE
    s.reach(clamped, is_infinite)
    s.reach(deadline, not is_infinite)
