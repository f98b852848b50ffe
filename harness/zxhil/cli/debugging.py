"""The options of ``zxhil run`` that look into the machine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from zxhil.counts import counted
from zxhil.errors import UserError

if TYPE_CHECKING:
    from zxhil.abi.arch import Arch
    from zxhil.cli.asked import Asked, Options
    from zxhil.run.setup import Setup

_Function = TypeVar("_Function", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--gdb", is_flag=True, help="Stop before the case's first call and wait for gdb."),
)


def debug_options(function: _Function) -> _Function:
    """Add the options to a command."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def instrumented(options: Options, asked: Asked, setups: dict[Arch, Setup]) -> dict[Arch, Setup]:
    """The setups, with what these options ask for. Raises UserError if that can't be."""
    return _with_gdb(options, asked, setups) if options.gdb else setups


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


def _must_boot_qemu(option: str, asked: Asked) -> None:
    kind = asked.target.transport_kind
    if kind != "bootfs":
        raise UserError(
            option, f"needs a program that QEMU boots, not the transport {kind}", "remove it"
        )
