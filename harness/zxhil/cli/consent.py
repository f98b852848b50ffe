"""Consent to commands and paths in the file of a resumed run or bisection.

Such files are exchanged between people. The commands in one are shown, and run only if the user
agrees at the terminal or by ``--yes``.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zxhil.errors import UserError
from zxhil.plain import plain

if TYPE_CHECKING:
    from zxhil.bisect.record import Settings
    from zxhil.target.model import Target

yes_option = click.option(
    "--yes", is_flag=True, help="Run the commands stored in the run or session without asking."
)

_WRITTEN = tuple(
    f"{name}_file"
    for name in ("json", "junit", "ktap", "html", "markdown", "sarif", "kcidb", "history")
)


def must_agree(source: Path, wanted: Mapping[str, str], yes: bool) -> None:
    """Show what `source` would run; continue if that is nothing, or the user agrees.

    `wanted` has it by the name of its option. Raises UserError if the user does not agree.
    """
    if not wanted:
        return
    click.echo(f"zxhil: {source} wants to run:", err=True)
    for name, what in wanted.items():
        click.echo(f"  {name}: {plain(what)}", err=True)
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UserError(
            str(source),
            "contains commands, and there is no terminal to confirm them",
            "review them above, then add --yes",
        )
    if not click.confirm("Proceed?", default=False, err=True):
        raise UserError(
            str(source), "contains commands that you declined", "start over with your own"
        )


def of_session(settings: Settings) -> dict[str, str]:
    """The commands of a bisection's session."""
    commands = {"--build": settings.build, "--when-command": settings.when_command}
    return {name: command for name, command in commands.items() if command}


def of_run(folder: Path, stored: Target, now: Target, options: Mapping[str, Any]) -> dict[str, str]:
    """What a run's journal would do that the command line does not repeat.

    Commands, and reports outside of the current folder and the log folder.
    """
    wanted = {
        "power_cycle": (stored.serial.power_cycle, now.serial.power_cycle),
        "ssh run": (stored.ssh.run, now.ssh.run),
    }
    default = type(stored.ssh)().run
    found = {
        name: before
        for name, (before, after) in wanted.items()
        if before and before != default and before == after
    }
    if options.get("qemu_args"):
        found["--qemu-arg"] = shlex.join(options["qemu_args"])
    if options.get("notify"):
        found["--notify"] = str(options["notify"])
    if stored.labgrid and stored.labgrid == now.labgrid:
        found["--labgrid"] = stored.labgrid
    if options.get("cluster"):
        # The workers of a cluster decide what is reported.
        found["--cluster"] = str(options["cluster"])
    homes = (Path.cwd(), folder.resolve())
    for name in _WRITTEN:
        path = options.get(name)
        if path is not None and not any(Path(path).resolve().is_relative_to(h) for h in homes):
            found[f"writes --{name.removesuffix('_file')}"] = str(path)
    return found
