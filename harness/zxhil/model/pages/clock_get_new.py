"""zx_clock_get_new, as its page stood in 2018-12."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import ClockGetNew
from zxhil.abi.status import Status
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.clocks import CLOCK_IDS, MONOTONIC, check_now, some_time
from zxhil.model.page import Page
from zxhil.model.state import State

page = Page("clock_get_new", ClockGetNew, "clock_get_new.md, 2018-12")
page.touches = frozenset()

current_time = page.effect(
    "current_time",
    "the current time of the clock is returned",
    words="returns the current time",
    purpose=True,
)
page.reported["out"] = lambda s, c: some_time(s)

page.one_of(
    "clock_id",
    CLOCK_IDS,
    "clock_id is no clock's",
    clause="invalid_args_clock",
    words="not a valid clock id",
)
page.pointer("out")


@page.outputs
def outputs(s: State, c: ClockGetNew, o: Outcome) -> Iterator[Mismatch]:
    if o.status == Status.ZX_OK and c.clock_id == MONOTONIC:
        yield from check_now(s, o.number("out"), current_time)


@page.success
def success(s: State, c: ClockGetNew, o: Outcome) -> None:
    s.reach(current_time, c.clock_id == MONOTONIC and o.number("out") is not None)
