"""What to boot, and the exact QEMU command that does it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from zxhil.abi.arch import Arch
from zxhil.errors import UserError
from zxhil.machine.params import MEMORY_MIB, params_for

Accel = Literal["tcg", "kvm"]

# -nodefaults leaves out what no case needs (VGA, network card, floppy, CD-ROM). A guest that
# resets goes on running, so that its second banner is evidence.
_MEMORY = "zxhil-memory"
_FAST_START = ("-nodefaults", "-no-user-config", "-display", "none")


@dataclass(frozen=True, slots=True)
class Boot:
    """One boot: a kernel (or boot shim) and a ZBI on one machine; sizes in MiB."""

    arch: Arch
    kernel: Path
    initrd: Path
    memory_mib: int = MEMORY_MIB
    smp: int = 1
    accel: Accel = "tcg"
    extra: tuple[str, ...] = ()
    user_args: tuple[str, ...] = ()
    """QEMU arguments that the user gave."""
    mark: bytes = b""
    """That of the trace's pages in the guest's memory; empty if the trace comes over serial."""
    shared: bool = False
    """The guest's memory is shared with the harness in any case."""


@dataclass(frozen=True, slots=True)
class Channels:
    """The channels between QEMU and the harness, both in a private folder.

    `memory` is the file of the guest's memory, if that is shared. `serial` is a pair of
    FIFOs, `serial`.in and `serial`.out as QEMU sees them, `qmp` a unix socket on which the harness
    listens. A UART hands on every byte by itself: on a unix socket
    each costs a buffer of its own, of which 278 fill the queue, and the guest waits; a FIFO
    packs them (the figures are in docs/machines.md).
    """

    serial: Path
    qmp: Path
    memory: str | None = None


def command(boot: Boot, channels: Channels | None) -> tuple[str, ...]:
    """Return the QEMU argument vector of `boot`.

    Without `channels` it is the command for a person: serial and QEMU's monitor share the
    terminal (Ctrl-A x ends QEMU, Ctrl-A c changes to the monitor). All else is the same.

    Raises UserError if QEMU would misparse the path of the ZBI.
    """
    params = params_for(boot.arch)
    kvm = boot.accel == "kvm"
    argv = [params.binary, *_FAST_START]
    argv += ["-machine", params.kvm_machine if kvm else params.machine]
    argv += ["-cpu", params.kvm_cpu if kvm else params.cpu, "-accel", boot.accel]
    argv += ["-m", str(boot.memory_mib), "-smp", str(boot.smp)]
    for device in params.devices:
        argv += ["-device", device]
    argv += _streams(channels, boot.memory_mib)
    argv += ["-kernel", str(boot.kernel), "-initrd", _module(boot)]
    argv += [*boot.extra, *boot.user_args]
    return tuple(argv)


def show_command(boot: Boot) -> str:
    """Return the command for a person, quoted for a shell."""
    return shlex.join(command(boot, None))


def for_person(argv: Sequence[str]) -> str:
    """A machine's command for a person: its serial port is the terminal.

    A command that is not QEMU's (another transport's) is unchanged.
    """
    joined = " ".join(argv)
    if "chardev:serial" not in joined:
        return shlex.join(argv)
    kept: list[str] = []
    words = iter(argv)
    for word in words:
        if word in ("-chardev", "-mon"):
            next(words, None)
        elif word in ("-object", "-machine"):
            value = next(words, "")
            ours = f"id={_MEMORY}," in value or value == f"memory-backend={_MEMORY}"
            kept += [] if ours else [word, value]
        elif word == "-serial":
            next(words, None)
            kept += ["-serial", "mon:stdio"]
        else:
            kept.append(word)
    return shlex.join(kept)


def splits_as_module(arch: Arch, path: Path) -> bool:
    """Say whether QEMU's multiboot loader would split `path` into several words or modules."""
    return arch is Arch.X64 and any(c in str(path) for c in " ,")


def _module(boot: Boot) -> str:
    if splits_as_module(boot.arch, boot.initrd):
        raise UserError(
            str(boot.initrd),
            "QEMU splits the path of a multiboot module at spaces and commas",
            "move the file to a path with neither",
        )
    return str(boot.initrd)


def _shared(mib: int, memory: str) -> list[str]:
    path = f"mem-path={memory.replace(',', ',,')}"
    return [
        *("-object", f"memory-backend-file,id={_MEMORY},size={mib}M,{path},share=on"),
        *("-machine", f"memory-backend={_MEMORY}"),
    ]


def _streams(channels: Channels | None, memory_mib: int) -> list[str]:
    if channels is None:
        return ["-serial", "mon:stdio"]
    return [
        *([] if channels.memory is None else _shared(memory_mib, channels.memory)),
        *("-chardev", f"pipe,id=serial,path={_escaped(channels.serial)}"),
        *("-serial", "chardev:serial"),
        *("-chardev", f"socket,id=qmp,path={_escaped(channels.qmp)}"),
        *("-mon", "chardev=qmp,mode=control"),
    ]


def _escaped(path: Path) -> str:
    return str(path).replace(",", ",,")
