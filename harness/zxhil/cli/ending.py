"""Turn the exception that ends a command into its message and exit code.

The classes of `zxhil.errors` determine the code. Any other OSError is the host's (3), or the
user's (2) if it is about a path on the command line. All else is unexpected: 3, with a file to
send. 1 is never an accident: it means that the kernel diverges.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from zxhil import unforeseen
from zxhil.cli.streams import guarded
from zxhil.errors import EXIT_CONFORMS, EXIT_MACHINE, UserError, ZxhilError, host_fault
from zxhil.plain import plain, without_ci_commands
from zxhil.run.late import Terminated, sigterm_interrupts

INTERRUPTED, TERMINATED = 130, 143
"""Exit codes, as a shell gives them for a process that SIGINT or SIGTERM ended."""


def run(command: Callable[[], object]) -> int:
    """Run a command; return the exit code of the process. Raises nothing."""
    with guarded() as streams:
        code = _code(command)
        sys.stdout.flush()
        fault = streams.fault if streams is not None else ""
        if fault:
            click.echo(f"zxhil: {fault}", err=True)
            # An interrupt or a user error keeps its code.
            code = EXIT_MACHINE if code in (0, 1) else code
    return code


def _code(command: Callable[[], object]) -> int:
    try:
        with sigterm_interrupts():
            answer = command()
    except SystemExit as leaving:
        return _number(leaving.code)
    except BaseException as error:
        return explain(error)
    return answer if isinstance(answer, int) else EXIT_CONFORMS


def _number(code: object) -> int:
    """The argument of `sys.exit`: a text is a message of a command that failed."""
    if code is None or isinstance(code, int):
        return int(code or 0)
    click.echo(f"zxhil: {code}", err=True)
    return EXIT_MACHINE


def explain(error: BaseException) -> int:
    """Print an exception's message for a person; return the exit code. Raises nothing."""
    if unforeseen.debugging():
        traceback.print_exception(error)
    match error:
        case ZxhilError():
            _say(str(error))
            return error.exit_code
        case click.ClickException():
            error.show()
            return error.exit_code
        case click.Abort() | KeyboardInterrupt():
            click.echo("zxhil: interrupted", err=True)
            return code_of_interrupt(error)
    known: ZxhilError | None = _about_users_path(error) or host_fault(error)
    if known is not None:
        _say(str(known))
        return known.exit_code
    _say(unforeseen.record(error))
    return EXIT_MACHINE


def _say(text: str) -> None:
    # It may quote a file, its name, or a program's output.
    click.echo(f"zxhil: {without_ci_commands(plain(text))}", err=True)


def code_of_interrupt(interrupt: BaseException) -> int:
    """130, or 143 for SIGTERM. click makes an Abort of either, and keeps it as the cause."""
    either = isinstance(interrupt, Terminated) or isinstance(interrupt.__cause__, Terminated)
    return TERMINATED if either else INTERRUPTED


def _about_users_path(error: BaseException) -> UserError | None:
    """The error as a UserError, if it is about a path on the command line."""
    if not isinstance(error, OSError) or not isinstance(error.filename, str | bytes):
        return None
    name = os.fsdecode(error.filename)
    words = [text for word in sys.argv[1:] for text in (word, word.partition("=")[2]) if text]
    if not name or Path(name).absolute() not in (Path(word).absolute() for word in words):
        return None
    return UserError(name, str(error.strerror or error), "give another path")


@contextmanager
def quiet_threads() -> Iterator[None]:
    """Keep libraries' threads and logs from printing tracebacks during the block."""
    quiet = logging.NullHandler()
    hooks = threading.excepthook, sys.unraisablehook

    def died(what: threading.ExceptHookArgs) -> None:
        if what.exc_value is not None and unforeseen.debugging():
            traceback.print_exception(what.exc_value)

    logging.getLogger().addHandler(quiet)
    threading.excepthook = died
    sys.unraisablehook = lambda what: None
    try:
        yield
    finally:
        threading.excepthook, sys.unraisablehook = hooks
        logging.getLogger().removeHandler(quiet)
