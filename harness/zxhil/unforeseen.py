"""Save unexpected exceptions, which neither the user nor the host caused, for a bug report.

Such an exception is a bug in zxhil and must never look like a verdict: the exit code is 3, and
one file has all that is needed to find the bug.
"""

from __future__ import annotations

import os
import platform
import shlex
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from pathlib import Path

from zxhil import __version__

DEBUG = "ZXHIL_DEBUG"
"""The environment variable that shows tracebacks on standard error."""


def debugging() -> bool:
    """Are tracebacks enabled?"""
    return bool(os.environ.get(DEBUG))


def text_of(error: BaseException) -> str:
    """Version, system, command and traceback."""
    trace = "".join(traceback.format_exception(error))
    return (
        f"zxhil {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
        f"command: {shlex.join(sys.argv)}\nfolder: {_folder()}\n\n{trace}"
    )


def summary(error: BaseException) -> str:
    """The error on one line."""
    return " ".join(f"internal error: {type(error).__name__}: {error}".split())[:500]


def record(error: BaseException, folder: Path | None = None) -> str:
    """Save the error in a file; return a summary and what to attach to a report.

    The file goes to `folder` (a run's logs), else to the user's state folder, else to the folder
    for temporary files. Raises nothing: if no file can be written, the text says so.
    """
    name = f"zxhil-error-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt"
    text = text_of(error)
    for place in _places(folder):
        path = place / name
        with suppress(Exception):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", errors="backslashreplace")
            return (
                f"{summary(error)}\n  this is a bug in zxhil, not in the kernel under test; "
                f"please report it and attach {path}"
            )
    return (
        f"{summary(error)}\n  this is a bug in zxhil, not in the kernel under test; "
        f"please report it with what {DEBUG}=1 shows"
    )


def _places(folder: Path | None) -> list[Path]:
    places = [] if folder is None else [folder]
    with suppress(Exception):
        from platformdirs import user_state_path

        places.append(user_state_path("zxhil"))
    with suppress(Exception):
        places.append(Path(tempfile.gettempdir()))
    return places


def _folder() -> str:
    try:
        return str(Path.cwd())
    except OSError as error:
        return f"({error.strerror})"
