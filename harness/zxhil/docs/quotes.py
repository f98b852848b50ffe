"""What the user's own pages say, word for word, where a clause of the model says it."""

from __future__ import annotations

from zxhil.docs.held import Quote
from zxhil.docs.match import PageMatch, match_page
from zxhil.docs.page import DocTree
from zxhil.errors import UserError

_MOST = 2  # of one clause; a sentence and an entry of ERRORS is what pages have


class Quotes:
    """The quotes of a tree of pages, each page matched when it is first asked for."""

    def __init__(self, tree: DocTree) -> None:
        self._tree = tree
        self._matches: dict[str, PageMatch | None] = {}

    def of(self, clause: str) -> tuple[Quote, ...]:
        """The lines that state a clause, by its id; none if its page does not, or is not there."""
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
            # Its file is gone since the run began: that must not cost the run its report.
            return None
