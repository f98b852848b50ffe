"""Timers: set, canceled, fired, as the pages of zx_timer_* describe them."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.objects import LIMITS, ObjType, Signal
from zxhil.model.clause import Clause, Mismatch
from zxhil.model.deadlines import is_early
from zxhil.model.facts import Fact
from zxhil.model.objects import KernelObject
from zxhil.model.state import State

SIGNALED = int(Signal.TIMER_SIGNALED)
_LATE = LIMITS["ZX_TIMER_SLACK_LATE"]
#: Nanoseconds: no machine runs that long (146 years), so a timer that is set to it has not fired.
_NEVER = 1 << 62


class Timer(KernelObject):
    """A timer that was created with `options`.

    `fired`: does it assert ZX_TIMER_SIGNALED? None while it is `pending`: then it may fire at any
    time from `due` on, in ns of the monotonic clock.
    """

    __slots__ = ("due", "fired", "options", "pending")

    def __init__(self, options: int) -> None:
        super().__init__(ObjType.TIMER)
        self.options = options
        self.fired: Fact[bool] = Fact(False)
        self.pending = False
        self.due = 0

    def yes_or_no_facts(self) -> tuple[Fact[bool], ...]:
        """Whether it has fired, where it can't fire meanwhile."""
        return () if self.fired.value is None else (self.fired,)

    def waits_until(self, deadline: int, slack: int) -> bool:
        """Set it to a deadline in ns; may it fire during a test?"""
        self.pending = True
        self.due = deadline if self.options == _LATE else deadline - slack
        return self.due < _NEVER


def known(s: State, handle: int) -> Timer | None:
    """The timer behind a handle; None if its state is not known."""
    object_ = s.object(handle)
    if not isinstance(object_, Timer) or object_.unseen or object_.unidentified:
        return None
    return object_


def may_fire(object_: KernelObject) -> bool:
    """Is it a timer that may fire while a call waits?"""
    return isinstance(object_, Timer) and object_.pending and object_.fired.value is None


def fired_early(
    s: State, object_: KernelObject | None, seen: int | None, fires: Clause
) -> Iterator[Mismatch]:
    """Check that a timer whose signals a call reports has not fired before it was due."""
    if seen is None or not isinstance(object_, Timer) or not seen & SIGNALED:
        return
    if may_fire(object_) and is_early(s, object_.due):
        early = object_.due - s.ended
        yield Mismatch(
            fires, f"no ZX_TIMER_SIGNALED before {object_.due} ns", f"it {early} ns early"
        )


def saw_signals(s: State, object_: KernelObject | None, seen: int | None, fires: Clause) -> None:
    """A call reported the signals of an object: a timer that was pending has fired."""
    if seen is not None and isinstance(object_, Timer) and seen & SIGNALED and may_fire(object_):
        object_.fired.observed(True)
        object_.pending = False
        s.reach(fires)
