"""The BOOTFS transport: each program is the first process of its own machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from zxhil.machine.limits import Watch
from zxhil.machine.listen import End, listen
from zxhil.machine.machine import Machine
from zxhil.machine.monitor import Event, Monitor
from zxhil.push.booting import Booting
from zxhil.push.saved import SavedStart
from zxhil.push.transport import Job


@dataclass(slots=True, eq=False)
class _Booted:
    machine: Machine
    restored: bool
    """The kernel was already up: a banner means another boot, and the machine is kept."""
    nonce: int | None
    finished: bool = False

    @property
    def command(self) -> tuple[str, ...]:
        return self.machine.command

    @property
    def log_path(self) -> Path:
        return self.machine.log_path

    def listen(self, watch: Watch) -> Iterator[bytes | Event | End]:
        return listen(self.machine, watch, Monitor(up=self.restored))

    def finish(self) -> None:
        self.finished = True
        if not self.restored:
            self.machine.kill()

    def kill(self) -> None:
        self.machine.kill()


@dataclass(frozen=True, slots=True)
class Bootfs:
    """One machine per push; any number in parallel.

    It boots, or resumes from the `saved` start if there is one.
    """

    booting: Booting
    saved: SavedStart | None = None

    @property
    def name(self) -> str:
        """The image."""
        return self.booting.image.name

    @property
    def parallelism(self) -> int | None:
        """None: limited only by the host."""
        return None

    @contextmanager
    def push(self, load: Job) -> Iterator[_Booted]:
        """Start a machine whose first process is the program; it is killed after the block."""
        with ExitStack() as stack:
            restored = stack.enter_context(self.saved.machine(load)) if self.saved else None
            machine = restored or stack.enter_context(
                Machine(self.booting.prepare(load), self.booting.logs, load.name)
            )
            booted = _Booted(machine, restored is not None, load.nonce)
            yield booted
            if not booted.finished:
                # Whatever happened in the block, no other program may run on this machine.
                machine.kill()

    def close(self) -> None:
        """Do nothing: a push leaves nothing open."""
