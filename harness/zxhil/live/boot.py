"""A machine with the guest that serves requests over serial, and the line to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from zxhil.image.find import Image
from zxhil.image.pack import boot_words, pack
from zxhil.live.kernel import Connect
from zxhil.live.line import GuestLine
from zxhil.live.program import COALESCE, build_live
from zxhil.machine.boot import Boot
from zxhil.machine.limits import EMULATION_FACTOR, Limits
from zxhil.machine.listen import qemu_ended
from zxhil.machine.machine import Machine
from zxhil.machine.params import MEMORY_MIB
from zxhil.machine.scratch import scratch_folder, write
from zxhil.push.transport import Job
from zxhil.trace.events import Event

_PROGRAM = "bin/live"


@dataclass(frozen=True, slots=True)
class BootTarget:
    """What to boot, and how. `words` are the user's kernel command line words."""

    image: Image
    logs: Path | None = None
    accel: Literal["tcg", "kvm"] = "tcg"
    memory_mib: int = MEMORY_MIB
    words: tuple[str, ...] = ()
    smp: int = 1
    holds: Mapping[str, bool | None] | None = None
    """Of which calls our prototypes are the kernel's, as far as that is known."""

    @property
    def limits(self) -> Limits:
        """The limits on this machine."""
        return Limits() if self.accel == "kvm" else Limits().scaled(EMULATION_FACTOR)


def connector(target: BootTarget, seconds: float | None = None) -> Connect:
    """Return what boots `target` as often as it is called, in `seconds` or its own limit.

    The ZBI, and the serial log unless the target has a folder for it, are gone with the machine.
    Calling it raises UserError for input that can't be booted, GoneError if the guest doesn't come.
    """
    program = build_live(target.image.arch, holds=target.holds)
    words = (*boot_words(target.image, _PROGRAM), *target.words)

    def connect(stack: ExitStack, on_event: Callable[[Event], None]) -> GuestLine:
        folder = stack.enter_context(scratch_folder())
        path = folder / "live.zbi"
        load = Job(program, (0,), "live")
        write(path, pack(target.image, {_PROGRAM: load.elf}, words))
        boot = Boot(
            target.image.arch,
            target.image.kernel,
            path,
            memory_mib=target.memory_mib,
            smp=target.smp,
            accel=target.accel,
        )
        logs = target.logs or folder
        machine = stack.enter_context(Machine(boot, logs, "live", coalesce=COALESCE))
        line = GuestLine(
            machine, target.image.arch, lambda: qemu_ended(machine), on_event, nonce=load.nonce
        )
        line.start(seconds or target.limits.boot)
        return line

    return connect
