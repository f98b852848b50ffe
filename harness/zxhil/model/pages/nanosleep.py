"""zx_nanosleep, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import Nanosleep
from zxhil.model.clause import Outcome
from zxhil.model.clocks import INFINITE
from zxhil.model.page import Page
from zxhil.model.state import State

page = Page("nanosleep", Nanosleep, "nanosleep.md, 2018-12")

always_ok = page.effect(
    "always_ok", "ZX_OK is always returned", words="always returns zx_ok", purpose=True
)
suspends = page.effect(
    "suspends",
    "the call does not return before the deadline",
    words=("suspends", "until deadline passes"),
)


@page.success
def success(s: State, c: Nanosleep, o: Outcome) -> None:
    s.reach(always_ok)
    if c.deadline < INFINITE:
        s.clocks.passed(c.deadline, suspends)
