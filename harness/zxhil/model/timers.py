"""Timers: set, canceled, fired, as the pages of zx_timer_* describe them."""

from __future__ import annotations

from zxhil.abi.objects import ObjType
from zxhil.model.facts import Fact
from zxhil.model.objects import KernelObject
from zxhil.model.state import State

#: Nanoseconds: no machine runs that long (146 years), so a timer that is set to it has not fired.
NEVER = 1 << 62


class Timer(KernelObject):
    """A timer. `fired`: does it assert ZX_TIMER_SIGNALED? None while it is pending.

    `due` is the earliest time, in ns of the monotonic clock, at which it may fire while it is
    pending.
    """

    __slots__ = ("due", "fired")

    def __init__(self) -> None:
        super().__init__(ObjType.TIMER)
        self.fired: Fact[bool] = Fact(False)
        self.due = 0

    def yes_or_no_facts(self) -> tuple[Fact[bool], ...]:
        """Whether it has fired, where it can't fire meanwhile."""
        return () if self.fired.value is None else (self.fired,)


def known(s: State, handle: int) -> Timer | None:
    """The timer behind a handle; None if its state is not known."""
    object_ = s.object(handle)
    if not isinstance(object_, Timer) or object_.unseen or object_.unidentified:
        return None
    return object_
