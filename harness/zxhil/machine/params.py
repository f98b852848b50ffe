"""What differs between the two emulated machines, as one small value for each."""

from __future__ import annotations

from dataclasses import dataclass

from zxhil.abi.arch import Arch

#: MiB of a machine unless told otherwise: for a kernel with one process, and for a whole system.
MEMORY_MIB = 128
SYSTEM_MEMORY_MIB = 512


@dataclass(frozen=True, slots=True)
class QemuParams:
    """How QEMU gives Zircon the machine that it knows, for one architecture.

    `kvm_machine` and `kvm_cpu` take the place of `machine` and `cpu` when the host's own
    processor runs the guest. `powered_off` is QEMU's exit code after the guest switched the
    machine off. `system` are options for a whole system, whose drivers want more of the machine
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
    system: tuple[str, ...] = ()


def params_for(arch: Arch) -> QemuParams:
    """Return the parameters of `arch`."""
    from zxhil.machine import arm64, x64

    return {Arch.X64: x64.PARAMS, Arch.ARM64: arm64.PARAMS}[arch]
