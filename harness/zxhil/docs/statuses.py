"""The statuses that each page of a tree documents: what a call may answer, with no model of it."""

from __future__ import annotations

from typing import NamedTuple

from zxhil.abi.status import Status
from zxhil.docs.page import DocPage, DocTree, Stated


class DocumentedStatuses(NamedTuple):
    """What a page lists. `place` is its FILE:LINE; `names` are in the page's order."""

    page: str
    place: str
    names: tuple[str, ...]

    @property
    def statuses(self) -> frozenset[int]:
        """Their numbers; a name that no Zircon has can't be answered."""
        return frozenset(int(Status[name]) for name in self.names if name in Status.__members__)

    def __str__(self) -> str:
        if not self.names:
            return f"{self.place}: the page says that the call can't fail"
        return f"{self.place}: the page lists {', '.join(self.names)}, and no other error"


def documented_statuses(tree: DocTree) -> dict[str, DocumentedStatuses]:
    """The lists of all pages of a tree, by the call's name.

    Left out are pages that don't say what their call may answer: with no ERRORS, with ERRORS
    still to do, or with those of a call that has no page here.
    """
    found: dict[str, DocumentedStatuses] = {}
    for page in tree.pages:
        if page.name in found or not _is_whole(tree, page):
            continue
        names = tuple(dict.fromkeys(error.status for error in tree.errors_of(page)))
        found[page.name] = DocumentedStatuses(page.name, f"{page.path}:{_line(page)}", names)
    return found


def _is_whole(tree: DocTree, page: DocPage) -> bool:
    if page.failure is Stated.NONE:
        return True
    told = page.failure in (Stated.LISTED, Stated.ELSEWHERE) and bool(tree.errors_of(page))
    return told and _refers_within(tree, page, set())


def _refers_within(tree: DocTree, page: DocPage, seen: set[str]) -> bool:
    """Whether every page that it refers to, and so on, is there."""
    seen.add(page.name)
    for name in page.same_errors_as:
        other = tree.page(name)
        if other is None or (name not in seen and not _refers_within(tree, other, seen)):
            return False
    return True


def _line(page: DocPage) -> int:
    headings = [each.line for each in page.headings if each.title == "ERRORS"]
    return next(iter([*headings, *(error.line for error in page.errors)]), 1)
