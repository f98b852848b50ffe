"""``zxhil known``: the file of known divergences."""

from __future__ import annotations

from pathlib import Path

import click

from zxhil import named_file
from zxhil.cli.base import OUTPUT, PATH, Group
from zxhil.counts import counted


@click.group("known", cls=Group)
def command() -> None:
    """Maintain a file of known divergences (docs/known-divergences.md)."""


@command.command("update")
@click.argument("file", type=OUTPUT)
@click.argument("run", type=PATH)
def update(file: Path, run: Path) -> None:
    """Update FILE from RUN, a JSON report or log folder of a run.

    Comments and reasons are kept. A new entry has the reason "not explained yet"; replace it.
    """
    from zxhil.known.file import load_as_it_is
    from zxhil.known.update import as_before, update
    from zxhil.report.saved import load_run

    saved = load_run(run)
    before = file.read_bytes() if file.is_file() else b""
    old = load_as_it_is(file) if file.is_file() else None
    cases = _cases() | {case.id for case in saved.report.cases}
    updated = update(old, file, saved.report, saved.whole, cases)
    if old is None or updated.text != old.text:
        named_file.write(file, as_before(before, updated.text), "FILE")
    for text in updated.deleted:
        click.echo(f"deleted: {text}")
    for finding in updated.added:
        what = finding.clause or finding.page
        click.echo(
            f"added: {finding.kind}: {what} on {', '.join(finding.arches)}, "
            f"{counted(len(finding.cases), 'case')}"
        )
    if not (updated.deleted or updated.added):
        click.echo("nothing to change")


def _cases() -> set[str]:
    """Every case of the guest tests; empty if they can't be built."""
    from zxhil.abi.arch import Arch
    from zxhil.errors import UserError
    from zxhil.run.plan import plan

    try:
        return {case.id for task in plan([Arch.X64]) for case in task.chosen}
    except UserError:
        return set()
