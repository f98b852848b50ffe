"""The BOOTFS transport: the program is the first process of a machine of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zxhil.image.find import Image
from zxhil.image.pack import boot_words, kept, pack
from zxhil.machine import scratch
from zxhil.machine.boot import Boot
from zxhil.machine.limits import Watch
from zxhil.machine.listen import End, listen
from zxhil.machine.machine import Machine
from zxhil.machine.monitor import Event, Monitor
from zxhil.machine.params import MEMORY_MIB
from zxhil.push.transport import Job

if TYPE_CHECKING:
    from zxhil.push.saved import SavedStart


@dataclass(frozen=True, slots=True)
class Booting:
    """How machines are made: `zbis` is where boot images go, `logs` where serial logs go.

    `words` are the user's for the kernel's command line, `qemu` further options of QEMU's.
    """

    image: Image
    zbis: Path
    logs: Path
    accel: str = "tcg"
    memory_mib: int = MEMORY_MIB
    words: tuple[str, ...] = ()
    qemu: tuple[str, ...] = ()
    smp: int = 1

    def boot(self, zbi: Path) -> Boot:
        """How QEMU is started with this boot image."""
        return Boot(
            self.image.arch,
            self.image.kernel,
            zbi,
            memory_mib=self.memory_mib,
            smp=self.smp,
            accel="kvm" if self.accel == "kvm" else "tcg",
            extra=self.qemu,
        )

    def prepare(self, load: Job) -> Boot:
        """Write the boot image that starts the program first; tell how QEMU is started with it."""
        zbi = self.zbis / f"{load.name}.zbi"
        scratch.write(zbi, first_process_zbi(self.image, load, self.words))
        return self.boot(zbi)


def first_process_zbi(image: Image, load: Job, words: tuple[str, ...]) -> bytes:
    """Boot data that starts the program as the first process. Raises UserError for bad words."""
    path = f"bin/{load.program.name}"
    return pack(image, {path: load.elf}, (*boot_words(image, path), *words))


def first_process_notes(image: Image, words: tuple[str, ...]) -> tuple[str, ...]:
    """What such boot data keeps of the user's, overrides and leaves out, in words for a report."""
    return kept(image, (*boot_words(image, "bin/program"), *words)).notes


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
