"""Options about a kernel besides its image: its age, and the user's pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from zxhil.cli.base import PATH
from zxhil.counts import counted

if TYPE_CHECKING:
    from zxhil.docs.held import PagesRecord
    from zxhil.docs.statuses import UserPages
    from zxhil.run.age import AgeSources
    from zxhil.run.record import RunReport

_Function = TypeVar("_Function", bound=Callable[..., Any])


def age_options(function: _Function) -> _Function:
    """Add ``--age`` and ``--repo`` to a command."""
    repo = click.option(
        "--repo",
        type=PATH,
        metavar="PATH",
        help="Git repository that contains the kernel's commit.",
    )
    age = click.option("--age", metavar="YYYY-MM[-DD]", help="Date of the kernel.")
    return age(repo(function))


def age_sources(age: str | None, repo: Path | None, pages: UserPages | None) -> AgeSources:
    """The kernel's age as stated. Raises UserError for an invalid age."""
    from zxhil.abi.ages import parse_age
    from zxhil.run.age import AgeSources

    sources = AgeSources(
        parse_age(age) if age is not None else None, repo, pages.parameters if pages else {}
    )
    sources.check()
    return sources


docs_option = click.option(
    "--docs",
    type=PATH,
    metavar="PAGES",
    help="Your own system call pages: a status that a page does not list is a divergence.",
)


def documented_by(pages: Path | None) -> UserPages | None:
    """What the pages list; None if none are named. Raises UserError if there is no page."""
    if pages is None:
        return None
    from zxhil.docs.parse import parse_tree
    from zxhil.docs.statuses import user_pages

    return user_pages(parse_tree(pages))


def with_pages(report: RunReport, pages: UserPages | None) -> RunReport:
    """The report with the pages that were applied, and their text for each divergence."""
    if pages is None:
        return report
    from zxhil.oracle.results import with_quotes

    cases = tuple(with_quotes(case, pages.quotes) for case in report.cases)
    return replace(report, cases=cases, pages=pages.record)


def pages_overview(record: PagesRecord) -> list[str]:
    """How many pages apply, how many do not and why, before there is a report."""
    from zxhil.report.notes import pages_reasons

    head = f"{counted(len(record.held), 'page')} applied to the kernel, {len(record.not_held)} not"
    return [head, *pages_reasons(record)]
