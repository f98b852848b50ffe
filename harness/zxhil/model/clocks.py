"""Clocks: what is known of the time, of ticks, and of random numbers."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.objects import LIMITS
from zxhil.model.clause import Clause, Mismatch
from zxhil.model.state import State

MONOTONIC = LIMITS["ZX_CLOCK_MONOTONIC"]
CLOCK_IDS = tuple(LIMITS[f"ZX_CLOCK_{name}"] for name in ("MONOTONIC", "UTC", "THREAD"))


def check_now(s: State, time: int | None, clause: Clause) -> Iterator[Mismatch]:
    """Check that `time` is a time of the monotonic clock during the call that is judged.

    Of a trace without times only that the clock began at zero is known.
    """
    if time is None:
        return
    if time <= 0:
        yield Mismatch(clause, "a time after the power was turned on", f"{time}")
    elif time < s.began:
        yield Mismatch(clause, f"a time of {s.began} ns or later", f"{time}")
    elif 0 < s.ended < time:
        yield Mismatch(clause, f"a time of {s.ended} ns or earlier", f"{time}")


def some_time(s: State) -> int:
    """A time during the call that is judged."""
    return max(s.began, 1)
