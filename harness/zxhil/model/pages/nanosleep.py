"""zx_nanosleep, as its page stood in 2018-12."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import Nanosleep
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.deadlines import before_deadline
from zxhil.model.page import Page
from zxhil.model.state import State

page = Page("nanosleep", Nanosleep, "nanosleep.md, 2018-12")
page.touches = frozenset()

always_ok = page.effect(
    "always_ok", "ZX_OK is always returned", words="always returns zx_ok", purpose=True
)
page.always_ok = always_ok
suspends = page.effect(
    "suspends",
    "the call does not return before the deadline",
    words=("suspends", "until deadline passes"),
)


@page.outputs
def outputs(s: State, c: Nanosleep, o: Outcome) -> Iterator[Mismatch]:
    yield from before_deadline(s, c.deadline, suspends)


@page.success
def success(s: State, c: Nanosleep, o: Outcome) -> None:
    s.reach(always_ok)
    s.reach(suspends, 0 < s.began < c.deadline)
