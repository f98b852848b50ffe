"""zx_clock_get, as its page stood in 2018-12.

Only the monotonic clock is checked: that of the wall can be set, and each thread has its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import RETURN, ClockGet
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.clocks import CLOCK_IDS, MONOTONIC, check_now, some_time
from zxhil.model.page import Page
from zxhil.model.state import State

page = Page("clock_get", ClockGet, "clock_get.md, 2018-12")
page.touches = frozenset()

current_time = page.effect(
    "current_time",
    "the current time of the clock is returned",
    words="returns the current time",
    purpose=True,
)
zero = page.effect("zero", "0 is returned for an invalid clock_id", words="clock_id is invalid")
page.reported[RETURN] = lambda s, c: some_time(s) if c.clock_id in CLOCK_IDS else 0


@page.outputs
def outputs(s: State, c: ClockGet, o: Outcome) -> Iterator[Mismatch]:
    time = o.number(RETURN)
    if c.clock_id not in CLOCK_IDS and time:
        yield Mismatch(zero, "0", f"{time}")
    elif c.clock_id == MONOTONIC:
        yield from check_now(s, time, current_time)


@page.success
def success(s: State, c: ClockGet, o: Outcome) -> None:
    s.reach(zero, c.clock_id not in CLOCK_IDS)
    s.reach(current_time, c.clock_id == MONOTONIC)
