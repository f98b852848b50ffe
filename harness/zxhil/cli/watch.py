"""``zxhil run --watch``: run again what a saved file concerns, until Ctrl-C."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NoReturn

import click

from zxhil.cli.ending import explain
from zxhil.counts import counted
from zxhil.errors import UserError

_ZXHIL = (sys.executable, "-c", "from zxhil.cli import main; main()")
#: Options for one run only.
_ONCE = ("resume", "replay", "gdb", "log_dir", "show_command")


def watch(options: Mapping[str, Any], words: Sequence[str]) -> NoReturn:
    """Run the command `words`, and parts of it at each change. Ends by KeyboardInterrupt.

    Each run is a process: a changed rule is not in this one. Raises UserError for options that
    make no sense repeatedly.
    """
    from zxhil.run.changes import Inputs, wait_for_change

    for name in _ONCE:
        if options[name]:
            option = f"--{name.replace('_', '-')}"
            raise UserError("--watch", f"can't be combined with {option}", "remove one")
    inputs = Inputs(options["tests"], options["docs"], options["image"])
    programs = inputs.programs()
    only: list[str] | None = None
    while True:
        before = inputs.state(programs)
        if only is None or only:
            _run([*_without_watch(words), *(f"--only={name}" for name in only or ())])
        click.echo(f"zxhil: watching {counted(len(before), 'file')}; Ctrl-C ends", err=True)
        while True:
            changed = wait_for_change(partial(inputs.state, programs), before)
            try:
                programs = inputs.programs()
                break
            except UserError as error:
                explain(error)
                before = inputs.state(programs)
        only = inputs.concerned(changed, programs)
        names = ", ".join(sorted(path.name for path in changed)[:3])
        more = " and more" if len(changed) > 3 else ""
        what = "everything" if only is None else ", ".join(only) or "no program"
        click.echo(f"zxhil: {names}{more} changed: {what}", err=True)


def _without_watch(words: Sequence[str]) -> Iterator[str]:
    return (word for word in words if word != "--watch")


def _run(words: Sequence[str]) -> None:
    """Run it to its end; its verdicts and errors are on its own output."""
    with subprocess.Popen([*_ZXHIL, *words]) as child:
        try:
            child.wait()
        except KeyboardInterrupt:
            # A terminal's Ctrl-C reached it as well; a SIGTERM did not.
            child.terminate()
            child.wait()
            raise
