"""The option that names the user's own pages: `run` and `check` share it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from zxhil.docs.statuses import DocumentedStatuses

docs_option = click.option(
    "--docs",
    type=click.Path(path_type=Path),
    metavar="PAGES",
    help="Pages of your own: a status that they don't list for its call is a finding.",
)


def documented_by(pages: Path | None) -> dict[str, DocumentedStatuses]:
    """What the pages list, by call; nothing if there are none. Raises UserError for no pages."""
    if pages is None:
        return {}
    from zxhil.docs.parse import parse_tree
    from zxhil.docs.statuses import documented_statuses

    return documented_statuses(parse_tree(pages))
