"""The table behind every report: each documented sentence, and what became of it on a kernel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from zxhil.known.match import NOTHING, Applied
from zxhil.model.clause import Clause, ClauseKind
from zxhil.model.page import AnyPage
from zxhil.model.pages import load
from zxhil.oracle.results import CaseEndKind, CaseResult, Divergence
from zxhil.report.verdict import ClauseVerdict


class Cell(NamedTuple):
    """A sentence on one kernel. `cases` reached it, `returned` got its status.

    `divergences` are (case, divergence) in which it is blamed, first or beside others.
    """

    verdict: ClauseVerdict
    cases: tuple[str, ...] = ()
    returned: tuple[str, ...] = ()
    divergences: tuple[tuple[CaseResult, Divergence], ...] = ()


def cells(
    page: AnyPage, arch: str, cases: Sequence[CaseResult], known: Applied = NOTHING
) -> list[tuple[Clause, Cell]]:
    """What the cases of `arch` show of each clause of `page`; what is `known` is marked so."""
    own = [case for case in cases if case.arch == arch]
    absent = any(c.end is CaseEndKind.SKIPPED and c.detail.endswith(f"zx_{page.name}") for c in own)
    reached: dict[str, list[str]] = {}
    returned: dict[str, list[str]] = {}
    blamed: dict[str, list[tuple[CaseResult, Divergence]]] = {}
    for case in own:
        for clause in case.reached:
            reached.setdefault(clause, []).append(case.id)
        for clause in case.returned:
            returned.setdefault(clause, []).append(case.id)
        for divergence in case.divergences:
            for clause in divergence.blamed:
                blamed.setdefault(clause, []).append((case, divergence))
    return [
        (
            clause,
            Cell(
                diverging(blamed.get(clause.id, ()), known)
                or _undisputed(clause, _is_earned(clause, reached, returned), absent),
                tuple(reached.get(clause.id, ())),
                tuple(returned.get(clause.id, ())),
                tuple(blamed.get(clause.id, ())),
            ),
        )
        for clause in page.clauses
    ]


def diverging(
    divergences: Sequence[tuple[CaseResult, Divergence]], known: Applied
) -> ClauseVerdict | None:
    """The verdict that divergences make: KNOWN if all are; None if there are none."""
    if not divergences:
        return None
    all_known = all(known.of(case, divergence) is not None for case, divergence in divergences)
    return ClauseVerdict.KNOWN if all_known else ClauseVerdict.DIVERGES


def _is_earned(clause: Clause, reached: Mapping[str, Any], returned: Mapping[str, Any]) -> bool:
    """Did something show that the clause is kept?

    Of an error, that it was what a call answered while its condition held: if others held as well,
    one of those may have been answered each time. Of one that pages contradict, not even that.
    """
    needs_answer = clause.kind is ClauseKind.ERROR and not clause.contradicted
    return clause.id in (returned if needs_answer else reached)


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
