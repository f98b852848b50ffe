"""The options of ``zxhil run`` that look into the machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from zxhil.cli.base import PATH
from zxhil.counts import counted
from zxhil.errors import UserError

if TYPE_CHECKING:
    from zxhil.abi.arch import Arch
    from zxhil.cli.asked import Asked, Options
    from zxhil.debug.rr import ReplayDebugger
    from zxhil.reach.measure import Measurement
    from zxhil.run.record import RunReport
    from zxhil.run.setup import Setup

_Function = TypeVar("_Function", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--watch", is_flag=True, help="Run again what each saved file concerns, until Ctrl-C."
    ),
    click.option("--only", multiple=True, hidden=True, help="For --watch: programs to run."),
    click.option("--gdb", is_flag=True, help="Stop before the case's first call and wait for gdb."),
    click.option(
        "--record", is_flag=True, help="Record each boot into the log folder, to replay it."
    ),
    click.option(
        "--replay", type=PATH, metavar="DIR", help="Replay the boots of the recorded run in DIR."
    ),
    click.option(
        "--kernel-coverage",
        type=PATH,
        metavar="DIR",
        help="Write which functions and lines of the kernel the cases reached.",
    ),
    click.option(
        "--kernel-files",
        multiple=True,
        metavar="GLOB",
        help="Source files to show in --kernel-coverage; default: kernel/object, kernel/syscalls.",
    ),
)


def debug_options(function: _Function) -> _Function:
    """Add the options to a command."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@contextmanager
def instrumented(
    options: Options, asked: Asked, setups: dict[Arch, Setup]
) -> Iterator[tuple[dict[Arch, Setup], Callable[[RunReport], None]]]:
    """The setups, with what these options ask for, and what is to be done with the report.

    Raises UserError if that can't be.
    """
    if options.gdb and options.replay is None:
        setups = _with_gdb(options, asked, setups)
    if options.record or options.replay is not None:
        setups = _with_recordings(options, asked, setups)
    if options.kernel_files and options.kernel_coverage is None:
        raise UserError("--kernel-files", "has no effect alone", "give --kernel-coverage DIR")
    if options.kernel_coverage is None:
        yield setups, lambda report: _compare_replay(options, asked, report)
        return
    from zxhil.machine.scratch import scratch_folder

    with scratch_folder() as data:
        measurement = _measurement(options, asked, setups, data)
        options.boots = "each"
        measured = {
            arch: replace(setup, per_boot=measurement.options) for arch, setup in setups.items()
        }
        yield measured, lambda report: _write_coverage(options, asked, measurement, report)


def _measurement(
    options: Options, asked: Asked, setups: dict[Arch, Setup], data: Path
) -> Measurement:
    _must_boot_qemu("--kernel-coverage", asked)
    for refused, why in (
        (options.gdb, "--gdb"),
        (options.record, "--record"),
        (options.replay, "--replay"),
        *_not_with_each_boot(options, setups),
    ):
        if refused:
            raise UserError("--kernel-coverage", f"can't be combined with {why}", "remove one")
    from zxhil.debug.kernel import kernel_file
    from zxhil.reach.measure import FILES, MeasuredKernel, Measurement, result_folder
    from zxhil.reach.plugin import build_plugin
    from zxhil.symbols.code import read_code

    assert options.kernel_coverage is not None
    result_folder(options.kernel_coverage)
    files = options.kernel_files or FILES
    kernels: dict[str, MeasuredKernel] = {}
    for arch, setup in setups.items():
        assert setup.image is not None
        found = kernel_file(setup.image.kernel, setup.symbols)
        if found is None:
            raise UserError(
                "--kernel-coverage",
                f"no zircon.elf with the symbols of the {arch} kernel",
                "give it by --symbols",
            )
        kernels[arch.value] = MeasuredKernel(found, read_code(found, files))
    return Measurement(build_plugin(), data, kernels, options.repo)


def _write_coverage(
    options: Options, asked: Asked, measurement: Measurement, report: RunReport
) -> None:
    assert options.kernel_coverage is not None
    for line in measurement.write(report, asked.logs, options.kernel_coverage):
        click.echo(f"kernel coverage: {line}", err=True)
    click.echo(f"kernel coverage: {options.kernel_coverage / 'index.html'}", err=True)


def _with_gdb(options: Options, asked: Asked, setups: dict[Arch, Setup]) -> dict[Arch, Setup]:
    _must_boot_qemu("--gdb", asked)
    if options.repeat > 1:
        raise UserError("--gdb", "runs a case once", "remove --repeat")
    count = sum(len(task.selected) for task in asked.tasks)
    if count != 1:
        raise UserError(
            "--gdb",
            f"stops in one case, not in {counted(count, 'case')}",
            "name it: --arch ARCH --tests PROGRAM --case CASE",
        )
    from zxhil.debug.transport import Debugged

    (task,) = asked.tasks
    arch, program = task.program.arch, task.program
    (case,) = task.selected
    name = f"{program.name}/{program.cases[case].name}"

    def announce(text: str) -> None:
        click.echo(
            f"zxhil: {arch}: {name} waits before its first call. Attach with:\n\n  {text}\n\n"
            "The case goes on when gdb continues, detaches, or quits. `kill` in gdb or Ctrl-C here "
            "ends the run.",
            err=True,
        )

    setup = setups[arch]
    way = Debugged(setup.booting, program, case, announce, setup.symbols, options.repo)
    return {**setups, arch: replace(setup, transport=way)}


def _not_with_each_boot(options: Options, setups: dict[Arch, Setup]) -> list[tuple[Any, str]]:
    """Conditions that rule out options for emulated machines that boot for each program."""
    return [
        (options.boots == "once", "--boots once"),
        (options.resume, "--resume"),
        (any(setup.accel == "kvm" for setup in setups.values()), "--accel kvm"),
    ]


def _with_recordings(
    options: Options, asked: Asked, setups: dict[Arch, Setup]
) -> dict[Arch, Setup]:
    name = "--record" if options.record else "--replay"
    _must_boot_qemu(name, asked)
    for refused, why in (
        (options.record and options.replay, "--replay"),
        (options.gdb and options.record, "--gdb"),
        (options.repeat > 1, "--repeat"),
        (any(setup.smp > 1 for setup in setups.values()), "more than one processor"),
        *_not_with_each_boot(options, setups),
    ):
        if refused:
            raise UserError(name, f"can't be combined with {why}", "remove one")
    from zxhil.debug.rr import Recordings, must_be_recorded
    from zxhil.run.replay import gather
    from zxhil.run.resume import identity, must_be_equal

    # With one machine, no program is divided, and the order of boots is always the same.
    if options.replay is not None:
        must_be_recorded(options.replay)
    options.boots, options.jobs = "each", 1
    nonces: dict[str, int] = {}
    selected: dict[str, tuple[int, ...]] = {}
    folder = options.replay or asked.logs
    made = {
        arch: replace(
            setup,
            transport=Recordings(
                setup.booting, folder, nonces, selected, _replay_debugger(options, setup)
            ),
        )
        for arch, setup in setups.items()
    }
    if options.replay is not None:
        before = gather(options.replay, asked.documented, None)
        now = identity(made, asked.tasks, options.repeat, asked.documented)
        must_be_equal(options.replay, before.run["identity"], now, "--replay")
        for boot in before.got.boots.values():
            boot_name = boot.serial.removesuffix(".serial")
            nonces[boot_name], selected[boot_name] = int(boot.nonce, 16), boot.selected
        if options.gdb and len(nonces) != 1:
            raise UserError(
                "--gdb",
                f"looks at one boot, and {options.replay} has {len(nonces)}",
                "record one program on one architecture",
            )
    return made


def _replay_debugger(options: Options, setup: Setup) -> ReplayDebugger | None:
    if not options.gdb:
        return None
    from zxhil.debug.rr import ReplayDebugger

    def announce(text: str) -> None:
        click.echo(
            f"zxhil: the replay waits before its first instruction. Attach with:\n\n  {text}\n\n"
            "Use hbreak for the first breakpoint. `kill` in gdb or Ctrl-C here ends the run.",
            err=True,
        )

    return ReplayDebugger(announce, setup.symbols, options.repo)


def _compare_replay(options: Options, asked: Asked, report: RunReport) -> None:
    if options.replay is None or options.gdb:
        # A debugger may have gone back, and the serial port sent everything again.
        return
    from zxhil.debug.rr import must_be_same
    from zxhil.run.ending import FINISHED
    from zxhil.run.journal import read

    boots = [content for kind, content in read(options.replay) if kind == "boot"]
    ends = {boot["serial"]: boot["end"] for boot in boots}
    for boot in report.boots:
        whole = FINISHED in (boot.end, ends.get(boot.serial))
        must_be_same(options.replay, asked.logs, boot.serial, whole)
    count = counted(len(report.boots), "serial log")
    click.echo(f"replay: {count}, byte for byte as recorded in {options.replay}", err=True)


def _must_boot_qemu(option: str, asked: Asked) -> None:
    kind = asked.target.transport_kind
    if kind != "bootfs":
        raise UserError(
            option, f"needs a program that QEMU boots, not the transport {kind}", "remove it"
        )
