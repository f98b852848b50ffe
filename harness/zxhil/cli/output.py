"""What the commands share when they show or write something."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, TextIO

import click

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
