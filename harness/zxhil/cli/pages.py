"""The option that names the user's own pages: `run` and `check` share it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from zxhil.cli.paths import PATH
from zxhil.counts import counted

if TYPE_CHECKING:
    from zxhil.docs.held import PagesRecord
    from zxhil.docs.statuses import UserPages

docs_option = click.option(
    "--docs",
    type=PATH,
    metavar="PAGES",
    help="Your own system call pages: a status that a page does not list is a divergence.",
)


def documented_by(pages: Path | None) -> UserPages | None:
    """What the pages list; None if none are named. Raises UserError for what holds no page."""
    if pages is None:
        return None
    from zxhil.docs.parse import parse_tree
    from zxhil.docs.statuses import user_pages

    return user_pages(parse_tree(pages))


def pages_told(record: PagesRecord) -> list[str]:
    """How many pages judge, and how many do not and why, for where there is no report yet."""
    from zxhil.report.pages import pages_reasons

    head = f"{counted(len(record.held), 'page')} applied to the kernel, {len(record.not_held)} not"
    return [head, *pages_reasons(record)]
