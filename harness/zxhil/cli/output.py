"""What the commands share when they show or write something."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from zxhil.errors import UserError

if TYPE_CHECKING:
    from zxhil.report.terminal import Style

_STYLES: dict[str, dict[str, Any]] = {
    "title": {"bold": True},
    "good": {"fg": "green"},
    "bad": {"fg": "red", "bold": True},
    "known": {"fg": "yellow"},
    "dim": {"dim": True},
}


def use_color(choice: str, stream: TextIO | None = None) -> bool:
    """Decide on colour: "always", "never", or "auto" (a terminal, and NO_COLOR is not set).

    The stream that is meant is standard output if none is given.
    """
    if choice != "auto":
        return choice == "always"
    return (stream or sys.stdout).isatty() and not os.environ.get("NO_COLOR")


def report_style(choice: str, stream: TextIO | None = None) -> Style:
    """Return the style function for reports on a stream, standard output if none is given."""
    from zxhil.report.terminal import plain

    return _styled if use_color(choice, stream) else plain


def _styled(text: str, what: str) -> str:
    return click.style(text, **_STYLES.get(what, {}))


def write_whole(path: Path, content: bytes, option: str) -> None:
    """Write a file so that it is either whole or not there.

    Raises UserError, naming the option, if it can't be written.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UserError(
            f"{option} {path}", f"can't be written: {error.strerror}", "give another path"
        ) from error
