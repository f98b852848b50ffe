"""zx_ticks_per_second, as its page stood in 2018-12."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import RETURN, TicksPerSecond
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.page import Page
from zxhil.model.state import State

page = Page("ticks_per_second", TicksPerSecond, "ticks_per_second.md, 2018-12")
page.touches = frozenset(("ticks",))

never_changes = page.effect(
    "never_changes",
    "the number of ticks in a second is returned, the same as long as the system runs",
    words="guaranteed not to change",
    purpose=True,
)
page.reported[RETURN] = lambda s, c: s.ticks or 1


@page.outputs
def outputs(s: State, c: TicksPerSecond, o: Outcome) -> Iterator[Mismatch]:
    ticks, before = o.number(RETURN), s.ticks
    if ticks == 0:
        yield Mismatch(never_changes, "ticks in a second", "0")
    elif before and ticks != before:
        yield Mismatch(never_changes, f"{before}", f"{ticks}")


@page.success
def success(s: State, c: TicksPerSecond, o: Outcome) -> None:
    s.reach(never_changes, s.ticks > 0)
    s.ticks = o.number(RETURN) or 0
