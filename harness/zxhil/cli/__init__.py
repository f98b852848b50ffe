"""The command ``zxhil``: each subcommand is a separate module, imported on use."""

from __future__ import annotations

import gc
import importlib
import sys

import click

from zxhil import __version__
from zxhil.cli.base import Group
from zxhil.errors import EXIT_MACHINE, EXIT_STOP_BISECT, EXIT_USER

#: New objects between two garbage collections; Python's default is 700. A case makes some hundred
#: objects that all live until it ends: collecting that often takes a tenth of a run.
_NEW_OBJECTS = 10_000

_COMMANDS = {
    "run": "Run the guest tests on a kernel and judge every call.",
    "check": "Judge a saved serial log or log folder again, without QEMU.",
    "compare": "Compare two runs and report what changed.",
    "known": "Maintain a file of known divergences.",
    "report": "Render saved runs as one HTML page or as Markdown.",
    "history": "Keep runs in one file, and ask since when and on which kernels.",
    "bisect": "Find the first kernel in a range that differs, unattended.",
    "sweep": "Run the suite on many kernels, into a history, and find what changed.",
    "cases": "List the guest cases, or print the C of each.",
    "clauses": "List the documented clauses and the cases that claim each.",
    "explore": "Make sequences of calls, run them, and judge every call.",
    "faults": "Run the stand-in kernel's faults; each must be detected.",
    "image": "Inspect and pack Zircon images.",
    "docs": "Read system call pages: lint, diff, show, coverage.",
    "target": "List the targets of zxhil.toml, or show one.",
    "doctor": "Check this host or a target for what a run needs, and say how to fix it.",
    "console": "Boot an image with an interactive serial console.",
    "shell": "Make system calls on a running kernel from a Python prompt; each is judged "
    "immediately.",
    "completion": "Print a completion script for bash, zsh, or fish.",
}


class _Lazy(Group):
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
    epilog="Exit codes: 0 all conforms; 1 the kernel diverges from the pages; 2 bad input; "
    "3 the machine or the kernel failed (takes precedence over 1); 130 or 143 interrupted.",
)
@click.version_option(__version__, prog_name="zxhil")
def cli() -> None:
    """Judge the Zircon kernel, call by call, against its documented errors."""


def main() -> None:
    """Run the command line; whatever happens becomes a message and an exit code.

    0, 1: a command's own answer. 2: the user's input. 3: the host, the machine or the kernel
    failed, zxhil itself did, or standard output could not be written. 130, 143: interrupted.
    """
    from zxhil.cli.ending import quiet_threads, run

    gc.set_threshold(_NEW_OBJECTS)
    with quiet_threads():
        code = run(lambda: cli.main(prog_name="zxhil", standalone_mode=False))
    if sys.argv[1:3] == ["bisect", "step"] and code in (EXIT_USER, EXIT_MACHINE):
        # `git bisect run` takes both for "bad".
        code = EXIT_STOP_BISECT
    sys.exit(code)
