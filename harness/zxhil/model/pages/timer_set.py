"""zx_timer_set, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import TimerSet
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.timers import known
from zxhil.model.tri import Tri, tri

page = Page("timer_set", TimerSet, "timer_set.md, 2018-12")
page.changes = {"handle": ObjType.TIMER}

at_once = page.effect(
    "at_once",
    "a timer with a deadline of 0 or less fires at once",
    words=("fire the timer immediately", "less than or equal to 0"),
)
fires = page.effect(
    "fires",
    "the timer fires when its deadline has passed, and not before",
    words=("will fire when", "deadline passes"),
)
deasserted = page.effect(
    "deasserted",
    "ZX_TIMER_SIGNALED is cleared when the timer is set again",
    words=("previous timer is canceled", "zx_timer_signaled is de asserted"),
    purpose=True,
)

page.valid("handle")
page.has_right("handle", Rights.WRITE)


@page.error(Status.ZX_ERR_OUT_OF_RANGE, "slack is negative", about="slack", words="negative")
def out_of_range(s: State, c: TimerSet) -> Tri:
    return tri(c.slack < 0)


@page.unspecified
def other_type(s: State, c: TimerSet) -> Tri:
    """RIGHTS wants a timer, ERRORS has no status for another object."""
    return s.not_a(c.handle, ObjType.TIMER)


page.unlisted = frozenset((Status.ZX_ERR_WRONG_TYPE,))


@page.success
def success(s: State, c: TimerSet, o: Outcome) -> None:
    timer = known(s, c.handle)
    if timer is None:
        return
    if c.deadline <= 0:
        timer.pending = False
        s.change(timer.fired, True, at_once)
    elif timer.waits_until(c.deadline, c.slack):
        s.change(timer.fired, None, None)
    else:
        s.change(timer.fired, False, deasserted)


@page.failure
def failure(s: State, c: TimerSet, o: Outcome) -> None:
    timer = known(s, c.handle)
    if timer is not None:
        timer.pending, timer.due = True, 0
        s.change(timer.fired, None, None)
