"""The arm64 machine: QEMU's `virt` board with a GICv3 and a PL011 UART."""

from __future__ import annotations

from zxhil.abi.arch import Arch
from zxhil.machine.params import QemuParams

PARAMS = QemuParams(
    arch=Arch.ARM64,
    binary="qemu-system-aarch64",
    machine="virt,gic-version=3,virtualization=true",
    cpu="cortex-a53",
    # KVM offers a guest no EL2, and Zircon does without it.
    kvm_machine="virt,gic-version=3",
    kvm_cpu="host",
    devices=(),
    powered_off=0,
    # Zircon's board driver has the address of PCI's configuration space written down: 0x3f000000
    # (system/dev/board/qemu). QEMU 3 and later puts it elsewhere, and reading there keeps a
    # kernel thread of 2018 in a page fault for ever; the shell gets what time that one leaves.
    system=("-machine", "highmem=off"),
)
