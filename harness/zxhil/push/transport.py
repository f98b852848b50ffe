"""The one interface of all ways in: push a program, read its stream, see its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from zxhil.guest.build import Program
from zxhil.guest.select import select
from zxhil.machine.limits import Watch
from zxhil.machine.listen import End
from zxhil.machine.monitor import Event


@dataclass(frozen=True, slots=True)
class Job:
    """What is pushed: a guest test and the indexes of its cases to run; `name` is the log's."""

    program: Program
    selected: tuple[int, ...]
    name: str

    @property
    def elf(self) -> bytes:
        """The file, with exactly these cases selected in it."""
        return select(self.program.elf, self.selected, str(self.program.path))

    @property
    def argument(self) -> str:
        """The same choice as an argument, for a file that is on the kernel already."""
        bitmap = bytearray(max(self.selected, default=0) // 8 + 1)
        for index in self.selected:
            bitmap[index // 8] |= 1 << index % 8
        return f"select={bitmap.hex()}"


class Running(Protocol):
    """A program on its way: inside the block of :meth:`Transport.push`."""

    @property
    def command(self) -> tuple[str, ...]:
        """What a person would run to have the same."""

    @property
    def log_path(self) -> Path:
        """The file with every byte that :meth:`listen` yields."""

    def listen(self, watch: Watch) -> Iterator[bytes | Event | End]:
        """Yield the stream's bytes, each kernel event after them, and last of all one End.

        The caller tells `watch` what it reads in the bytes. Leaving early is always fine.
        Raises MachineError if the log can't be written, UserError for input that is wrong.
        """

    def finish(self) -> None:
        """Say that nothing more is wanted: the trace has come to its own end."""

    def kill(self) -> None:
        """End :meth:`listen` soon, from any thread."""


class Transport(Protocol):
    """A way in: opened by the first push, kept open over the next ones, closed once.

    `parallelism` is how many programs it can run side by side; None where that is up to the host.
    Several threads may push at once; a push waits until a lane is free.
    """

    @property
    def name(self) -> str:
        """What it leads to, in words for a report."""

    @property
    def parallelism(self) -> int | None:
        """How many programs at once."""

    def push(self, load: Job) -> AbstractContextManager[Running]:
        """Bring the program onto the kernel; it may start when :meth:`Running.listen` does.

        Raises UserError for what the user can mend, MachineError for a target that fails.
        """

    def close(self) -> None:
        """Put everything back: connections, pushed files, machines."""
