"""``zxhil compare``: what changed from one run to another."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from zxhil.cli.base import PATH, Command, color_option, report_style, use_color
from zxhil.cli.grids import format_option, print_grid
from zxhil.plain import without_ci_commands


@click.command(
    "compare",
    cls=Command,
    epilog="Exit codes: 0 no change; 1 a change; 2 a file is not a run report.",
)
@click.argument("old", type=PATH)
@click.argument("new", type=PATH)
@format_option
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("-v", "--verbose", is_flag=True, help="Show every clause and every case.")
@color_option
def command(old: Path, new: Path, form: str, as_json: bool, verbose: bool, color: str) -> None:
    """Compare the runs OLD and NEW (JSON reports or log folders).

    A change is a different verdict, a different end of a case, or a different status where a
    page allows several.
    """
    from zxhil.report.compare import compare
    from zxhil.report.compare_text import comparison_json, comparison_text
    from zxhil.report.saved import load_run

    found = compare(load_run(old).report, load_run(new).report)
    if as_json or form == "json":
        click.echo(json.dumps(comparison_json(found), indent=1))
    elif form != "text":
        from zxhil.report.grids import comparison_grid

        print_grid(comparison_grid(found, verbose), form)
    else:
        text = comparison_text(found, report_style(color), verbose)
        click.echo(without_ci_commands(text), nl=False, color=use_color(color))
    sys.exit(1 if found.changed else 0)
