"""zx_clock_get_monotonic, as its page stood in 2018-12."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import RETURN, ClockGetMonotonic
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.page import Page
from zxhil.model.state import State

page = Page("clock_get_monotonic", ClockGetMonotonic, "clock_get_monotonic.md, 2018-12")
page.observes = True

current_time = page.effect(
    "current_time",
    "the current time of the monotonic clock is returned",
    words="returns the current time",
    purpose=True,
)
page.reported[RETURN] = lambda s, c: s.clocks.now + 1


@page.outputs
def outputs(s: State, c: ClockGetMonotonic, o: Outcome) -> Iterator[Mismatch]:
    time = o.number(RETURN)
    if time is not None and time <= 0:
        yield Mismatch(current_time, "a time after the power was turned on", f"{time}")
    elif time is not None:
        yield from s.clocks.back(time, current_time)


@page.success
def success(s: State, c: ClockGetMonotonic, o: Outcome) -> None:
    time = o.number(RETURN)
    if time is not None:
        s.reach(current_time)
        s.clocks.passed(time, current_time)
