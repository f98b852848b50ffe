"""The tables of reports, comparisons, coverage, and clauses, for CSV and Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zxhil.docs.coverage import Coverage
from zxhil.docs.match import Standing
from zxhil.model.page import AnyPage
from zxhil.report.compare import Comparison, RunChange
from zxhil.report.grid import Grid, GridCell
from zxhil.report.table import Report


def report_grid(shown: Report) -> Grid:
    """Each documented sentence, and its verdict on each kernel."""
    rows = [
        (f"zx_{table.name}", row.column, row.clause, row.sentence, *(c.verdict for c in row.cells))
        for table in shown.tables
        for row in table.lines
    ]
    columns = "page", "status", "clause", "sentence", *(run.label for run in shown.runs)
    return Grid("clauses", columns, tuple(tuple(map(str, row)) for row in rows))


def comparison_grid(found: Comparison, verbose: bool = False) -> Grid:
    """Clauses whose verdict changed, or all of them if `verbose`, and the changes case by case."""
    rows: list[tuple[GridCell, ...]] = [
        (_on(row.arches), "clause", row.clause, "", row.old.value, row.new.value)
        for row in found.clauses
        if verbose or row.old is not row.new
    ]
    rows += [_change(change) for change in found.changes]
    rows += [("", "unmatched", text, "", "", "") for text in found.unmatched]
    return Grid("changes", ("on", "what", "name", "call", "old", "new"), tuple(rows))


def _change(change: RunChange) -> tuple[GridCell, ...]:
    where = change.call if change.call >= 0 else change.new_call
    call = f"{where} {change.what}".strip() if where >= 0 else ""
    on = _on(change.arches)
    return on, change.kind.value, change.case, call, change.old, change.new


def _on(arches: Sequence[str]) -> str:
    return " / ".join(dict.fromkeys(arches))


def coverage_grid(found: Coverage, verbose: bool = False) -> Grid:
    """A row for each page; if `verbose`, for each documented condition."""
    if verbose:
        columns = (
            "page",
            "line",
            "status",
            "condition",
            "standing",
            "clauses",
            "cases",
            "reached on",
        )
        rows = tuple(
            (
                f"zx_{page.page.name}",
                each.matched.line,
                each.matched.error.status,
                each.matched.text,
                each.matched.standing.value,
                ", ".join(each.matched.clauses),
                ", ".join(each.cases),
                ", ".join(each.runs),
            )
            for page in found.pages
            for each in page.covered
        )
        return Grid("coverage", columns, rows)
    heads = "page", "statuses", "conditions", "modelled", "claimed"
    pages: list[tuple[GridCell, ...]] = []
    for page in found.pages:
        statuses = len({each.matched.error.status for each in page.covered})
        claimed = page.claimed if found.claims_known else None
        numbers = statuses, len(page.covered), page.count(Standing.MODELLED), claimed
        reached = [page.reached(run) for run in found.runs]
        pages.append((f"zx_{page.page.name}", *numbers, *reached))
    return Grid("coverage", (*heads, *(f"reached: {run}" for run in found.runs)), tuple(pages))


def clauses_grid(pages: Sequence[AnyPage], claimed: Mapping[str, Sequence[str]]) -> Grid:
    """Every clause, and the cases that claim it."""
    rows = tuple(
        (clause.id, clause.label, clause.sentence, ", ".join(claimed.get(clause.id, ())))
        for page in pages
        for clause in page.clauses
    )
    return Grid("clauses", ("clause", "status", "sentence", "claimed by"), rows)
