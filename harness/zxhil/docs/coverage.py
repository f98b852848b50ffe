"""Which conditions of a tree of pages are checked on a kernel, and which could be.

For each page: the documented conditions, which of them are modelled, claimed by a case, and
reached on which run; and for those that are not modelled, what modelling them would require.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from zxhil.docs.match import Matched, PageMatch, Standing, match_page
from zxhil.docs.page import DocPage, DocTree
from zxhil.docs.words import facts_of, plain_words
from zxhil.model.stated import BAD_POINTER, MEMORY, NOT_VALID, NOT_ZERO, page_fact

#: Conditions for which the model has a predicate for any page.
ROUTINE = (
    page_fact("ZX_ERR_BAD_HANDLE", "", "", NOT_VALID),
    page_fact("ZX_ERR_WRONG_TYPE", "", "", "not a|not an|is not of type|not of type"),
    page_fact("ZX_ERR_ACCESS_DENIED", "", "", "does not have|lacks|does not have the|lacks the"),
    page_fact("ZX_ERR_INVALID_ARGS", "", "", BAD_POINTER),
    page_fact("ZX_ERR_INVALID_ARGS", "", "", ("options|flags", NOT_ZERO)),
    page_fact("ZX_ERR_NO_MEMORY", "", "", MEMORY),
    page_fact("ZX_ERR_PEER_CLOSED", "", "", "closed"),
)


class Covered(NamedTuple):
    """A documented condition: what it matches, the cases that claim it, the runs that reached it.

    `runs` are labels of runs on which a clause of it was reached. `routine` is set for one that
    is not modelled and would need no new predicate.
    """

    matched: Matched
    cases: tuple[str, ...]
    runs: tuple[str, ...]
    routine: bool


class PageCoverage(NamedTuple):
    """One page. `made`: guest tests can make its call.

    `objects` are the types of object that its RIGHTS ask for and guest tests can't make yet;
    None if the page does not say which it needs.
    """

    match: PageMatch
    covered: tuple[Covered, ...]
    made: bool
    objects: tuple[str, ...] | None

    @property
    def page(self) -> DocPage:
        """The page."""
        return self.match.page

    def count(self, standing: Standing) -> int:
        """The number of its conditions with this standing."""
        return sum(each.matched.standing is standing for each in self.covered)

    @property
    def claimed(self) -> int:
        """How many of its conditions a case claims."""
        return sum(bool(each.cases) for each in self.covered)

    @property
    def routine(self) -> int:
        """How many of its conditions are not modelled, and would need no new predicate."""
        return sum(each.routine for each in self.covered)

    def reached(self, run: str) -> int:
        """How many of its conditions were reached on a run."""
        return sum(run in each.runs for each in self.covered)


class Coverage(NamedTuple):
    """The coverage of a tree. `runs` are the labels of the runs that were compared.

    `missing` are calls that guest tests make and that have no page in the tree. `claims_known`
    is False if the cases' claims are unknown.
    """

    tree: DocTree
    pages: tuple[PageCoverage, ...]
    runs: tuple[str, ...]
    missing: tuple[str, ...]
    claims_known: bool

    @property
    def next_steps(self) -> tuple[PageCoverage, ...]:
        """Pages with conditions that are not modelled, those with the most to gain first."""
        left = [page for page in self.pages if page.count(Standing.NOT_MODELLED)]
        return tuple(
            sorted(left, key=lambda p: (-p.count(Standing.NOT_MODELLED), -p.routine, p.page.name))
        )


def coverage(
    tree: DocTree,
    made: Collection[str],
    claims: Mapping[str, Collection[str]] | None,
    runs: Mapping[str, Collection[str]],
) -> Coverage:
    """Compare a tree with the clauses, the cases and the runs.

    `made` are the calls that guest tests can make, `claims` the cases by clause id (None if that
    is not known), `runs` the ids of the clauses that each run reached, by the run's label.
    """
    objects = frozenset(name.removesuffix("_create").upper() for name in made) | {"VMAR"}
    pages = tuple(_page(tree, page, made, objects, claims or {}, runs) for page in tree.pages)
    there = {page.name for page in tree.pages}
    missing = tuple(
        sorted(name for name in made if facts_of(name) is not None and name not in there)
    )
    return Coverage(tree, pages, tuple(runs), missing, claims is not None)


def _page(
    tree: DocTree,
    page: DocPage,
    made: Collection[str],
    objects: frozenset[str],
    claims: Mapping[str, Collection[str]],
    runs: Mapping[str, Collection[str]],
) -> PageCoverage:
    match = match_page(page, tree.errors_of(page))
    covered = []
    for each in match.conditions:
        ids = [f"{page.name}/{name}" for name in each.clauses]
        cases = dict.fromkeys(case for clause in ids for case in claims.get(clause, ()))
        reached = tuple(run for run, seen in runs.items() if any(i in seen for i in ids))
        covered.append(Covered(each, tuple(cases), reached, _routine(each)))
    needed = {t for clause in page.rights.clauses for t in clause.types}
    lacking = {t.removeprefix("ZX_OBJ_TYPE_") for t in needed} - objects
    return PageCoverage(
        match, tuple(covered), page.name in made, tuple(sorted(lacking)) if needed else None
    )


def _routine(matched: Matched) -> bool:
    if matched.standing is not Standing.NOT_MODELLED or matched.why:
        return False
    plain = plain_words(matched.text)
    return any(fact.status == matched.error.status and fact.says(plain) for fact in ROUTINE)
