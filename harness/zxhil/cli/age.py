"""The options that state a kernel's age."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from zxhil.cli.paths import PATH

if TYPE_CHECKING:
    from zxhil.docs.statuses import UserPages
    from zxhil.run.age import AgeSources

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
    """The kernel's age as the user states it. Raises UserError for an invalid age."""
    from zxhil.abi.ages import parse_age
    from zxhil.run.age import AgeSources

    sources = AgeSources(
        parse_age(age) if age is not None else None, repo, pages.parameters if pages else {}
    )
    sources.check()
    return sources
