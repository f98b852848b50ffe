"""The setup of a run's boots."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from zxhil.abi.ages import Age, concluded
from zxhil.abi.arch import Arch
from zxhil.image import zbi
from zxhil.image.find import Image
from zxhil.machine.boot import Boot
from zxhil.machine.limits import Limits
from zxhil.machine.params import MEMORY_MIB
from zxhil.push.booting import Booting
from zxhil.push.transport import Job, Transport
from zxhil.run.age import AgeSources, held_version
from zxhil.run.plan import Task
from zxhil.standin import is_standin, is_standin_version

if TYPE_CHECKING:
    from zxhil.docs.statuses import DocumentedStatuses
    from zxhil.oracle.cases import KnownClauses
    from zxhil.oracle.oracle import KernelSeen
    from zxhil.push.saved import SavedStart
    from zxhil.run.record import KernelRecord


@dataclass(frozen=True, slots=True)
class Setup:
    """The setup of every boot of a run. `words` are the user's words for the kernel command line.

    Without a `transport` each program is the first process of its own machine, and an `image` is
    required; other transports may do without one.
    """

    image: Image | None
    limits: Limits
    logs: Path
    zbis: Path
    accel: str = "tcg"
    memory_mib: int = MEMORY_MIB
    words: tuple[str, ...] = ()
    qemu: tuple[str, ...] = ()
    user_args: tuple[str, ...] = ()
    """QEMU arguments that the user gave."""
    per_boot: Callable[[str], tuple[str, ...]] | None = None
    """More QEMU options for the boot of this name; for machines that boot for each program."""
    documented: Mapping[str, DocumentedStatuses] = field(default_factory=dict)
    """What the user's own pages list, by call (`zxhil.docs.statuses`)."""
    known: KnownClauses | None = None
    """What the kernel is known to break."""
    transport: Transport | None = None
    smp: int = 1
    ages: AgeSources = field(default_factory=AgeSources)
    notes: tuple[str, ...] = ()
    """What boots keep of the image's boot data, override and leave out, in words."""
    symbols: Path | None = None
    """An ELF file with the kernel's symbols, or a folder; None: what lies beside the kernel."""
    memory_trace: bool = False
    """The trace of a machine that boots the image comes through its memory."""
    saved: SavedStart | None = None
    """Where machines of the image go on from, in place of a boot for each."""

    def symbolized(self, evidence: str) -> str:
        """The lines of a kernel's crash, symbolized where possible."""
        from zxhil.symbols.crash import load_symbols, symbols_beside

        if not evidence or (self.symbols is None and self.image is None):
            return evidence
        if self.symbols is not None:
            return load_symbols(self.symbols).symbolized(evidence)
        assert self.image is not None
        return symbols_beside(self.image.kernel).symbolized(evidence)

    @property
    def kernel_image(self) -> str:
        """The name of the kernel's image in records: the transport, if there is one."""
        return self.transport.name if self.transport else self.image.name if self.image else ""

    @property
    def standin(self) -> bool:
        """Is the image the stand-in, whatever version it reports?"""
        return self.image is not None and is_standin(self.image.zbi)

    @property
    def age(self) -> Age:
        """What is known about the kernel's age before it runs."""
        return self.ages.of(self.image)

    @property
    def prototypes(self) -> dict[str, bool | None]:
        """Which calls' prototypes are known to be the kernel's, before it runs."""
        return self.ages.holds(self.age)

    @property
    def booting(self) -> Booting:
        """How to boot the image, which must be set."""
        assert self.image is not None
        return Booting(
            self.image,
            self.zbis,
            self.logs,
            self.accel,
            self.memory_mib,
            self.words,
            self.qemu,
            self.smp,
            self.user_args,
            self.per_boot,
            self.memory_trace,
        )


def prepare(setup: Setup, task: Task, selected: tuple[int, ...], name: str) -> Boot:
    """Write the ZBI of this boot, with its trace on serial; return how QEMU is to be started."""
    return replace(setup.booting, memory_trace=False).prepare(Job(task.program, selected, name))


def kernel_record(setup: Setup, arch: Arch, kernel: KernelSeen) -> KernelRecord:
    """A report's record of the kernel that ran on this machine."""
    # What judges is imported while the first kernel boots.
    from zxhil.run.record import UNKNOWN_VERSION, KernelRecord

    image = setup.image
    version = kernel.version or UNKNOWN_VERSION
    held = held_version(image.zbi) if image else ""
    standin = setup.standin if image else is_standin_version(version)
    stated = setup.ages.of(image).within(setup.ages.by_version(version))
    age, conflict = concluded(stated, Age() if standin else kernel.age)
    return KernelRecord(
        arch.value,
        setup.kernel_image,
        version,
        standin,
        image.found if image else (),
        tuple(sorted(kernel.absent)),
        held if held and kernel.version not in (None, held) else "",
        (*setup.notes, *([setup.saved.note] if setup.saved and setup.saved.note else [])),
        tuple(sorted(kernel.unsure)),
        age.earliest,
        age.latest,
        age.why,
        conflict,
        kernel_digest(setup),
    )


def kernel_digest(setup: Setup) -> str:
    """The digest of the image, with the user's words for its command line; empty without one.

    Words change what a kernel does: a history keeps it apart from the kernel without them.
    """
    if setup.image is None:
        return ""
    image = image_digest(setup.image)
    if not setup.words:
        return image
    return hashlib.blake2b("\0".join((image, *setup.words)).encode(), digest_size=16).hexdigest()


def image_digest(image: Image) -> str:
    """A digest of what boots: the kernel or boot shim, the boot data, and kept settings.

    The same image has the same digest, wherever it lies. Raises OSError.
    """
    digest = hashlib.blake2b(digest_size=16)
    for part in (image.kernel.read_bytes(), image.zbi, zbi.write(image.settings)):
        digest.update(len(part).to_bytes(8, "little") + part)
    return digest.hexdigest()
