"""The table behind every report: each documented sentence, and what became of it on a kernel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from zxhil.known.match import NOTHING, Applied
from zxhil.model.clause import Clause, ClauseKind
from zxhil.model.page import AnyPage
from zxhil.model.pages import load
from zxhil.oracle.results import CaseEndKind, CaseResult, Divergence
from zxhil.report.verdict import ClauseVerdict


class Cell(NamedTuple):
    """A sentence on one kernel. `cases` reached it, `returned` got its status.

    `divergences` are (case, divergence) that count against it, alone or with others.
    """

    verdict: ClauseVerdict
    cases: tuple[str, ...] = ()
    returned: tuple[str, ...] = ()
    divergences: tuple[tuple[CaseResult, Divergence], ...] = ()


class Clauses:
    """What the cases of one architecture show of each clause; what is `known` is marked so.

    Made once for all pages: a run reaches thousands of clauses, and has dozens of pages.
    """

    def __init__(self, arch: str, cases: Iterable[CaseResult], known: Applied = NOTHING) -> None:
        self.arch = arch
        self._known = known
        self._reached: dict[str, list[str]] = {}
        self._returned: dict[str, list[str]] = {}
        self._blamed: dict[str, list[tuple[CaseResult, Divergence]]] = {}
        self._skipped: set[str] = set()
        for case in cases:
            if case.arch == arch:
                self._add(case)

    def _add(self, case: CaseResult) -> None:
        id_ = case.id
        for clause in case.reached:
            self._reached.setdefault(clause, []).append(id_)
        for clause in case.returned:
            self._returned.setdefault(clause, []).append(id_)
        for divergence in case.divergences:
            for clause in divergence.attributed:
                self._blamed.setdefault(clause, []).append((case, divergence))
        if case.end is CaseEndKind.SKIPPED:
            self._skipped.add(case.detail)

    def cells(self, page: AnyPage) -> list[tuple[Clause, Cell]]:
        """The clauses of a page, each with what is shown of it."""
        absent = any(detail.endswith(f"zx_{page.name}") for detail in self._skipped)
        return [(clause, self._cell(clause, absent)) for clause in page.clauses]

    def _cell(self, clause: Clause, absent: bool) -> Cell:
        reached, returned = self._reached.get(clause.id, ()), self._returned.get(clause.id, ())
        blamed = self._blamed.get(clause.id, ())
        return Cell(
            diverging(blamed, self._known)
            or _undisputed(clause, _is_earned(clause, reached, returned), absent),
            tuple(reached),
            tuple(returned),
            tuple(blamed),
        )


def diverging(
    divergences: Sequence[tuple[CaseResult, Divergence]], known: Applied
) -> ClauseVerdict | None:
    """The verdict that divergences make: KNOWN if all are; None if there are none."""
    if not divergences:
        return None
    all_known = all(known.of(case, divergence) is not None for case, divergence in divergences)
    return ClauseVerdict.KNOWN if all_known else ClauseVerdict.DIVERGES


def _is_earned(clause: Clause, reached: Sequence[str], returned: Sequence[str]) -> bool:
    """Did something show that the clause is kept?

    Of an error, that it was what a call answered while its condition held: if others held as well,
    one of those may have been answered each time. Of one that pages contradict, not even that.
    """
    needs_answer = clause.kind is ClauseKind.ERROR and not clause.contradicted
    return bool(returned if needs_answer else reached)


def _undisputed(clause: Clause, earned: bool, absent: bool) -> ClauseVerdict:
    """The verdict on a clause that no divergence blames."""
    if clause.kind is ClauseKind.ANY_TIME:
        return ClauseVerdict.EXEMPT
    if earned:
        return ClauseVerdict.CONFORMS
    return ClauseVerdict.SKIPPED if absent else ClauseVerdict.NOT_REACHED


def pages_of(cases: Iterable[CaseResult]) -> list[AnyPage]:
    """The pages that the cases speak of: first the core pages, then the others, by name."""
    names = {clause.partition("/")[0] for case in cases for clause in case.reached}
    names |= {case.info.page for case in cases}
    names |= {claim.partition("/")[0] for case in cases for claim in case.info.claims}
    pages = [page for name in names if (page := _page(name)) is not None]
    return sorted(pages, key=lambda page: (not page.core, page.name))


def _page(name: str) -> AnyPage | None:
    try:
        return load(name)
    except ModuleNotFoundError:
        return None


def grouped(
    cases: Iterable[CaseResult],
    wanted: Callable[[CaseResult, Divergence], bool] = lambda case, divergence: True,
) -> Mapping[tuple[str, str, str], list[tuple[CaseResult, Divergence]]]:
    """Divergences by (architecture, kind, first clause blamed), in order of first appearance."""
    groups: dict[tuple[str, str, str], list[tuple[CaseResult, Divergence]]] = {}
    for case in cases:
        for divergence in case.divergences:
            if not wanted(case, divergence):
                continue
            first = divergence.blamed[0] if divergence.blamed else case.info.page
            key = (case.arch, divergence.kind.value, first)
            groups.setdefault(key, []).append((case, divergence))
    return groups
