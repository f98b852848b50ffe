"""The x64 machine: a q35 PC with a 16550 UART and a port that ends QEMU."""

from __future__ import annotations

from zxhil.abi.arch import Arch
from zxhil.machine.params import QemuParams

PARAMS = QemuParams(
    arch=Arch.X64,
    binary="qemu-system-x86_64",
    machine="q35",
    cpu="Haswell,+smap,-check,-fsgsbase",
    kvm_machine="q35",
    kvm_cpu="host,migratable=no,+invtsc",
    # Zircon's power-off writes 15 to this port, which QEMU turns into exit code 2 * 15 + 1.
    devices=("isa-debug-exit,iobase=0xf4,iosize=0x04",),
    powered_off=31,
)
