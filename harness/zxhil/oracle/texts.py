"""Which text judges a call: the user's page of it, or the pages of the kernel's age."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from zxhil.abi.ages import NAMED_LATER, RENUMBERED, Age, concluded
from zxhil.abi.calls import AnyCall
from zxhil.abi.runtime import STANDIN_VERSION
from zxhil.model.page import AnyPage
from zxhil.model.pages import load_or_none_yet, unmodelled
from zxhil.model.since import WRITTEN_FROM, newer, of_header, unstated

if TYPE_CHECKING:
    from zxhil.docs.statuses import DocumentedStatuses


_NO_NUMBERS: dict[int, int] = {}
_RENUMBERED = {call: (parameter, days) for (call, parameter), days in RENUMBERED.items()}
_NAMED_LATER = {call: (parameter, named) for (call, parameter), named in NAMED_LATER.items()}


class JudgingTexts:
    """The pages that judge a kernel, each without the demands that its text does not make.

    `documented` are the user's own pages, by call. `stated` is what is known of the kernel's age
    beside its trace, and `seen` what its vDSO shows. The stand-in is of the age of the clauses:
    a kernel that is known to be it (`standin`), whatever its version, or that says so.
    """

    def __init__(
        self,
        documented: Mapping[str, DocumentedStatuses],
        stated: Age = Age(),  # noqa: B008 - immutable
        seen: Age = Age(),  # noqa: B008
        version: str | None = None,
        *,
        standin: bool = False,
    ) -> None:
        self._documented = documented
        self._pages: dict[str, AnyPage] = {}
        ours = standin or (version is not None and version.startswith(STANDIN_VERSION))
        age = Age(WRITTEN_FROM, WRITTEN_FROM) if ours else concluded(stated, seen)[0]
        by_age = unstated(age.earliest, age.latest)
        self.earliest = age.earliest
        """The first day that the kernel may be of."""
        self.is_older = age.latest < WRITTEN_FROM
        """It is older than the pages that the clauses are written from."""
        self.is_newer = newer(age.earliest, age.latest)
        """It is younger than those pages."""
        theirs = (each.unstated for each in documented.values())
        if documented:
            by_age = frozenset(
                c for c in by_age if of_header(c) or c.partition("/")[0] not in documented
            )
        self.unstated = by_age.union(*theirs)
        """Ids of the clauses that no text that applies states."""

    def listed(self, name: str) -> DocumentedStatuses | None:
        """What the user's page of a call lists; None if it has none that applies."""
        return self._documented.get(name)

    def judging(self, name: str, call: AnyCall) -> AnyPage:
        """The page that judges one call; one without clauses if its numbers may mean other things.

        On a kernel that may predate a constant, that number is another constant, or none; on one
        that is younger than the pages, it may be a constant that came later.
        """
        other = self.predates(name, call) or self.postdates(name, call)
        return unmodelled(name) if other else self.page(name)

    def predates(self, name: str, call: AnyCall) -> bool:
        """May the kernel be older than a number that the call has?"""
        parameter, numbers = _RENUMBERED.get(name, ("", _NO_NUMBERS))
        if not parameter or self.earliest > max(numbers.values()):
            return False
        value = getattr(call, parameter)
        given = (value,) if isinstance(value, int) else [e.condition for e in value.values]
        return any(self.earliest <= numbers.get(each, -1) for each in given)

    def postdates(self, name: str, call: AnyCall) -> bool:
        """Is the kernel younger than the pages, and has the call a number that later ones name?"""
        if not self.is_newer or name not in _NAMED_LATER:
            return False
        parameter, named = _NAMED_LATER[name]
        return named(getattr(call, parameter))

    def page(self, name: str) -> AnyPage:
        """The page of a call (name with no prefix)."""
        page = self._pages.get(name)
        if page is None:
            newer = self.is_newer and name not in self._documented
            page = self._pages[name] = _page_of(name, self.unstated, newer)
        return page


#: By text and call: the page that was made, and the errors of the one that it was made of.
_MADE: dict[tuple[frozenset[str], bool, str], tuple[object, AnyPage]] = {}
_MOST_MADE = 4096


def _page_of(name: str, unstated: frozenset[str], newer: bool) -> AnyPage:
    """The page of a call for a text that does not state these clauses: one for all boots."""
    page = load_or_none_yet(name)
    if not page.later and not any(clause.id in unstated for clause in page.clauses):
        return page
    errors, made = _MADE.get((unstated, newer, name), (None, page))
    if errors is not page.errors:
        # Not made yet, or of the page without one of its clauses.
        if len(_MADE) >= _MOST_MADE:
            _MADE.clear()
        made = page.of_text(unstated, newer=newer)
        _MADE[unstated, newer, name] = page.errors, made
    return made
