"""The option ``--format`` of commands that print a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from zxhil.cli.base import report_style, use_color
from zxhil.plain import without_ci_commands

if TYPE_CHECKING:
    from zxhil.report.grid import Grid

format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "csv", "markdown", "json"]),
    default="text",
    help="Format of the table; default: text.",
)


def print_grid(grid: Grid, form: str, color: str = "auto") -> None:
    """Print a table on standard output."""
    from zxhil.report.grid import GridFormat, rendered

    text = rendered(grid, GridFormat(form), report_style(color))
    if form == GridFormat.TEXT:
        text = without_ci_commands(text)
    click.echo(text, nl=False, color=use_color(color))
