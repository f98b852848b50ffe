"""Boot data and QEMU options for a machine whose first process is the program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from zxhil.guest.select import with_pages
from zxhil.image.find import Image
from zxhil.image.pack import boot_words, kept, pack
from zxhil.machine import scratch
from zxhil.machine.boot import Boot
from zxhil.machine.pages import new_mark, patch_of
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
    memory_trace: bool = False
    """The trace comes through the guest's memory."""

    def boot(self, zbi: Path, mark: bytes = b"") -> Boot:
        """How QEMU is started with this boot image; the trace's pages have this mark."""
        return Boot(
            self.image.arch,
            self.image.kernel,
            zbi,
            memory_mib=self.memory_mib,
            smp=self.smp,
            accel="kvm" if self.accel == "kvm" else "tcg",
            extra=self.qemu,
            user_args=self.user_args,
            mark=mark,
        )

    def new_mark(self) -> bytes:
        """A mark for the trace's pages; empty if the trace comes over serial."""
        return new_mark() if self.memory_trace else b""

    def prepare(self, load: Job) -> Boot:
        """Write the boot image that starts the program first; return how to start QEMU with it."""
        zbi, mark = self.zbis / f"{load.name}.zbi", self.new_mark()
        scratch.write(zbi, first_process_zbi(self.image, load, self.words, mark))
        boot = self.boot(zbi, mark)
        if self.per_boot is not None:
            boot = replace(boot, extra=(*boot.extra, *self.per_boot(load.name)))
        return boot


def first_process_zbi(image: Image, load: Job, words: tuple[str, ...], mark: bytes = b"") -> bytes:
    """Boot data that starts the program as the first process. Raises UserError for bad words."""
    path = f"bin/{load.program.name}"
    return pack(image, {path: marked(load.elf, mark)}, (*boot_words(image, path), *words))


def marked(elf: bytes, mark: bytes) -> bytes:
    """The program, with its trace in memory if there is a mark for its pages."""
    return with_pages(elf, patch_of(mark)) if mark else elf


def first_process_notes(image: Image, words: tuple[str, ...]) -> tuple[str, ...]:
    """What such boot data keeps, overrides and drops of the user's, as text for a report."""
    return kept(image, (*boot_words(image, "bin/program"), *words)).notes
