"""The command ``zxhil``: thin; each subcommand is a module of its own, imported when it is used."""

from __future__ import annotations

import errno
import importlib
import os
import sys

import click

from zxhil import __version__
from zxhil.errors import EXIT_MACHINE, ZxhilError

_COMMANDS = {
    "run": "Run the guest tests on a kernel and judge every call.",
    "check": "Judge a saved serial log or log folder again, without QEMU.",
    "compare": "Tell what changed from one run to another.",
    "known": "Keep a file of known divergences.",
    "report": "Lay out saved runs as a page to send, or as Markdown.",
    "bisect": "Find the first kernel of a range that differs, unattended.",
    "clauses": "List the documented sentences, and the cases that claim each.",
    "faults": "Break the stand-in kernel in every way it knows; each must be caught.",
    "image": "Look into Zircon images, and pack them.",
    "docs": "Read system call pages: lint, diff, show, coverage.",
    "target": "List the targets of zxhil.toml, or show one.",
    "doctor": "Look for what is missing on this host or a target, and say how to mend it.",
    "console": "Boot an image and give its console to a person.",
    "shell": "Make calls on a running kernel from a Python prompt, each judged at once.",
    "completion": "Print a completion script for bash, zsh, or fish.",
}


class _Lazy(click.Group):
    """A group that imports a subcommand's module only when the subcommand is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"{__name__}.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(
    cls=_Lazy,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 all conforms; 1 the kernel diverges from the pages; 2 wrong input; "
    "3 the machine or the kernel failed (goes before 1); 130 or 143 interrupted.",
)
@click.version_option(__version__, prog_name="zxhil")
def cli() -> None:
    """Judge the Zircon kernel, call by call, against its documented errors."""


def main() -> None:
    """Run the command line; errors of the two families become a message and their exit code."""
    try:
        cli.main(prog_name="zxhil", standalone_mode=False)
    except ZxhilError as error:
        click.echo(f"zxhil: {error}", err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt) as error:
        click.echo("zxhil: interrupted", err=True)
        sys.exit(_code_of(error))
    except BrokenPipeError:
        # Whoever read the output has gone, as `zxhil … | head` does.
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        click.echo(f"zxhil: {error.filename or 'standard output'}: the disk is full", err=True)
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123
        sys.exit(EXIT_MACHINE)


def _code_of(interrupt: BaseException) -> int:
    """As a shell tells of a process that SIGINT or SIGTERM ended."""
    from zxhil.run.signals import Terminated

    # click makes an Abort of it, and keeps it as the cause.
    return 143 if isinstance(interrupt.__cause__, Terminated) else 130
