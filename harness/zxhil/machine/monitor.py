"""Recognizes the kernel's failure messages in a serial stream."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from zxhil.plain import plain


class EventKind(enum.StrEnum):
    """A kind of message from the kernel or userboot."""

    PANIC = "panic"
    REBOOT = "reboot"
    USERBOOT = "userboot"
    OUT_OF_MEMORY = "out of memory"
    HALT = "halt"
    EXCEPTION = "exception"
    OOPS = "oops"

    @property
    def ends_machine(self) -> bool:
        """Whether no further result can come from this boot.

        An exception kills one process, an oops is a warning: the kernel goes on after both.
        A halt is what the kernel does when its last process has ended and nothing made it
        switch the machine off.
        """
        return self not in (EventKind.EXCEPTION, EventKind.OOPS)


@dataclass(frozen=True, slots=True)
class Event:
    """One failure: its kind, its lines, and where in the stream they begin."""

    kind: EventKind
    text: str
    offset: int


_BANNER = re.compile(rb"welcome to Zircon")

# The strings of the 2018 and 2019 trees and of today's: kernel/lib/debuglog, kernel/lib/debug,
# kernel/arch/*/ (faults and exceptions), kernel/object/exception, lib/oom, userboot's fail().
_WORDS: tuple[tuple[EventKind, re.Pattern[bytes]], ...] = (
    (
        EventKind.PANIC,
        re.compile(
            rb"ZIRCON KERNEL PANIC|ASSERT FAILED|panic \(caller "
            rb"|(?:double fault|gpf|breakpoint|invalid opcode|exception|page fault), halting"
        ),
    ),
    (EventKind.OOPS, re.compile(rb"ZIRCON KERNEL OOPS")),
    (
        EventKind.HALT,
        re.compile(rb"HALT: spinning forever|platform_halt suggested_action 0 reason"),
    ),
    (
        EventKind.OUT_OF_MEMORY,
        re.compile(
            rb"OOM: oom_lowmem|OOM: killing job|OOM: no alive job"
            rb"|memory-pressure: stowing crashlog|ZIRCON REBOOT REASON \(OOM\)"
        ),
    ),
    (EventKind.EXCEPTION, re.compile(rb"<== fatal exception|KERN: [a-z ]+ in user thread")),
    (
        EventKind.USERBOOT,
        re.compile(
            rb"userboot: (?!'|option |searching |loaded |userboot: loaded |process |loader-service "
            rb"|zx_debuglog_create failed[^\n]*using zx_debug_write)[^\n]*"
            rb"(?:ZX_ERR_|fail|not found|cannot|bogus|bad |too small|too long|unexpected"
            rb"|no longer|no [^\n]*(?:handle|VMO|bootfs)|wrong address|still here|instead of"
            rb"|in the middle)"
        ),
    ),
)
_ANY = re.compile(b"|".join([_BANNER.pattern, *(word.pattern for _, word in _WORDS)]))

# After these kinds further lines belong to the evidence: registers, backtrace, build id.
_EVIDENCE_LINES = {
    EventKind.PANIC: 150,
    EventKind.OOPS: 30,
    EventKind.OUT_OF_MEMORY: 3,
    EventKind.EXCEPTION: 24,
    EventKind.HALT: 1,
    EventKind.USERBOOT: 2,
    EventKind.REBOOT: 1,
}
# Kinds that are reported even while the lines of another event are being gathered.
_INTERRUPTS = (EventKind.PANIC, EventKind.REBOOT)

# The prompt of the panic shell, where the kernel waits indefinitely.
_PANIC_PROMPT = b"! "
_FRAME = b"~"
# No relevant line is longer. Of a longer one, this much is kept for a match across chunks.
_LINE_MAX = 4096
_SEAM = 256


class Monitor:
    """Finds the kernel's messages in a stream of chunks of any size; it does no I/O.

    Lines that begin with `~` are frames of the guest's own trace and are never taken for the
    kernel's messages. The first banner is a boot, each later one an unexpected reboot; of a
    kernel that is `up` when the stream begins, the first one is a reboot, too.
    """

    def __init__(self, up: bool = False) -> None:
        self._line = bytearray()
        self._line_offset = 0
        self._in_frame = False
        self._seen_to = 0
        self._banners = int(up)
        self._gathering: tuple[EventKind, int] | None = None
        self._lines: list[bytes] = []

    @property
    def gathering(self) -> bool:
        """Whether an event was seen whose lines may not all have arrived yet.

        The kernel prints them at once: after a short silence, call :meth:`finish`.
        """
        return self._gathering is not None or self._held_word()

    def feed(self, data: bytes) -> list[Event]:
        """Take the next bytes of the stream; return the events that are now complete."""
        events: list[Event] = []
        self._line += data
        *lines, rest = self._line.split(b"\n")
        for line in lines:
            self._take(bytes(line), events)
            self._line_offset += len(line) + 1
            self._in_frame = False
        self._line = rest
        while len(self._line) > _LINE_MAX:
            self._take(bytes(self._line), events)
            self._in_frame = self._in_frame or self._line.startswith(_FRAME)
            self._line_offset += len(self._line) - _SEAM
            del self._line[:-_SEAM]
        panicked = self._gathering is not None and self._gathering[0] is EventKind.PANIC
        if panicked and self._line == _PANIC_PROMPT:
            self._close(events)
            self._line_offset += len(self._line)
            self._line.clear()
        return events

    def finish(self) -> list[Event]:
        """Return what is left after the last byte, or after a silence."""
        events: list[Event] = []
        if self._line:
            if self._line == _PANIC_PROMPT and self._gathering is None:
                # The lines with the reason were in the log's buffer, and are lost.
                self._gathering = (EventKind.HALT, self._line_offset)
            self._take(bytes(self._line), events)
            self._line_offset += len(self._line)
            self._line.clear()
        self._close(events)
        return events

    def _held_word(self) -> bool:
        """Whether the unfinished line has a match already, or is the panic shell's prompt."""
        line = bytes(self._line)
        if self._in_frame or line.startswith(_FRAME):
            return False
        return line == _PANIC_PROMPT or _ANY.search(line) is not None

    def _take(self, line: bytes, events: list[Event]) -> None:
        if self._in_frame or line.startswith(_FRAME):
            self._close(events)
            return
        kind, offset = self._recognise(line)
        if kind is not None and (self._gathering is None or kind in self._news()):
            self._close(events)
            self._gathering = (kind, offset)
        if self._gathering is not None:
            self._lines.append(line)
            if len(self._lines) >= _EVIDENCE_LINES[self._gathering[0]]:
                self._close(events)

    def _news(self) -> tuple[EventKind, ...]:
        assert self._gathering is not None
        return (EventKind.REBOOT,) if self._gathering[0] is EventKind.PANIC else _INTERRUPTS

    def _recognise(self, line: bytes) -> tuple[EventKind | None, int]:
        """Return the kind of failure that `line` reports, and its offset in the stream."""
        start = max(0, self._seen_to - self._line_offset)
        found = _ANY.search(line, start)
        if found is None:
            return None, 0
        self._seen_to = self._line_offset + found.end()
        offset = self._line_offset + found.start()
        if _BANNER.match(line, found.start()):
            self._banners += 1
            return (EventKind.REBOOT if self._banners > 1 else None), offset
        return next(kind for kind, word in _WORDS if word.match(line, found.start())), offset

    def _close(self, events: list[Event]) -> None:
        if self._gathering is None:
            return
        kind, offset = self._gathering
        text = plain(b"\n".join(line.strip(b"\r") for line in self._lines))
        events.append(Event(kind, text.rstrip(), offset))
        self._gathering = None
        self._lines.clear()
