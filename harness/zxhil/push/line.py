"""What carries serial bytes: a machine's console, or a port of this host."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Protocol

from zxhil.machine.listen import End, EndKind, qemu_ended
from zxhil.machine.machine import Machine
from zxhil.machine.streamlog import StreamLog
from zxhil.plain import plain

_SAID_BYTES = 2048
_SAID_LINES = 5


class DuplexStream(Protocol):
    """A bidirectional stream."""

    @property
    def command(self) -> tuple[str, ...]:
        """The command that gives a person the same line."""

    def read(self, deadline: float) -> bytes | None:
        """Return what arrived; None if nothing did by `deadline` (monotonic), b'' at the end."""

    def write(self, data: bytes) -> None:
        """Send. Raises MachineError if sending fails."""

    def ended(self) -> End:
        """The end, after :meth:`read` returned b''."""

    def interrupt(self) -> None:
        """Make a waiting :meth:`read` return, now or soon; from any thread."""

    def close(self) -> None:
        """Release it."""


class MachineLine:
    """The console of one of our machines."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    @property
    def command(self) -> tuple[str, ...]:
        """QEMU's."""
        return self.machine.command

    def read(self, deadline: float) -> bytes | None:
        """As `Machine.read`."""
        return self.machine.read(deadline)

    def write(self, data: bytes) -> None:
        """As `Machine.write`."""
        self.machine.write(data)

    def ended(self) -> End:
        """How QEMU ended."""
        return qemu_ended(self.machine)

    def interrupt(self) -> None:
        """End QEMU."""
        self.machine.kill()

    def close(self) -> None:
        """End the machine."""
        self.machine.__exit__(None, None, None)


def given_up() -> End:
    """The end of a program that the caller has stopped."""
    return End(EndKind.CUT, "zxhil abandoned the program")


class Logged:
    """Reads a line, or part of its stream, into a separate log (`StreamLog`)."""

    def __init__(
        self, folder: Path, name: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._log = StreamLog.create(folder, name)
        self._clock = clock
        self._started = clock()
        self._last = b""

    @property
    def said(self) -> str:
        """The last lines, if none is a trace's: they show what kept a program from starting."""
        if b"\n~" in self._last or self._last.startswith(b"~"):
            return ""
        lines = plain(self._last).split("\n")
        return "\n".join(line.rstrip() for line in lines[-_SAID_LINES:]).strip()

    @property
    def path(self) -> Path:
        """The file with the bytes."""
        return self._log.path

    def __enter__(self) -> Logged:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._log.close()

    def keep(self, chunk: bytes) -> bytes:
        """Log the bytes and return them. Raises MachineError if they can't be written."""
        if chunk:
            self._last = (self._last + chunk)[-_SAID_BYTES:]
            self._log.append(chunk, self._clock() - self._started)
        return chunk
