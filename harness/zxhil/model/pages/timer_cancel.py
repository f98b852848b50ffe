"""zx_timer_cancel, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import TimerCancel
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.timers import known
from zxhil.model.tri import Tri

page = Page("timer_cancel", TimerCancel, "timer_cancel.md, 2018-12")
page.changes = {"handle": ObjType.TIMER}

canceled = page.effect(
    "canceled",
    "the timer is canceled and ZX_TIMER_SIGNALED is cleared",
    words=("pending timer is canceled", "de asserted"),
    purpose=True,
)

page.valid("handle")
page.has_right("handle", Rights.WRITE)


@page.unspecified
def other_type(s: State, c: TimerCancel) -> Tri:
    """RIGHTS wants a timer, ERRORS has no status for another object."""
    return s.not_a(c.handle, ObjType.TIMER)


page.unlisted = frozenset((Status.ZX_ERR_WRONG_TYPE,))


@page.success
def success(s: State, c: TimerCancel, o: Outcome) -> None:
    timer = known(s, c.handle)
    if timer is not None:
        timer.pending = False
        s.change(timer.fired, False, canceled)


@page.failure
def failure(s: State, c: TimerCancel, o: Outcome) -> None:
    timer = known(s, c.handle)
    if timer is not None and timer.fired.value is not False:
        s.change(timer.fired, None, None)
