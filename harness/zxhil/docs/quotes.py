"""Verbatim quotes of the user's pages for clauses of the model."""

from __future__ import annotations

from zxhil.docs.held import Quote
from zxhil.docs.match import PageMatch, match_page
from zxhil.docs.page import DocTree
from zxhil.errors import UserError

_MOST = 2  # per clause; pages have a sentence and an entry of ERRORS


class Quotes:
    """The quotes of a tree of pages; each page is matched on first use."""

    def __init__(self, tree: DocTree) -> None:
        self._tree = tree
        self._matches: dict[str, PageMatch | None] = {}

    def of(self, clause: str) -> tuple[Quote, ...]:
        """The lines that state a clause, by its id; empty if its page does not, or is missing."""
        page, _, name = clause.partition("/")
        if page not in self._matches:
            self._matches[page] = self._match(page)
        match = self._matches[page]
        if match is None:
            return ()
        places = match.places(name)
        return tuple(Quote(f"{match.page.path}:{line}", text) for line, text in places[:_MOST])

    def _match(self, name: str) -> PageMatch | None:
        page = self._tree.page(name)
        if page is None:
            return None
        try:
            return match_page(page, self._tree.errors_of(page))
        except UserError:
            # Its file was removed during the run: that must not prevent the report.
            return None
