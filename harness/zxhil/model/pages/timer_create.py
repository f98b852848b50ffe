"""zx_timer_create, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import TimerCreate
from zxhil.abi.objects import LIMITS
from zxhil.abi.rights import Rights
from zxhil.model.clause import Outcome
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.timers import Timer

page = Page("timer_create", TimerCreate, "timer_create.md, 2018-12")

created = page.created("creates a timer")
rights = page.rights(
    "usable_rights",
    "the handle can be duplicated, sent, read and written",
    "timer",
    *(Rights.DUPLICATE, Rights.TRANSFER, Rights.READ, Rights.WRITE),
)

page.pointer("out")
page.one_of(
    "options",
    (0, 1, 2),
    "options is not a ZX_TIMER_SLACK value",
    clause="invalid_args_options",
    words="zx_timer_slack",
)
page.one_of(
    "clock_id",
    (LIMITS["ZX_CLOCK_MONOTONIC"],),
    "clock_id is not ZX_CLOCK_MONOTONIC",
    clause="invalid_args_clock",
    words="zx_clock_monotonic",
)
page.no_memory()


@page.success
def success(s: State, c: TimerCreate, o: Outcome) -> None:
    timer = s.new_object(Timer(c.options))
    s.new_handle(o.number("out"), timer, rights.fact(s), created)
