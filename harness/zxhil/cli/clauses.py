"""``zxhil clauses``: every documented sentence, and the cases that claim it."""

from __future__ import annotations

import json
from typing import Any

import click

from zxhil.abi.arch import Arch
from zxhil.cli import completion
from zxhil.cli.base import Command
from zxhil.cli.grids import format_option, print_grid
from zxhil.names import no_such


@click.command("clauses", cls=Command)
@click.argument("page", required=False, shell_complete=completion.pages)
@format_option
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
def command(page: str | None, form: str, as_json: bool) -> None:
    """List the clauses of PAGE (channel_write, zx_channel_write), or of all pages."""
    from zxhil.model.pages import MODELLED, load

    names = [page.removeprefix("zx_")] if page else sorted(MODELLED)
    if names[0] not in MODELLED:
        raise no_such("PAGE", "modelled page", names[0], sorted(MODELLED))
    cases_of = claimed()
    pages = sorted(map(load, names), key=lambda each: (not each.core, each.name))
    if as_json or form == "json":
        click.echo(json.dumps([_json(p, cases_of) for p in pages], indent=1))
        return
    if form != "text":
        from zxhil.report.grids import clauses_grid

        print_grid(clauses_grid(pages, cases_of), form)
        return
    for each in pages:
        click.echo(f"zx_{each.name}  ({each.source})")
        for clause in each.clauses:
            cases = cases_of.get(clause.id, [])
            click.echo(f"  {clause.id.partition('/')[2]:<28} {clause.label}")
            click.echo(f"      {clause.sentence}{_note(clause)}")
            click.echo(f"      {_cases_text(clause, cases)}")


def _note(clause: Any) -> str:
    return (
        " (the page contradicts itself: either reading is allowed)" if clause.contradicted else ""
    )


def _cases_text(clause: Any, cases: list[str]) -> str:
    from zxhil.model.unclaimed import why_unclaimed

    if cases:
        return f"claimed by {', '.join(cases)}"
    why = why_unclaimed(clause)
    return f"claimed by no case: {why}" if why else "claimed by no case"


def _json(page: Any, claimed: dict[str, list[str]]) -> dict[str, Any]:
    return {
        "page": page.name,
        "source": page.source,
        "clauses": [
            {
                "id": clause.id,
                "kind": clause.kind.value,
                "statuses": [status.name for status in clause.statuses],
                "sentence": clause.sentence,
                "contradicted": clause.contradicted,
                "cases": claimed.get(clause.id, []),
            }
            for clause in page.clauses
        ],
    }


def claimed() -> dict[str, list[str]]:
    """The cases that claim each clause: ``program/case`` by clause id."""
    from zxhil.run.plan import plan

    claimed: dict[str, list[str]] = {}
    for task in plan([Arch.X64]):
        for info in task.chosen:
            for claim in info.claims:
                claimed.setdefault(claim, []).append(info.id)
    return claimed
