"""What a report shows: pages, their documented errors and effects, and a verdict on each kernel.

It is made from saved runs, and from the user's pages if given: then it also has conditions that no
clause covers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from zxhil.docs.match import Matched, PageMatch, Standing, match_page
from zxhil.docs.page import DocTree
from zxhil.docs.quotes import Quotes
from zxhil.model.clause import Clause
from zxhil.model.page import AnyPage
from zxhil.oracle.results import CaseResult, Divergence, with_quotes
from zxhil.report.matrix import Cell, Clauses, diverging, pages_of
from zxhil.report.runs import LabelledRun
from zxhil.report.verdict import ClauseVerdict, together

EFFECTS = "effects"
UNLISTED = "not listed"


class Row(NamedTuple):
    """A documented sentence. `clause` is its id, empty if there is none.

    `column` is its status, or EFFECTS or UNLISTED. `cells` has one for each run. `said` are
    FILE:LINE and the text of the user's own page; `note` says why it is not modelled, or that the
    page does not have it.
    """

    column: str
    sentence: str
    clause: str
    cells: tuple[Cell, ...]
    said: tuple[tuple[str, str], ...] = ()
    note: str = ""


class PageTable(NamedTuple):
    """One page: `source` says which text it is."""

    name: str
    source: str
    lines: tuple[Row, ...]

    def in_column(self, column: str) -> tuple[Row, ...]:
        """The rows of a status, or of the effects."""
        return tuple(line for line in self.lines if line.column == column)

    def verdicts(self, column: str) -> tuple[ClauseVerdict, ...]:
        """The verdict of a column on each run; empty if the page has nothing there."""
        cells = zip(*(line.cells for line in self.in_column(column)), strict=True)
        return tuple(together([cell.verdict for cell in of_run]) for of_run in cells)


class Report(NamedTuple):
    """The whole report. `columns` are those that some page has a row in (`Row.column`)."""

    runs: tuple[LabelledRun, ...]
    tables: tuple[PageTable, ...]
    columns: tuple[str, ...]


def report_of(runs: Sequence[LabelledRun], tree: DocTree | None = None) -> Report:
    """Make a report of runs; with a tree, all its pages, those with a verdict first."""
    if tree is not None:
        quotes = Quotes(tree)
        runs = [
            run._replace(cases=tuple(with_quotes(case, quotes) for case in run.cases))
            for run in runs
        ]
    cases = [case for run in runs for case in run.cases]
    pages = pages_of(cases)
    matches = {} if tree is None else _matches(tree)
    clauses = [Clauses(run.kernel.arch, run.cases, run.known) for run in runs]
    tables = [_page_table(page, runs, clauses, matches.get(page.name)) for page in pages]
    known = {page.name for page in pages}
    tables += [_unmodelled(match, runs) for name, match in matches.items() if name not in known]
    return Report(tuple(runs), tuple(tables), _columns(tables))


def _matches(tree: DocTree) -> dict[str, PageMatch]:
    found: dict[str, PageMatch] = {}
    for page in tree.pages:
        found.setdefault(page.name, match_page(page, tree.errors_of(page)))
    return found


def _columns(tables: Sequence[PageTable]) -> tuple[str, ...]:
    """The two columns that are not a status, then the statuses by how many pages have them."""
    number: dict[str, int] = {}
    for table in tables:
        for column in {line.column for line in table.lines}:
            number[column] = number.get(column, 0) + 1
    special = [column for column in (UNLISTED, EFFECTS) if number.pop(column, 0)]
    return (*special, *sorted(number, key=lambda name: (-number[name], name)))


def _page_table(
    page: AnyPage,
    runs: Sequence[LabelledRun],
    clauses: Sequence[Clauses],
    match: PageMatch | None,
) -> PageTable:
    by_run = [of_run.cells(page) for of_run in clauses]
    lines = [
        Row(
            _column_of(clause),
            clause.sentence,
            clause.id,
            tuple(of_run[at][1] for of_run in by_run),
            _said(clause, match),
            _absence(clause, match),
        )
        for at, clause in enumerate(page.clauses)
    ]
    if match is not None:
        lines.extend(
            _not_modelled(match, each, runs)
            for each in match.conditions
            if each.standing is not Standing.MODELLED
        )
    lines.extend(_unlisted(page.name, runs))
    source = page.source if match is None else str(match.page.path)
    return PageTable(page.name, source, tuple(lines))


def _column_of(clause: Clause) -> str:
    """The column of a clause; one that requires a failure without naming it is in EFFECTS."""
    return clause.statuses[0].name if len(clause.statuses) == 1 else EFFECTS


def _said(clause: Clause, match: PageMatch | None) -> tuple[tuple[str, str], ...]:
    if match is None:
        return ()
    name = clause.id.partition("/")[2]
    return tuple((f"{match.page.path}:{line}", text) for line, text in match.places(name))


def _absence(clause: Clause, match: PageMatch | None) -> str:
    if match is None or _said(clause, match):
        return ""
    elsewhere = {} if match.facts is None else match.facts.elsewhere
    source = elsewhere.get(clause.id.partition("/")[2])
    return f"from {source}" if source else "not on this page"


def _not_modelled(match: PageMatch, each: Matched, runs: Sequence[LabelledRun]) -> Row:
    nothing = (Cell(ClauseVerdict.NOT_MODELLED),) * len(runs)
    place = f"{match.page.path}:{each.line}"
    return Row(each.error.status, each.text, "", nothing, ((place, each.text),), each.why)


def _unmodelled(match: PageMatch, runs: Sequence[LabelledRun]) -> PageTable:
    lines = tuple(_not_modelled(match, each, runs) for each in match.conditions)
    return PageTable(
        match.page.name, str(match.page.path), (*lines, *_unlisted(match.page.name, runs))
    )


def _unlisted(page: str, runs: Sequence[LabelledRun]) -> list[Row]:
    """Divergences that are blamed on the list of errors itself, or on an unknown clause."""
    name = f"{page}/documented_errors"
    found = tuple(
        tuple((case, d) for case in run.cases for d in case.divergences if d.blamed[:1] == (name,))
        for run in runs
    )
    if not any(found):
        return []
    sentence = next(d.sentences[0] for per_run in found for _, d in per_run)
    blamed = tuple(
        Cell(
            diverging(each, run.known) or ClauseVerdict.NOT_REACHED,
            tuple(dict.fromkeys(case.id for case, _ in each)),
            (),
            each,
        )
        for run, each in zip(runs, found, strict=True)
    )
    return [Row(UNLISTED, sentence, name, blamed)]


def unplaced(shown: Report) -> list[tuple[LabelledRun, CaseResult, Divergence]]:
    """Divergences that no row has, so that none is lost."""
    placed = {
        (run.label, case.id, divergence.call)
        for table in shown.tables
        for line in table.lines
        for run, cell in zip(shown.runs, line.cells, strict=True)
        for case, divergence in cell.divergences
    }
    return [
        (run, case, divergence)
        for run in shown.runs
        for case in run.cases
        for divergence in case.divergences
        if (run.label, case.id, divergence.call) not in placed
    ]
