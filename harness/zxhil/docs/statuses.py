"""The statuses that each page of a tree documents: what a call may answer, with no model of it.

A page judges a kernel only if it was read whole. Of one that was not, whatever it says of a
status may be missing, so it accuses nothing; which pages these are, and why, is in every report.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from zxhil.abi.ages import VARIED
from zxhil.abi.status import Status, status_name
from zxhil.docs import grammar
from zxhil.docs.held import NotHeld, PagesRecord
from zxhil.docs.match import match_page
from zxhil.docs.page import DocPage, DocTree, Problem, Stated
from zxhil.docs.quotes import Quotes
from zxhil.errors import UserError

_READ = (Stated.LISTED, Stated.NONE, Stated.ELSEWHERE)
_WHY = {
    Stated.TODO: "ERRORS is still TODO",
    Stated.UNCLEAR: "ERRORS was not understood",
    Stated.MISSING: "ERRORS is empty",
    Stated.ELSEWHERE: "it refers to the errors of an unnamed call",
}


class DocumentedStatuses(NamedTuple):
    """What a page lists. `place` is its FILE:LINE; `names` are in the page's order.

    `more` are statuses that ERRORS names beside its entries: they may be answered too. `unstated`
    are the ids of the model's clauses that nothing on the page states, but for the call's purpose.
    """

    page: str
    place: str
    names: tuple[str, ...]
    more: tuple[str, ...] = ()
    unstated: frozenset[str] = frozenset()

    @property
    def statuses(self) -> frozenset[int]:
        """Their numbers; a name that no Zircon has can't be answered."""
        names = (*self.names, *self.more)
        return frozenset(int(Status[name]) for name in names if name in Status.__members__)

    def __str__(self) -> str:
        if not self.names:
            return f"{self.place}: the page says that the call cannot fail"
        return f"{self.place}: the page lists {', '.join(self.names)}, and no other error"


class UserPages(NamedTuple):
    """The user's own pages: their lists by call, the record for the report, and their words.

    `parameters` are the names in a call's synopsis, of the calls whose prototype has changed.
    """

    lists: dict[str, DocumentedStatuses]
    record: PagesRecord
    parameters: dict[str, tuple[str, ...]]
    quotes: Quotes


def user_pages(tree: DocTree) -> UserPages:
    """Sort the pages of a tree into those that may judge a kernel and those that may not."""
    lists: dict[str, DocumentedStatuses] = {}
    not_held: list[NotHeld] = []
    for page in tree.pages:
        why = _why_not(tree, page, ())
        if why:
            not_held.append(NotHeld(page.name, f"{page.path}:{why.line}", why.what))
        elif page.name not in lists:
            lists[page.name] = _list(tree, page)
    others = tuple(str(other.path) for other in tree.others)
    unstated = sorted(clause for each in lists.values() for clause in each.unstated)
    record = PagesRecord(str(tree.folder), tuple(lists), tuple(not_held), others, tuple(unstated))
    synopses = {page.name: page.synopsis for page in tree.pages if page.name in VARIED}
    parameters = {
        name: tuple(parameter.name for parameter in synopsis.parameters)
        for name, synopsis in synopses.items()
        if synopsis is not None
    }
    return UserPages(lists, record, parameters, Quotes(tree))


def why_not_held(tree: DocTree, page: DocPage) -> str:
    """Why a page does not judge a kernel; empty if it does."""
    why = _why_not(tree, page, ())
    return why.what if why else ""


def _list(tree: DocTree, page: DocPage) -> DocumentedStatuses:
    names = tuple(dict.fromkeys(error.status for error in tree.errors_of(page)))
    named = [name for each in _with_referred(tree, page) for name in each.errors_named]
    more = tuple(name for name in dict.fromkeys(named) if name not in names)
    place = f"{page.path}:{_line(page)}"
    return DocumentedStatuses(page.name, place, names, more, _unstated(tree, page))


def _unstated(tree: DocTree, page: DocPage) -> frozenset[str]:
    from zxhil.abi.calls import BY_NAME
    from zxhil.model.pages import load_or_none_yet

    if page.name not in BY_NAME:
        return frozenset()
    purpose = load_or_none_yet(page.name).purpose
    try:
        match = match_page(page, tree.errors_of(page))
    except UserError:
        # Its file was removed since it was read: every sentence may have been on it.
        return frozenset()
    absent = {f"{page.name}/{name}" for name in match.absent}
    return frozenset(absent - ({purpose.id} if purpose else set()))


def _with_referred(tree: DocTree, page: DocPage) -> Iterable[DocPage]:
    pages = {page.name: page}
    waiting = list(page.same_errors_as)
    while waiting:
        other = tree.page(waiting.pop())
        if other is not None and other.name not in pages:
            pages[other.name] = other
            waiting.extend(other.same_errors_as)
    return pages.values()


def _why_not(tree: DocTree, page: DocPage, seen: tuple[str, ...]) -> Problem | None:
    """What keeps a page from judging; its line is where that stands in the page's file."""
    return (
        _unsaid(page)
        or _unread(page)
        or _of_others(tree, page, seen)
        or _rivals(tree, page)
        or _cut_off(tree, page)
    )


def _unsaid(page: DocPage) -> Problem | None:
    """The page has no list that is meant to be whole."""
    if all(heading.title != "ERRORS" for heading in page.headings):
        return Problem(1, "no ERRORS section")
    if page.failure in _READ and (page.errors or page.same_errors_as):
        return None
    if page.failure is Stated.NONE and not page.errors_named:
        return None
    return Problem(_line(page), _WHY.get(page.failure, "ERRORS was not understood"))


def _unread(page: DocPage) -> Problem | None:
    """A line that was not understood, in ERRORS or with a status in it."""
    within = _lines_of_errors(page)
    for problem in page.problems:
        if problem.rule != "not-understood":
            continue
        if problem.line in within or grammar.STATUS.search(problem.what):
            return Problem(problem.line, "not all of its errors were understood")
    return None


def _of_others(tree: DocTree, page: DocPage, seen: tuple[str, ...]) -> Problem | None:
    """A page that it refers to is not there, or may not judge itself."""
    for name in page.same_errors_as:
        other = tree.page(name)
        if other is None:
            return Problem(_line(page), f"it refers to zx_{name}, which has no page here")
        if name not in (page.name, *seen) and _why_not(tree, other, (*seen, page.name)):
            return Problem(_line(page), f"it refers to zx_{name}, whose page is not applied either")
    return None


def _rivals(tree: DocTree, page: DocPage) -> Problem | None:
    for other in tree.pages:
        if other.name == page.name and set(other.statuses) != set(page.statuses):
            return Problem(1, "the call has two pages with different errors")
    return None


def _cut_off(tree: DocTree, page: DocPage) -> Problem | None:
    """A page that ends within ERRORS may have been cut off there.

    It counts as whole if it lists all that the model's own page of the call does: then nothing
    that is known to belong there is missing.
    """
    if not page.ends_open:
        return None
    listed = {error.status for error in tree.errors_of(page)} | set(page.errors_named)
    if _modelled(page.name) <= listed:
        return None
    return Problem(_line(page), "nothing follows ERRORS, which may have been cut off")


def _modelled(name: str) -> frozenset[str]:
    """The statuses of the model's page of a call; none if it has no such page."""
    from zxhil.abi.calls import BY_NAME
    from zxhil.model.pages import load_or_none_yet

    if name not in BY_NAME:
        return frozenset()
    return frozenset(status_name(status) for status in load_or_none_yet(name).statuses)


def _lines_of_errors(page: DocPage) -> range:
    lines = [each.line for each in page.headings]
    start = _line(page)
    end = min((line for line in lines if line > start), default=1 << 30)
    return range(start, end)


def _line(page: DocPage) -> int:
    headings = [each.line for each in page.headings if each.title == "ERRORS"]
    return next(iter([*headings, *(error.line for error in page.errors)]), 1)
