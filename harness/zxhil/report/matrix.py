"""The table behind every report: each documented sentence and its verdict on a kernel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from zxhil.counts import counted
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
    """The verdicts of one architecture's cases on each clause; `known` ones are marked.

    Made once for all pages: a run reaches thousands of clauses on dozens of pages.
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
        """The clauses of a page, each with its cell."""
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
    """The verdict from divergences: KNOWN if all are known; None if there are none."""
    if not divergences:
        return None
    all_known = all(known.of(case, divergence) is not None for case, divergence in divergences)
    return ClauseVerdict.KNOWN if all_known else ClauseVerdict.DIVERGES


def _is_earned(clause: Clause, reached: Sequence[str], returned: Sequence[str]) -> bool:
    """Did a call show that the kernel follows the clause?

    An error must have been returned by a call: where several conditions held, each call may have
    returned another one's status. For an error that pages contradict, reaching it is enough.
    """
    needs_answer = clause.kind is ClauseKind.ERROR and not clause.contradicted
    return bool(returned if needs_answer else reached)


def _undisputed(clause: Clause, earned: bool, absent: bool) -> ClauseVerdict:
    """The verdict on a clause that no divergence blames."""
    if earned:
        return ClauseVerdict.CONFORMS
    if clause.kind is ClauseKind.ANY_TIME:
        return ClauseVerdict.EXEMPT
    return ClauseVerdict.SKIPPED if absent else ClauseVerdict.NOT_REACHED


def pages_of(cases: Iterable[CaseResult]) -> list[AnyPage]:
    """The pages of the cases: first the core pages, then the others, by name."""
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


class FindingKind(NamedTuple):
    """What findings must share to be one entry. `broken` are their (kind, first clause blamed)."""

    arch: str
    broken: tuple[tuple[str, str], ...]

    @property
    def title(self) -> str:
        """The kinds, each with its clauses.

        >>> FindingKind("x64", (("wrong effect", "a/b"), ("wrong effect", "a/c"))).title
        'wrong effect: a/b, a/c'
        """
        clauses: dict[str, list[str]] = {}
        for kind, clause in self.broken:
            clauses.setdefault(kind, []).append(clause)
        return "; ".join(f"{kind}: {', '.join(each)}" for kind, each in clauses.items())


class Finding(NamedTuple):
    """The divergences blamed on one call of a case: all, or the selected ones, ≥ 1.

    Several calls may show what one call broke, each with its own divergence.
    """

    case: CaseResult
    divergences: tuple[Divergence, ...]

    @property
    def by_clause(self) -> Mapping[tuple[str, str], list[Divergence]]:
        """The divergences by kind and first clause blamed, in order."""
        found: dict[tuple[str, str], list[Divergence]] = {}
        for each in self.divergences:
            clause = each.blamed[0] if each.blamed else self.case.info.page
            found.setdefault((each.kind.value, clause), []).append(each)
        return found

    @property
    def kind(self) -> FindingKind:
        """The clauses that it breaks."""
        return FindingKind(self.case.arch, tuple(sorted(self.by_clause)))


def _all(case: CaseResult, divergence: Divergence) -> bool:
    return True


def findings_of(
    case: CaseResult, wanted: Callable[[CaseResult, Divergence], bool] = _all
) -> list[Finding]:
    """The divergences of a case by blamed call, in order of first appearance."""
    calls: dict[int, list[Divergence]] = {}
    for divergence in case.divergences:
        if wanted(case, divergence):
            calls.setdefault(divergence.blamed_call, []).append(divergence)
    return [Finding(case, tuple(each)) for each in calls.values()]


def grouped(
    cases: Iterable[CaseResult], wanted: Callable[[CaseResult, Divergence], bool] = _all
) -> Mapping[FindingKind, list[Finding]]:
    """Findings by architecture and the clauses that they break, in order of first appearance.

    Each group is one entry in every report.
    """
    groups: dict[FindingKind, list[Finding]] = {}
    for case in cases:
        for finding in findings_of(case, wanted):
            groups.setdefault(finding.kind, []).append(finding)
    return groups


def divergences_text(divergences: int, distinct: int) -> str:
    """How many divergences there are, and how many entries of a report they make.

    >>> divergences_text(3, 1), divergences_text(1, 1)
    ('3 divergences (1 distinct)', '1 divergence')
    """
    text = counted(divergences, "divergence")
    return f"{text} ({distinct} distinct)" if distinct < divergences else text
