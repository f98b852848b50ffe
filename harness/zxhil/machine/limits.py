"""How long to wait: for the boot, for one case, and for any byte at all."""

from __future__ import annotations

import enum
import time
from collections.abc import Callable
from dataclasses import dataclass

# An emulated processor has this much longer than a real one, as has a slow host.
EMULATION_FACTOR = 3.0


class Limit(enum.StrEnum):
    """The limit that was passed."""

    BOOT = "boot"
    CASE = "case"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds, as they hold on a real processor.

    `boot`: from QEMU's start to the first line of the trace; `case`: from there, or from a
    case's first or last line, to the next of these, so that a guest that only makes noise
    comes to an end too; `silence`: without a single byte from the guest.
    """

    boot: float = 10.0
    case: float = 5.0
    silence: float = 5.0

    def scaled(self, factor: float) -> Limits:
        """Return the limits with each one `factor` times as long."""
        return Limits(self.boot * factor, self.case * factor, self.silence * factor)


@dataclass(frozen=True, slots=True)
class Passed:
    """A limit was passed: which one, and how many seconds it allowed."""

    limit: Limit
    seconds: float


class Watch:
    """Holds the limits against a clock that never jumps (monotonic unless one is given).

    It starts with the machine. The reader of the trace reports what it saw: :meth:`heard`
    for bytes, :meth:`booted` for the first line, :meth:`case_began` and :meth:`case_ended`.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self._clock = clock
        now = clock()
        self._heard = now
        self._since = (Limit.BOOT, now)

    def heard(self) -> None:
        """Note that bytes came."""
        self._heard = self._clock()

    def booted(self) -> None:
        """Note the first line of the trace: the boot limit no longer counts."""
        if self._since[0] is Limit.BOOT:
            self._since = (Limit.CASE, self._clock())

    def case_began(self) -> None:
        """Note a case's first line; its time runs from here."""
        self._since = (Limit.CASE, self._clock())

    def case_ended(self) -> None:
        """Note a case's last line; the time to the next case runs from here."""
        self._since = (Limit.CASE, self._clock())

    @property
    def booting(self) -> bool:
        """Has the first line of the trace not been seen yet?"""
        return self._since[0] is Limit.BOOT

    @property
    def deadline(self) -> float:
        """The clock's time at which the next limit will have been passed."""
        return min(end for end, _ in self._ends())

    def passed(self) -> Passed | None:
        """Return the limit that has been passed, the earliest if several have."""
        end, passed = min(self._ends(), key=lambda each: each[0])
        return passed if self._clock() >= end else None

    def _ends(self) -> list[tuple[float, Passed]]:
        silence = self.limits.silence
        limit, start = self._since
        seconds = self.limits.boot if limit is Limit.BOOT else self.limits.case
        return [
            (self._heard + silence, Passed(Limit.SILENCE, silence)),
            (start + seconds, Passed(limit, seconds)),
        ]
