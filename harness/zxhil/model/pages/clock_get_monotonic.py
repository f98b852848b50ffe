"""zx_clock_get_monotonic, as its page stood in 2018-12."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import RETURN, ClockGetMonotonic
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.clocks import check_now, some_time
from zxhil.model.page import Page
from zxhil.model.state import State

page = Page("clock_get_monotonic", ClockGetMonotonic, "clock_get_monotonic.md, 2018-12")
page.touches = frozenset()

current_time = page.effect(
    "current_time",
    "the current time of the monotonic clock is returned",
    words="returns the current time",
    purpose=True,
)
page.reported[RETURN] = lambda s, c: some_time(s)


@page.outputs
def outputs(s: State, c: ClockGetMonotonic, o: Outcome) -> Iterator[Mismatch]:
    yield from check_now(s, o.number(RETURN), current_time)


@page.success
def success(s: State, c: ClockGetMonotonic, o: Outcome) -> None:
    s.reach(current_time)
