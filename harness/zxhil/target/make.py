"""Make a target's images and transport."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from zxhil.abi.ages import parse_age
from zxhil.abi.arch import Arch
from zxhil.errors import UserError
from zxhil.image.find import Image
from zxhil.machine.limits import Limits
from zxhil.machine.params import MEMORY_MIB, SYSTEM_MEMORY_MIB
from zxhil.names import no_such
from zxhil.run.age import AgeSources
from zxhil.run.prepare import find_images, make_setup, processor_notes
from zxhil.run.setup import Setup
from zxhil.target.model import SerialKeys, SshKeys, Target

if TYPE_CHECKING:
    from zxhil.docs.statuses import DocumentedStatuses
    from zxhil.push.port import Port
    from zxhil.push.power import PowerSwitch
    from zxhil.push.ssh_connect import Login
    from zxhil.push.transport import Transport
    from zxhil.run.plan import Task

# A person may have to switch the board on.
ATTACH_SECONDS = 600.0

_FAULT_WORD = "standin.fault="


def images(target: Target) -> dict[Arch, Image | None]:
    """The image of each architecture to run; None if the target boots by itself.

    Raises UserError for an unusable image, or a target that lacks what its transport needs.
    """
    arch = Arch(target.arch) if target.arch else None
    whole = target.transport_kind == "console"
    if target.transport_kind == "uart" and not target.serial.port:
        raise UserError(
            target.name or "--transport uart", "no serial port is given", "give --serial PORT"
        )
    if target.image is None and target.shim is not None:
        raise UserError(str(target.shim), "a boot shim without an image", "give --image as well")
    if target.image is None and target.transport_kind == "bootfs":
        check_words(target.words)
    if target.image is not None or target.transport_kind == "bootfs":
        return dict(find_images(target.image, arch, target.shim, bootfs=whole))
    if whole and not target.serial.port:
        raise UserError(
            target.name or "--transport console",
            "no image is given, and the stand-in has no shell",
            "give --image with a whole system, or --serial with a board that runs one",
        )
    if arch is None:
        raise UserError(
            target.name or f"--transport {target.transport_kind}",
            "the architecture of the target is not known",
            "give --arch, or the image that runs there",
        )
    return {arch: None}


def check_words(words: Sequence[str]) -> None:
    """Raise UserError for a word with an unknown fault of the stand-in."""
    named = [word.removeprefix(_FAULT_WORD) for word in words if word.startswith(_FAULT_WORD)]
    if not named:
        return
    from zxhil.standin import faults

    there = [fault.name for fault in faults()]
    for name in named:
        if name not in there:
            raise no_such(f"--word {_FAULT_WORD}{name}", "fault", name, there)


def setup(
    target: Target,
    image: Image | None,
    tasks: Sequence[Task],
    logs: Path,
    zbis: Path,
    documented: Mapping[str, DocumentedStatuses] | None = None,
) -> Setup:
    """The setup of the target's boots; `tasks` are those of its architecture.

    Raises UserError if the transport needs a missing key.
    """
    memory = target.memory or _memory(target)
    made = make_setup(
        image,
        target.accel or "auto",
        memory,
        target.words,
        logs,
        zbis,
        documented,
        target.smp,
    )
    ages = AgeSources(parse_age(target.age) if target.age else None, target.repo)
    ages.check()
    made = replace(made, ages=ages, user_args=_qemu_args(target, image))
    made = replace(made, notes=boot_notes(target, image) if image is not None else ())
    if target.transport_kind in ("ssh", "uart") or target.serial.port:
        made = replace(made, limits=_own_processor(target))
    return replace(
        made, limits=target.limits.over(made.limits), transport=_way(target, made, tasks)
    )


def _qemu_args(target: Target, image: Image | None) -> tuple[str, ...]:
    """The user's arguments for QEMU. Raises UserError if no QEMU would get them."""
    hardware = target.transport_kind in ("ssh", "uart") or bool(target.serial.port)
    if target.qemu_args and (hardware or image is None):
        raise UserError(
            f"--qemu-arg {target.qemu_args[0]}",
            f"starts no QEMU over the transport {target.transport_kind}",
            "remove it",
        )
    return target.qemu_args


def boot_notes(target: Target, image: Image) -> tuple[str, ...]:
    """Notes on what boots keep, override, and leave out of the image's boot data.

    Empty for a system that is already running.
    """
    powered = not target.serial.port or bool(target.serial.power_cycle)
    if target.transport_kind == "ssh" or not powered:
        return ()
    if target.transport_kind == "console":
        from zxhil.push.console import system_notes

        notes = system_notes(image, target.words)
    else:
        from zxhil.push.booting import first_process_notes

        notes = first_process_notes(image, target.words)
    return (*notes, *processor_notes(image, target.smp))


def _memory(target: Target) -> int:
    return SYSTEM_MEMORY_MIB if target.transport_kind == "console" else MEMORY_MIB


def _own_processor(target: Target) -> Limits:
    attached = target.transport_kind == "uart" and not target.serial.power_cycle
    return Limits(boot=ATTACH_SECONDS if attached else 60.0)


def _way(target: Target, setup: Setup, tasks: Sequence[Task]) -> Transport | None:
    match target.transport_kind:
        case "console":
            return _console(target, setup, tasks)
        case "ssh":
            return _ssh(target, setup)
        case "uart":
            from zxhil.push.uart import Board, Uart

            board = Board(
                _port(target), setup.logs, setup.zbis, _power(target.serial),
                setup.image, target.words,
            )  # fmt: skip
            return Uart(board)
    return None


def _console(target: Target, setup: Setup, tasks: Sequence[Task]) -> Transport:
    from zxhil.push.console import Boards, Console, Systems

    programs = [task.program for task in tasks]
    systems = Systems(setup.booting, programs) if setup.image is not None else None
    if target.serial.port:
        boards = Boards(_port(target), _power(target.serial), systems)
        powered = bool(target.serial.power_cycle)
        return Console(target.serial.port, boards.start, setup.logs, parallelism=1, boots=powered)
    assert systems is not None
    assert setup.image is not None
    return Console(setup.image.name, systems.start, setup.logs)


def login(keys: SshKeys) -> Login:
    """The login, from the target and ssh_config. Raises UserError."""
    from zxhil.push.ssh_config import configured
    from zxhil.push.ssh_connect import Login

    given = Login(
        keys.host, keys.port, keys.user, keys.key, keys.known_hosts, keys.accept_any_host_key
    )
    return configured(given)


def _ssh(target: Target, setup: Setup) -> Transport:
    from zxhil.push.ssh import Ssh, SshTarget

    keys = target.ssh
    by_serial = keys.trace_from == "serial"
    by_command = keys.trace_from not in ("stdout", "serial")
    return Ssh(
        SshTarget(
            login(keys),
            setup.logs,
            keys.folder,
            keys.run,
            _port(target) if by_serial else None,
            keys.trace_from if by_command else "",
            keys.reconnect,
        )
    )


def _port(target: Target) -> Port:
    from zxhil.push.port import Port

    keys = target.serial
    label = f"labgrid place {target.labgrid}" if target.labgrid else ""
    return Port(keys.port, keys.speed, keys.flow, label)


def _power(keys: SerialKeys) -> PowerSwitch | None:
    from zxhil.push.power import PowerSwitch

    return PowerSwitch(keys.power_cycle) if keys.power_cycle else None


def parallelism(setups: Mapping[Arch, Setup], jobs: int) -> int:
    """How many of `jobs` programs the transports can run in parallel."""
    transports = [setup.transport for setup in setups.values() if setup.transport is not None]
    return min(
        [
            jobs,
            *(
                transport.parallelism
                for transport in transports
                if transport.parallelism is not None
            ),
        ]
    )


@contextmanager
def closing(setups: Mapping[Arch, Setup]) -> Iterator[None]:
    """Close every transport after the block."""
    with ExitStack() as stack:
        for setup in setups.values():
            if setup.transport is not None:
                stack.callback(setup.transport.close)
        yield
