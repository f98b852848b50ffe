"""Boot data and QEMU options for a machine whose first process is the program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from zxhil.image.find import Image
from zxhil.image.pack import boot_words, kept, pack
from zxhil.machine import scratch
from zxhil.machine.boot import Boot
from zxhil.machine.params import MEMORY_MIB
from zxhil.push.transport import Job


@dataclass(frozen=True, slots=True)
class Booting:
    """How machines are made: `zbis` is where boot images go, `logs` where serial logs go.

    `words` are the user's kernel command-line words, `qemu` extra QEMU options,
    `user_args` those that the user gave.
    """

    image: Image
    zbis: Path
    logs: Path
    accel: str = "tcg"
    memory_mib: int = MEMORY_MIB
    words: tuple[str, ...] = ()
    qemu: tuple[str, ...] = ()
    smp: int = 1
    user_args: tuple[str, ...] = ()
    per_boot: Callable[[str], tuple[str, ...]] | None = None
    """More QEMU options for the boot of this name."""

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
            user_args=self.user_args,
        )

    def prepare(self, load: Job) -> Boot:
        """Write the boot image that starts the program first; return how to start QEMU with it."""
        zbi = self.zbis / f"{load.name}.zbi"
        scratch.write(zbi, first_process_zbi(self.image, load, self.words))
        boot = self.boot(zbi)
        if self.per_boot is not None:
            boot = replace(boot, extra=(*boot.extra, *self.per_boot(load.name)))
        return boot


def first_process_zbi(image: Image, load: Job, words: tuple[str, ...]) -> bytes:
    """Boot data that starts the program as the first process. Raises UserError for bad words."""
    path = f"bin/{load.program.name}"
    return pack(image, {path: load.elf}, (*boot_words(image, path), *words))


def first_process_notes(image: Image, words: tuple[str, ...]) -> tuple[str, ...]:
    """What such boot data keeps, overrides and drops of the user's, as text for a report."""
    return kept(image, (*boot_words(image, "bin/program"), *words)).notes
