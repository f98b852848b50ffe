"""The BOOTFS transport: the program is the first process of a machine of its own."""

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
    """The kernel was up already: a banner is that of another boot, and the machine is kept."""
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
    """One machine for each push; any number side by side.

    It boots, or goes on from the `saved` start, if there is one.
    """

    booting: Booting
    saved: SavedStart | None = None

    @property
    def name(self) -> str:
        """The image."""
        return self.booting.image.name

    @property
    def parallelism(self) -> int | None:
        """As many as the host can carry."""
        return None

    @contextmanager
    def push(self, load: Job) -> Iterator[_Booted]:
        """Start a machine whose first process is the program; it is gone after the block."""
        with ExitStack() as stack:
            restored = stack.enter_context(self.saved.machine(load)) if self.saved else None
            machine = restored or stack.enter_context(
                Machine(self.booting.prepare(load), self.booting.logs, load.name)
            )
            booted = _Booted(machine, restored is not None, load.nonce)
            yield booted
            if not booted.finished:
                # Whatever happened in there, no other program is to come after it.
                machine.kill()

    def close(self) -> None:
        """Nothing outlives a push."""
