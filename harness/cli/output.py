"""What the commands share when they show or write something."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.errors import UserError

if TYPE_CHECKING:
    from harness.report.terminal import Style

_STYLES: dict[str, dict[str, Any]] = {
    "title": {"bold": True},
    "good": {"fg": "green"},
    "bad": {"fg": "red", "bold": True},
    "known": {"fg": "yellow"},
    "dim": {"dim": True},
}


def use_color(choice: str) -> bool:
    """Decide on colour: "always", "never", or "auto" (a terminal, and NO_COLOR is not set)."""
    if choice != "auto":
        return choice == "always"
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def report_style(choice: str) -> Style:
    """Return the style function for reports."""
    from harness.report.terminal import plain

    return _styled if use_color(choice) else plain


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
