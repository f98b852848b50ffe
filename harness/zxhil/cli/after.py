"""What happens after a run besides its reports: the history, the job summary, the notification."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zxhil import named_file
from zxhil.cli.base import PATH
from zxhil.errors import MachineError, UserError
from zxhil.machine.group import ask
from zxhil.plain import plain, without_ci_commands

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zxhil.history.add import FindOrigin
    from zxhil.report.saved import Saved

#: Seconds that the notified program has.
NOTIFY_SECONDS = 60.0
_WITH_STDIN = 'exec <"$0" && exec /bin/sh -c "$1"'
_SUMMARY = "GITHUB_STEP_SUMMARY"

after_options = (
    click.option(
        "--history", "history_file", type=PATH, help="Add the run to this history (SQLite file)."
    ),
    click.option(
        "--notify", metavar="CMD", help="Shell command that gets the result as JSON on its stdin."
    ),
)


def must_be_history(path: Path) -> None:
    """Check before the run that it can be added. Raises UserError."""
    from zxhil.history.store import open_history

    named_file.must_be_writable(path)
    if os.path.lexists(path) and not (path.is_file() and not path.stat().st_size):
        with open_history(path):
            pass


def add_to_history(path: Path, saved: Saved, source: Path, find: FindOrigin) -> None:
    """Add a run to a history, and say so on standard error."""
    from zxhil.history.add import add_run
    from zxhil.history.store import open_history

    try:
        with open_history(path, create=True) as history:
            added = add_run(history, saved, source, find)
    except UserError as error:
        # There are verdicts: the input was good, and what became of the file is the host's fault.
        raise MachineError(f"--history {error.place}: {error.problem}") from error
    click.echo(f"history: {path}: run {added.id}, {added.how}", err=True)


def find_origins(repo: Path | None, digests: Mapping[str, str]) -> FindOrigin:
    """How a run finds the origin of its kernels."""
    from zxhil.cli.history import origins

    find = origins(repo, None, None)
    return lambda version: replace(find(version), digests=digests)


def append_summary(markdown: str) -> None:
    """Append to the summary of a job of GitHub Actions, where there is one.

    Raises MachineError if it can't be written.
    """
    place = os.environ.get(_SUMMARY)
    if not place:
        return
    try:
        with Path(place).open("a", encoding="utf-8") as file:
            file.write(f"{markdown}\n")
    except OSError as error:
        raise MachineError(f"{_SUMMARY} {place}: can't be written: {error.strerror}") from error


def notify(command: str, notice: dict[str, Any]) -> None:
    """Run the user's command with the result as JSON on its standard input.

    A command that fails, or does not end within `NOTIFY_SECONDS`, is reported on standard error.
    """
    sys.stdout.flush()
    try:
        # A file, because a program that reads nothing would block a pipe.
        with tempfile.NamedTemporaryFile() as file:
            file.write(json.dumps(notice).encode())
            file.flush()
            answer = ask(["/bin/sh", "-c", _WITH_STDIN, file.name, command], NOTIFY_SECONDS)
    except OSError as error:
        _complain(f"can't be started: {error.strerror}")
        return
    if answer is None:
        _complain(f"did not end within {NOTIFY_SECONDS:g} s and was killed")
    elif answer.code:
        said = plain(answer.err.strip() or answer.out.strip())[-500:]
        how = f"killed by signal {-answer.code}" if answer.code < 0 else f"exit code {answer.code}"
        _complain(f"{how}{f': {said}' if said else ''}")


def _complain(problem: str) -> None:
    click.echo(without_ci_commands(f"zxhil: --notify: the command failed: {problem}"), err=True)
