"""The parameters of the two emulated machines, and their QEMU."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass

from zxhil.abi.arch import Arch
from zxhil.errors import UserError
from zxhil.machine.group import ask

_REMEDY = "apt-get install qemu-system-x86 qemu-system-arm"
# Older versions lack options and CPU features that the machines use.
_OLDEST = (5, 0)
_ASK_SECONDS = 10.0
#: Default MiB of a machine: for a kernel with one process, and with user space.
MEMORY_MIB = 128
SYSTEM_MEMORY_MIB = 512


@dataclass(frozen=True, slots=True)
class QemuParams:
    """QEMU's options for the machine that Zircon supports, for one architecture.

    `kvm_machine` and `kvm_cpu` take the place of `machine` and `cpu` when the host's own
    processor runs the guest. `powered_off` is QEMU's exit code after the guest switched the
    machine off. `system` are options for a whole system, whose drivers need more devices
    than a kernel and one process do.
    """

    arch: Arch
    binary: str
    machine: str
    cpu: str
    kvm_machine: str
    kvm_cpu: str
    devices: tuple[str, ...]
    powered_off: int
    processors: int
    """How many the machine has at most, emulated or not (``-smp``)."""
    system: tuple[str, ...] = ()


#: A q35 PC with a 16550 UART and a port that ends QEMU.
_X64 = QemuParams(
    arch=Arch.X64,
    binary="qemu-system-x86_64",
    machine="q35",
    cpu="Haswell,+smap,-check,-fsgsbase",
    kvm_machine="q35",
    kvm_cpu="host,migratable=no,+invtsc",
    # Zircon's power-off writes 15 to this port, which QEMU turns into exit code 2 * 15 + 1.
    devices=("isa-debug-exit,iobase=0xf4,iosize=0x04",),
    powered_off=31,
    # More need an interrupt controller of the host's.
    processors=255,
)

#: QEMU's `virt` board with a GICv3 and a PL011 UART.
_ARM64 = QemuParams(
    arch=Arch.ARM64,
    binary="qemu-system-aarch64",
    machine="virt,gic-version=3,virtualization=true",
    cpu="cortex-a53",
    # KVM offers a guest no EL2, and Zircon does not need it.
    kvm_machine="virt,gic-version=3",
    kvm_cpu="host",
    devices=(),
    powered_off=0,
    processors=512,
    # Zircon's board driver has the address of PCI's configuration space written down: 0x3f000000
    # (system/dev/board/qemu). QEMU 3 and later puts it elsewhere, and reading there keeps a
    # kernel thread of 2018 in an endless page fault; the shell gets the remaining time.
    system=("-machine", "highmem=off"),
)


def params_for(arch: Arch) -> QemuParams:
    """Return the parameters of `arch`."""
    return {Arch.X64: _X64, Arch.ARM64: _ARM64}[arch]


def check_processors(arch: Arch, processors: int) -> None:
    """Raise UserError if no machine of this architecture has so many processors."""
    most = params_for(arch).processors
    if processors > most:
        problem = f"QEMU's {arch} machine has at most {most} processors"
        raise UserError(f"--smp {processors}", problem, f"give {most} or less")


def find_program(params: QemuParams) -> str:
    """Return the path of QEMU for one architecture. Raises UserError if there is none."""
    path = shutil.which(params.binary)
    if path is None:
        raise UserError(params.binary, "QEMU is not installed, or not in PATH", _REMEDY)
    return path


def refuse_old(params: QemuParams) -> None:
    """Raise UserError if QEMU is too old. It takes a while: call it after a failure."""
    path = find_program(params)
    try:
        answer = ask([path, "--version"], _ASK_SECONDS)
    except OSError:
        return
    found = re.search(rb"version (\d+)\.(\d+)", answer.out) if answer else None
    if found is not None and (int(found[1]), int(found[2])) < _OLDEST:
        oldest = ".".join(map(str, _OLDEST))
        problem = f"QEMU {int(found[1])}.{int(found[2])} is too old, zxhil needs {oldest} or later"
        raise UserError(path, problem, _REMEDY)
