"""Which of the user's pages were applied to a kernel, which were not, and why."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class NotHeld:
    """A page that was not applied: its call without prefix, its FILE:LINE, and the reason."""

    page: str
    place: str
    why: str


class Quote(NamedTuple):
    """A line of a page, verbatim. `place` is its FILE:LINE."""

    place: str
    text: str

    def __str__(self) -> str:
        return f'{self.place}: "{self.text}"'


@dataclass(frozen=True, slots=True)
class PagesRecord:
    """The pages that a run was judged by: what `--docs` named, and calls without prefix.

    `held` are the calls whose page was applied, `not_held` the other pages, `no_pages` the
    files of the folder that document no call. `unstated` are the ids of the model's clauses
    that the applied pages do not state.
    """

    source: str
    held: tuple[str, ...]
    not_held: tuple[NotHeld, ...]
    no_pages: tuple[str, ...] = ()
    unstated: tuple[str, ...] = ()

    @property
    def by_reason(self) -> dict[str, tuple[str, ...]]:
        """The calls of pages that were not applied, by reason, the most frequent first."""
        found: dict[str, list[str]] = {}
        for each in self.not_held:
            found.setdefault(re.sub(r"\bzx_\w+", "a call", each.why), []).append(each.page)
        most = sorted(found.items(), key=lambda item: -len(item[1]))
        return {why: tuple(calls) for why, calls in most}


def pages_json(record: PagesRecord) -> dict[str, Any]:
    """The record as JSON."""
    return asdict(record)


def pages_from_json(data: dict[str, Any]) -> PagesRecord:
    """Read what `pages_json` wrote. Raises KeyError or TypeError for anything else."""
    not_held = tuple(NotHeld(**each) for each in data["not_held"])
    unstated = tuple(data.get("unstated", ()))
    no_pages = tuple(data["no_pages"])
    return PagesRecord(data["source"], tuple(data["held"]), not_held, no_pages, unstated)
