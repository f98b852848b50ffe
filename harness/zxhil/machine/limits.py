"""Time limits for the boot, a case, and silence; size limits for output and records."""

from __future__ import annotations

import enum
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from zxhil.errors import UserError

# An emulated processor, or a slow host, gets this many times as long.
EMULATION_FACTOR = 3.0
# Less starvation than this, in seconds, extends no limit.
_NOTED = 0.01
# Eleven days: poll() counts milliseconds in 31 bits.
_NEVER = 1e6


class Limit(enum.StrEnum):
    """The limit that was exceeded."""

    BOOT = "boot"
    CASE = "case"
    SILENCE = "silence"
    OUTPUT = "output"
    RECORDS = "records"


#: What a time limit waits for, in words.
_AWAITED = {
    Limit.BOOT: "boot",
    Limit.CASE: "the case to finish",
    Limit.SILENCE: "output",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits in seconds, for a real processor.

    `boot`: from QEMU's start to the first line of the trace; `case`: from there, or from the first
    or last line of an expected case, to the next of these, so that a guest that only makes
    noise, or repeats itself, is stopped too; `silence`: without a single byte from the guest.
    `output` and `records` are no times: the bytes and the records of one boot.
    """

    boot: float = 10.0
    case: float = 5.0
    silence: float = 5.0
    output: int = 64 << 20
    records: int = 1_000_000

    def scaled(self, factor: float) -> Limits:
        """Return the limits with each time `factor` times as long."""
        times = {name: getattr(self, name) * factor for name in ("boot", "case", "silence")}
        return replace(self, **times)


@dataclass(frozen=True, slots=True)
class Passed:
    """A limit was exceeded: which one, and how many seconds, bytes or records it allowed."""

    limit: Limit
    allowed: float

    @property
    def text(self) -> str:
        """The same in words."""
        match self.limit:
            case Limit.OUTPUT:
                return f"exceeded the limit of {self.allowed / (1 << 20):g} MiB of output"
            case Limit.RECORDS:
                return f"exceeded the limit of {self.allowed:.0f} records"
        return f"timed out after {self.allowed:g} s waiting for {_AWAITED[self.limit]}"


class Watch:
    """Checks the limits against a monotonic clock.

    It starts with the machine. The reader of the trace reports what it saw: :meth:`heard`
    for bytes, :meth:`took` for records, :meth:`booted` for the first line, and :meth:`advanced`.
    With :meth:`discount`, time in which the host gave the machine no processor does not count.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self._clock = clock
        now = clock()
        self._heard = now
        self._since = (Limit.BOOT, now)
        self._bytes = 0
        self._records = 0
        self._starved: Callable[[], float] = float
        self._discounted = 0.0

    def discount(self, starved: Callable[[], float]) -> None:
        """Do not count time in which the machine waited for a processor of the host.

        `starved` returns the seconds of that so far.
        """
        self._starved = starved
        self._discounted = starved()

    def heard(self, size: int = 0) -> None:
        """Note that bytes came, `size` of them."""
        self._heard = self._clock()
        self._bytes += size

    def took(self, records: int) -> None:
        """Note that records came."""
        self._records += records

    def booted(self) -> None:
        """Note the first line of the trace: the boot limit no longer counts."""
        if self._since[0] is Limit.BOOT:
            self._since = (Limit.CASE, self._clock())

    def advanced(self) -> None:
        """Note the first or the last line of an expected case; its time runs from here."""
        self._since = (Limit.CASE, self._clock())

    def lift(self) -> None:
        """Apply no time limit from here on: a debugger may stop the guest."""
        self.limits = replace(self.limits, boot=_NEVER, case=_NEVER, silence=_NEVER)

    @property
    def booting(self) -> bool:
        """Has the first line of the trace not been seen yet?"""
        return self._since[0] is Limit.BOOT

    @property
    def silent(self) -> bool:
        """Has no byte come yet?"""
        return not self._bytes

    @property
    def deadline(self) -> float:
        """The clock's time at which the next limit expires."""
        return min(end for end, _ in self._ends())

    def passed(self) -> Passed | None:
        """Return the limit that was exceeded, the earliest if several were."""
        if self._bytes > self.limits.output:
            return Passed(Limit.OUTPUT, self.limits.output)
        if self._records > self.limits.records:
            return Passed(Limit.RECORDS, self.limits.records)
        if self._clock() < self.deadline or self._extend():
            return None
        return min(self._ends(), key=lambda each: each[0])[1]

    def _extend(self) -> bool:
        """Discount what the machine has starved since the last time; is there time left then?

        Some of it may have been before what is timed now: that extends a limit once too long.
        """
        starved = self._starved()
        new, self._discounted = starved - self._discounted, starved
        if new < _NOTED:
            return False
        now, (limit, start) = self._clock(), self._since
        self._heard = min(self._heard + new, now)
        self._since = (limit, min(start + new, now))
        return now < self.deadline

    def _ends(self) -> list[tuple[float, Passed]]:
        silence = self.limits.silence
        limit, start = self._since
        seconds = self.limits.boot if limit is Limit.BOOT else self.limits.case
        return [
            (self._heard + silence, Passed(Limit.SILENCE, silence)),
            (start + seconds, Passed(limit, seconds)),
        ]


def limits_of(texts: Iterable[str]) -> dict[str, float]:
    """The limits that options give, by name. Raises UserError for one that is given twice."""
    limits: dict[str, float] = {}
    for text in texts:
        what, seconds = limit_of(text)
        if what in limits:
            raise UserError(f"--limit {text}", f"{what} is given twice", "give it once")
        limits[what] = seconds
    return limits


def limit_of(text: str) -> tuple[str, float]:
    """Parse ``boot=60``: which limit, and its seconds. Raises UserError."""
    what, _, number = text.partition("=")
    try:
        seconds = float(number)
    except ValueError:
        seconds = 0.0
    if what not in _AWAITED or not 0 < seconds < float("inf"):
        raise UserError(
            f"--limit {text}",
            "is not boot=SECONDS, case=SECONDS, or silence=SECONDS",
            "use, for example, --limit boot=60",
        )
    return what, seconds
