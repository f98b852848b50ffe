"""Clocks: what was read of them, and so how late it is at least."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.objects import LIMITS
from zxhil.model.clause import Clause, Mismatch

MONOTONIC = LIMITS["ZX_CLOCK_MONOTONIC"]
CLOCK_IDS = tuple(LIMITS[f"ZX_CLOCK_{name}"] for name in ("MONOTONIC", "UTC", "THREAD"))
INFINITE = (1 << 63) - 1


class Clocks:
    """`now`: the monotonic clock has reached it, in ns; `says` is the sentence that says so.

    `ticks` is the number of ticks in a second; 0 as long as that was not read. `drawn` are the
    random bytes that were drawn, where enough of them were that they can't be drawn again.
    """

    __slots__ = ("drawn", "now", "says", "ticks")

    def __init__(self) -> None:
        self.now = 0
        self.says: Clause | None = None
        self.ticks = 0
        self.drawn: set[bytes] = set()

    def passed(self, time: int, clause: Clause) -> None:
        """By `clause` the clock has reached `time`."""
        if time > self.now:
            self.now, self.says = time, clause

    def back(self, time: int, clause: Clause) -> Iterator[Mismatch]:
        """The clock does not go back: `time` can't be before what it has reached.

        To blame is the sentence that says that it was reached, where that is not the clock's own.
        """
        if time < self.now:
            said = clause if self.says is None else self.says
            yield Mismatch(said, f"a time of {self.now} or later", f"{time}")
