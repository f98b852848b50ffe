"""``zxhil history``: keep runs in one file, and ask since when and on which kernels."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from zxhil.cli import completion
from zxhil.cli.base import PATH, Command, Group, color_option
from zxhil.cli.grids import format_option, print_grid
from zxhil.counts import counted
from zxhil.errors import UserError

if TYPE_CHECKING:
    from zxhil.history.add import FindOrigin
    from zxhil.history.origin import Origin
    from zxhil.report.saved import Saved

_Function = TypeVar("_Function", bound=Callable[..., Any])

DEFAULT = Path("zxhil-history.db")
_SHOWN = 5

_db_option = click.option(
    "--db", type=PATH, default=DEFAULT, help=f"File of the history; default: {DEFAULT}."
)


def _question(function: _Function) -> _Function:
    """Options of every question."""
    for option in (color_option, format_option, _db_option):
        function = option(function)
    return function


@click.group("history", cls=Group)
def command() -> None:
    """Keep runs in one file, and ask since when and on which kernels (docs/history.md)."""


@command.command("add", cls=Command)
@click.argument("runs", metavar="RUN...", nargs=-1, required=True, type=PATH)
@_db_option
@click.option("--repo", type=PATH, help="Git repository with the kernels' commits.")
@click.option("--commit", help="Commit of the kernel; default: what its version names.")
@click.option("--date", help="Date of the kernel, such as 2018-12-29; default: its commit's.")
@click.option(
    "--known",
    type=PATH,
    help="File of known divergences, or the name of a shipped one; default: a RUN's own marks.",
    shell_complete=completion.known_files,
)
def add(
    runs: tuple[Path, ...],
    db: Path,
    repo: Path | None,
    commit: str | None,
    date: str | None,
    known: Path | None,
) -> None:
    """Add RUNs (JSON reports or log folders) to a history; the file is created if necessary.

    A RUN that is in the history already is not added again.
    """
    from zxhil.history.add import add_run
    from zxhil.history.store import open_history

    find = origins(repo, commit, date)
    for run in runs:
        # One at a time: a report has some hundred megabytes in memory.
        saved = _load(run, known)
        with open_history(db, create=True) as history:
            added = add_run(history, saved, run, find)
        click.echo(f"{run}: run {added.id}, {added.how}")


def _load(run: Path, known: Path | None) -> Saved:
    from zxhil.report.saved import load_run

    saved = load_run(run)
    if known is None:
        return saved
    from zxhil.known.load import load
    from zxhil.known.match import apply

    return saved._replace(known=apply(load(known), saved.report, saved.whole))


def origins(repo: Path | None, commit: str | None, date: str | None) -> FindOrigin:
    """How to find the origin of a kernel. Raises UserError for a wrong date or commit."""
    from dataclasses import replace

    from zxhil.history.origin import Origin, commit_of, date_from, origin_in

    given = Origin(commit or "", date_from(date) if date else "")
    if repo is not None and commit:
        found = origin_in(repo, commit)
        if found is None:
            raise UserError(f"--commit {commit}", f"is no commit of {repo}", "give one that is")
        given = replace(found, date=given.date or found.date)
    looked_up: dict[str, Origin] = {}

    def find(version: str) -> Origin:
        name = given.commit or commit_of(version)
        if repo is None or commit or not name:
            return replace(given, commit=name)
        if name not in looked_up:
            found = origin_in(repo, name)
            if found is None:
                click.echo(f"zxhil: {repo} has no commit {name}: its date is not known", err=True)
            looked_up[name] = found or Origin(name)
        return replace(looked_up[name], date=given.date or looked_up[name].date)

    return find


@command.command("show", cls=Command)
@_question
def show(db: Path, form: str, color: str) -> None:
    """List every run of every kernel, with the number of clauses that conform and diverge."""
    from zxhil.history.questions import shown
    from zxhil.history.store import open_history

    with open_history(db) as history, history.reading():
        grid = shown(history)
    print_grid(grid, form, color)


@command.command("clause", cls=Command)
@click.argument("clause", metavar="PAGE/CLAUSE", shell_complete=completion.clauses)
@click.option("--kernels", is_flag=True, help="One row for each kernel.")
@_question
def clause(clause: str, kernels: bool, db: Path, form: str, color: str) -> None:
    """Show since when, and on which kernels, a clause conforms or diverges.

    A row is a span of neighbouring kernels with one verdict. Kernels without a date come last.
    """
    from zxhil.history.kernels import kept_kernels
    from zxhil.history.questions import clause_kernels, clause_spans, find_clause_of, story_of
    from zxhil.history.store import open_history
    from zxhil.plain import plain

    with open_history(db) as history, history.reading():
        found = find_clause_of(history, clause)
        story = story_of(history, found, kept_kernels(history))
    if form == "text":
        click.echo(plain(f"{found.path}: {found.sentence}\n"))
    print_grid(clause_kernels(story) if kernels else clause_spans(story), form, color)
    if form == "text":
        for kind, text, labels in story.findings[:_SHOWN]:
            more = f" and {counted(len(labels) - 1, 'more kernel')}" if labels[1:] else ""
            click.echo(f"\n{kind} with {labels[0]}{more}:\n  {text}")
        if story.findings[_SHOWN:]:
            click.echo(f"\n… and {len(story.findings) - _SHOWN} more (view `divergences`)")


@command.command("flaky", cls=Command)
@_question
def flaky(db: Path, form: str, color: str) -> None:
    """List cases that ended in several ways on one kernel, with the rate.

    The rate is the share of rounds that did not end in the most frequent way.
    """
    from zxhil.history.questions import flaky as ask
    from zxhil.history.store import open_history

    with open_history(db) as history, history.reading():
        grid = ask(history)
    print_grid(grid, form, color)


@command.command("diff", cls=Command, epilog="Exit codes: 0 no difference; 1 a difference.")
@click.argument("old")
@click.argument("new")
@_question
def diff(old: str, new: str, db: Path, form: str, color: str) -> None:
    """Show what differs between two kernels, or two runs.

    OLD and NEW are a commit or its beginning, a version, a day, an image, or run:ID.
    """
    from zxhil.history.questions import diff as ask
    from zxhil.history.store import open_history

    with open_history(db) as history, history.reading():
        found = ask(history, old, new)
    print_grid(found.grid, form, color)
    if form == "text":
        clauses, cases = counted(found.clauses, "clause"), counted(found.cases, "case")
        click.echo(f"{clauses} and {cases} compared")
    sys.exit(1 if found.grid.rows else 0)


@command.command("html", cls=Command)
@click.option("--out", type=PATH, required=True, help="Folder for the pages; may exist.")
@_db_option
def html(out: Path, db: Path) -> None:
    """Write a static site: clauses by kernels over time, a page for each clause and crash."""
    from zxhil.history.site import write_site
    from zxhil.history.store import open_history

    with open_history(db) as history, history.reading():
        pages = write_site(history, out)
    click.echo(f"{counted(pages, 'page')} written: {out / 'index.html'}")
