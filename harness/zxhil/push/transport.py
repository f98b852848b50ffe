"""The interface of all transports: push a program, read its stream, see how it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import randbelow
from typing import Protocol

from zxhil.abi.runtime import NONCES
from zxhil.guest.select import select, with_nonce
from zxhil.guest.source import Program
from zxhil.machine.limits import Watch
from zxhil.machine.listen import End
from zxhil.machine.monitor import Event


def new_nonce() -> int:
    """A nonce for a boot (docs/trace.md), never 0."""
    return 1 + randbelow(NONCES - 1)


@dataclass(frozen=True, slots=True)
class Job:
    """What is pushed: a guest test and the indexes of its cases to run; `name` is the log's.

    Trace frames with another `nonce` are not this job's.
    """

    program: Program
    selected: tuple[int, ...]
    name: str
    nonce: int = field(default_factory=new_nonce)

    @property
    def elf(self) -> bytes:
        """The file, with exactly these cases selected and the nonce patched in."""
        place = str(self.program.path)
        return with_nonce(select(self.program.elf, self.selected, place), self.nonce, place)

    @property
    def argument(self) -> str:
        """The same as arguments, for a file that is already on the system."""
        bitmap = bytearray(max(self.selected, default=0) // 8 + 1)
        for index in self.selected:
            bitmap[index // 8] |= 1 << index % 8
        choice = f"select={bitmap.hex()} " if len(self.selected) < len(self.program.cases) else ""
        return f"{choice}nonce={self.nonce:x}"


class Running(Protocol):
    """A program being pushed: inside the block of :meth:`Transport.push`."""

    @property
    def command(self) -> tuple[str, ...]:
        """The command that reproduces this by hand."""

    @property
    def log_path(self) -> Path:
        """The file with every byte that :meth:`listen` yields."""

    @property
    def nonce(self) -> int | None:
        """The nonce that the program was given; None if it can't be given one and picks its own."""

    def listen(self, watch: Watch) -> Iterator[bytes | Event | End]:
        """Yield the stream's bytes, each kernel event after them, and finally one End.

        The caller reports to `watch` what it reads in the bytes. Leaving early is always fine.
        Raises MachineError if the log can't be written, UserError for input that is wrong.
        """

    def finish(self) -> None:
        """Stop: the trace is complete."""

    def kill(self) -> None:
        """End :meth:`listen` soon, from any thread."""


class Transport(Protocol):
    """A transport: opened by the first push, kept open for later ones, closed once.

    `parallelism` is how many programs it can run in parallel; None where only the host limits it.
    Several threads may push at once; a push waits until a system is free.
    """

    @property
    def name(self) -> str:
        """A description of the target, for a report."""

    @property
    def parallelism(self) -> int | None:
        """How many programs can run at once; None: limited only by the host."""

    def push(self, load: Job) -> AbstractContextManager[Running]:
        """Deliver the program; it may start only when :meth:`Running.listen` does.

        Raises UserError for what the user can fix, MachineError for a target that fails.
        """

    def close(self) -> None:
        """Clean up: connections, pushed files, machines."""
