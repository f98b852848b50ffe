"""``zxhil cases``: the cases that there are, and the C of each."""

from __future__ import annotations

import json

import click

from zxhil.abi.arch import Arch
from zxhil.cli import completion
from zxhil.cli.base import Command


@click.command("cases", cls=Command)
@click.argument("pattern", default="*", shell_complete=completion.cases)
@click.option("--show", is_flag=True, help="Print the C of each case.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def command(pattern: str, show: bool, as_json: bool) -> None:
    """List the cases that match PATTERN (handle_closed, 'baseline_vmo_create/*'), or all."""
    from zxhil.guest.shown import case_source
    from zxhil.oracle.cases import source_place
    from zxhil.run.plan import plan

    found = []
    for task in plan([Arch.X64], case=pattern):
        for case in (case for case in task.program.cases if case.index in task.selected):
            info = task.infos[case.name]
            place = ":".join(source_place(info))
            found.append((info, place, case_source(task.program, case) if show else ""))
    if as_json:
        listed = [
            {"case": info.id, "claims": info.claims, "source": place, **({"c": c} if show else {})}
            for info, place, c in found
        ]
        click.echo(json.dumps(listed, indent=1))
        return
    for info, place, c in found:
        click.echo(f"/* {info.id}, {place} */\n{c}\n" if show else f"{info.id}  {place}")
