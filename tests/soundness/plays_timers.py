"""The reference kernel: timers, and the clock that they and deadlines go by."""

from __future__ import annotations

from typing import Any

from player import Conditions, Object, Process
from zxhil.abi.calls import RETURN
from zxhil.abi.objects import LIMITS
from zxhil.abi.objects import ObjType as T
from zxhil.abi.rights import Rights as R  # noqa: N817
from zxhil.abi.status import Status as S  # noqa: N817
from zxhil.model.deadlines import INFINITE

_SOME = (S.ZX_ERR_BAD_HANDLE, S.ZX_ERR_ACCESS_DENIED, S.ZX_ERR_WRONG_TYPE)


class Timers(Process):
    """Setting, cancelling, sleeping. No page says how late a timer may be."""

    def pass_time(self) -> None:
        """Some time passes, and timers that are due may fire."""
        self.now += self.rng.choice((1, 50, 1000))
        for object_ in self.koids.values():
            if object_.due is not None and object_.due <= self.now and self.flip():
                object_.fired, object_.due = True, None

    def sleep_until(self, deadline: int) -> None:
        """A wait has timed out."""
        self.now = max(self.now, min(deadline, 1 << 62))
        self.pass_time()

    def fires_before(self, object_: Object, deadline: int) -> bool:
        """Does a timer fire while a call waits for it?"""
        if object_.due is None or object_.due > deadline or self.flip():
            return False
        self.now = max(self.now, object_.due)
        object_.fired, object_.due = True, None
        return True

    def timer_set(self, c: Any) -> tuple[int, dict[str, Any]]:
        timer = self.of(c.handle, T.TIMER)
        out_of_range = (S.ZX_ERR_OUT_OF_RANGE, c.slack < 0)
        status = self.answer([*self._conditions(c, S.ZX_ERR_OUT_OF_RANGE), out_of_range])
        if timer is None:
            return status, {}
        if status:
            if status != S.ZX_ERR_BAD_HANDLE and self.flip(0.3):
                # No page says that a call which fails sets nothing.
                timer.fired, timer.due = self.flip(), self.now if self.flip() else None
            return status, {}
        timer.fired, timer.due = c.deadline <= 0, None
        if 0 < c.deadline < INFINITE:
            late = timer.options == LIMITS["ZX_TIMER_SLACK_LATE"]
            timer.due = c.deadline if late else c.deadline - self.rng.randint(0, c.slack)
        return status, {}

    def timer_cancel(self, c: Any) -> tuple[int, dict[str, Any]]:
        timer = self.of(c.handle, T.TIMER)
        status = self.answer(self._conditions(c))
        if timer is not None and (not status or self.flip(0.3)):
            timer.fired, timer.due = False, None
        return status, {}

    def _conditions(self, c: Any, *more: S) -> Conditions:
        return [
            (S.ZX_ERR_BAD_HANDLE, self.bad(c.handle)),
            (S.ZX_ERR_ACCESS_DENIED, self.lacks(c.handle, R.WRITE)),
            # RIGHTS asks for a timer, and ERRORS names no status for another object.
            (self.rng.choice((*_SOME, *more)), None if self.wrong(c.handle, T.TIMER) else False),
        ]

    def clock_get_monotonic(self, _: Any) -> tuple[int, dict[str, Any]]:
        return 0, {RETURN: self.now}

    def deadline_after(self, c: Any) -> tuple[int, dict[str, Any]]:
        return 0, {RETURN: min(self.now + c.nanoseconds, INFINITE)}

    def nanosleep(self, c: Any) -> tuple[int, dict[str, Any]]:
        self.sleep_until(c.deadline)
        return 0, {}
