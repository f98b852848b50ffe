"""Connect to a target: the guest over BOOTFS, at a console's shell, or on a board."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from zxhil.abi.arch import Arch
from zxhil.errors import UserError
from zxhil.live.kernel import Connect
from zxhil.live.program import build_live

if TYPE_CHECKING:
    from zxhil.run.setup import Setup
    from zxhil.target.model import Target


@dataclass(frozen=True, slots=True)
class ShellTransport:
    """How to connect to a kernel, and how long a call may take there, in seconds."""

    connect: Connect
    seconds: float


def transport_to(
    target: Target, logs: Path, zbis: Path, say: Callable[[str], None]
) -> ShellTransport:
    """Return the transport of a target; `say` is called with instructions for a person.

    `logs` is where serial logs go, `zbis` where boot images do. Raises UserError for a target
    that can't be used interactively.
    """
    arch, setup = _set_up(target, logs, zbis)
    match target.transport_kind:
        case "bootfs":
            connect = _bootfs(setup)
        case "console":
            connect = _console(target, arch, setup)
        case _:
            connect = _board(arch, setup, say)
    return ShellTransport(connect, setup.limits.case)


def boot_image(target: Target, zbis: Path, nonce: int = 0) -> tuple[bytes, Path]:
    """Return boot data with the guest in it, for a board, and the kernel file that goes with it.

    The guest is the first process, with this nonce, or for a console a program of the whole
    system. The image may be booted again and again: with the nonce 0, the clock gives each boot
    its own. Raises UserError as `transport_to` does.
    """
    from zxhil.push.booting import first_process_zbi
    from zxhil.push.console import system_zbi
    from zxhil.push.transport import Job

    arch, setup = _set_up(target, zbis, zbis)
    if setup.image is None:
        raise UserError("--write-zbi", "no image to put the guest into", "give --image")
    program = build_live(arch, holds=setup.prototypes)
    if target.transport_kind == "console":
        return system_zbi(setup.booting, [program]), setup.image.kernel
    load = Job(program, (0,), program.name, nonce=nonce)
    return first_process_zbi(setup.image, load, target.words), setup.image.kernel


def _set_up(target: Target, logs: Path, zbis: Path) -> tuple[Arch, Setup]:
    from zxhil.target.make import images
    from zxhil.target.make import setup as make_setup

    if target.transport_kind == "ssh":
        raise UserError(
            target.name or "--ssh",
            "a dialogue needs a bidirectional line, and SSH carries only what a program prints",
            "give --serial, or an image",
        )
    if target.image is None and target.transport_kind == "bootfs":
        target = replace(target, arch=target.arch or Arch.X64.value)
    ((arch, image),) = images(target).items()
    return arch, make_setup(target, image, [], logs, zbis)


def _bootfs(setup: Setup) -> Connect:
    from zxhil.live.boot import BootTarget, connector

    assert setup.image is not None
    kvm = setup.accel == "kvm"
    booted = BootTarget(
        setup.image,
        setup.logs,
        "kvm" if kvm else "tcg",
        setup.memory_mib,
        setup.words,
        setup.smp,
        setup.prototypes,
    )
    return connector(booted, setup.limits.boot)


def _console(target: Target, arch: Arch, setup: Setup) -> Connect:
    from zxhil.live.console import at_shell, board, machines
    from zxhil.push.console import Boards, Systems
    from zxhil.push.port import Port
    from zxhil.push.power import PowerSwitch

    program = build_live(arch, holds=setup.prototypes)
    systems = Systems(setup.booting, [program]) if setup.image is not None else None
    keys = target.serial
    if keys.port:
        power = PowerSwitch(keys.power_cycle) if keys.power_cycle else None
        boards = Boards(Port(keys.port, keys.speed, keys.flow), power, systems)
        return at_shell(board(boards, power is not None, setup.logs), arch, setup.limits.boot, 1)
    assert systems is not None
    return at_shell(machines(systems, setup.logs), arch, setup.limits.boot)


def _board(arch: Arch, setup: Setup, say: Callable[[str], None]) -> Connect:
    from zxhil.live.board import on_board
    from zxhil.push.uart import Uart

    assert isinstance(setup.transport, Uart)
    return on_board(setup.transport.board, arch, setup.limits.boot, say, setup.prototypes)
