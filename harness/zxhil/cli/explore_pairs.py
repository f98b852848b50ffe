"""``zxhil explore pairs``: what an exploration reaches, beside the cases of a run."""

from __future__ import annotations

from pathlib import Path

import click

from zxhil.cli.base import PATH, Command


@click.command("pairs", cls=Command)
@click.argument("found", type=PATH)
@click.argument("logs", type=PATH)
@click.option("--list", "every", is_flag=True, help="List what only one of them reaches.")
def pairs(found: Path, logs: Path, *, every: bool) -> None:
    """Compare the clauses, and pairs of them, that an exploration and a run reach.

    FOUND is what `zxhil explore --json` wrote, LOGS the log folder of a run on the same kernel.
    """
    from zxhil.explore.pairs import compared_text, of_exploration, of_logs

    for line in compared_text(of_exploration(found), of_logs(logs), every=every):
        click.echo(line)
