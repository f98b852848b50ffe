"""The HTML report: one self-contained page, also for a phone.

The content needs no script; a small one adds the search for a page's name. Filters are CSS only.
A content security policy blocks everything that is not part of the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePath

from zxhil import __version__
from zxhil.counts import counted
from zxhil.report.excerpt import SerialLogs
from zxhil.report.fault_text import not_run_lines
from zxhil.report.html_cases import First, cells, sign, signs
from zxhil.report.html_findings import faults, findings, line_id, other_ends
from zxhil.report.html_style import FILTERS, SCRIPT, style
from zxhil.report.htmlnode import Html, document, el, join
from zxhil.report.notes import (
    notes_of,
    pages_places,
    pages_reasons,
    pages_summary,
    short_version,
    version_text,
)
from zxhil.report.runs import LabelledRun
from zxhil.report.table import PageTable, Report, Row
from zxhil.report.verdict import ClauseVerdict, end_counts, known_counts, together


def html_report(shown: Report, logs: Mapping[str, SerialLogs] | None = None) -> str:
    """Format a report as one HTML page. `logs` are the serial logs by the runs' labels."""
    kernels = ", ".join(_short_name(run) for run in shown.runs)
    title = f"Conformance report: {kernels}"
    return document(title, style(), _body(shown, logs or {}, title), script=SCRIPT)


def _short_name(run: LabelledRun) -> str:
    kernel = run.kernel
    what = "stand-in kernel" if kernel.standin else "Zircon"
    return f"{what} {short_version(version_text(kernel, run.boots))}, {kernel.arch}"


def _body(shown: Report, logs: Mapping[str, SerialLogs], title: str) -> Html:
    first = First()
    return join(
        el("h1", title),
        _kernels(shown),
        faults(shown, logs),
        findings(shown),
        el("h2", "Pages and documented errors") if shown.tables else None,
        _legend(shown),
        [_radio(name) for name, _, _ in FILTERS],
        el(
            "div",
            [el("label", label, for_=f"f-{name}") for name, label, _ in FILTERS],
            el(
                "input",
                type="search",
                id="find",
                placeholder="page",
                hidden=True,
                aria_label="page",
            ),
            class_="filters",
        )
        if shown.tables
        else None,
        el(
            "main",
            _matrix(shown) if shown.tables else None,
            other_ends(shown, logs),
            el("h2", "Page by page") if shown.tables else None,
            [_page_table(shown, table, logs, first) for table in shown.tables],
        ),
        el("p", f"made by zxhil {__version__}", class_="dim"),
    )


def _radio(name: str) -> Html:
    return el(
        "input", type="radio", name="filter", id=f"f-{name}", class_="filter", checked=name == "all"
    )


# ---- what ran


def _kernels(shown: Report) -> Html:
    return el("ul", [_kernel(run) for run in shown.runs], class_="kernels")


def _kernel(run: LabelledRun) -> Html:
    kernel = run.kernel
    calls = sum(len(case.calls) for case in run.cases)
    divergences, faults = run.unexplained
    what = "stand-in kernel, not Zircon" if kernel.standin else "Zircon"
    absent = ", ".join(f"zx_{name}" for name in kernel.absent)
    ends_known = run.known_ends
    bad = divergences or faults or run.stale
    fine = ClauseVerdict.KNOWN if run.known_divergences or ends_known else ClauseVerdict.CONFORMS
    return el(
        "li",
        sign(ClauseVerdict.DIVERGES if bad else fine),
        " ",
        el("strong", run.label),
        f": {what} {version_text(kernel, run.boots)}, {kernel.arch}",
        f", image {kernel.image}" if kernel.image else None,
        el("br"),
        f"{run.divergences_text}, {counted(faults, 'machine or kernel fault')}; ",
        f"known: {known_counts(run.known_divergences, ends_known)}; " if run.known.path else None,
        f"{counted(len(run.cases), 'case')}, {counted(calls, 'call')}",
        f": {end_counts(run.cases, run.known)}" if run.cases else None,
        join(el("br"), f"its vDSO has no {absent}") if absent else None,
        [join(el("br"), note) for note in (*kernel.boot_data, *notes_of(kernel, run.cases))],
        el("p", f"the image holds {kernel.expected}, but a different kernel ran", class_="warn")
        if kernel.expected
        else None,
        el("p", f"stopped early: {run.interrupted}", class_="warn") if run.interrupted else None,
        _environment(run),
        [el("p", line, class_="warn") for line in not_run_lines(run.not_run)],
        [el("p", f"outside of cases, in {what}", class_="warn") for what in run.damage],
        _pages(run),
    )


def _environment(run: LabelledRun) -> Html | None:
    """When and where the run was made."""
    if run.environment is None:
        return None
    here = run.environment
    ran = f"{here.began}, {here.seconds:.1f} s, on {here.host}"
    parts = [ran, here.qemu, here.toolchain, f"zxhil {run.zxhil}"]
    return el("p", "; ".join(part for part in parts if part), class_="dim")


def _pages(run: LabelledRun) -> Html | None:
    """The user's pages that were applied, and each that was not."""
    if run.pages is None:
        return None
    summary = pages_summary(run.pages, run.cases)
    if not run.pages.not_held:
        return el("p", summary)
    lines = [el("li", line) for line in (*pages_reasons(run.pages), *pages_places(run.pages))]
    return el("details", el("summary", summary), el("ul", lines))


# ---- the matrix


def _legend(shown: Report) -> Html:
    there = {cell.verdict for s in shown.tables for line in s.lines for cell in line.cells}
    there |= {verdict for s in shown.tables for c in shown.columns for verdict in s.verdicts(c)}
    names = ", ".join(run.label for run in shown.runs)
    order = f"where a cell has several marks, they are in this order: {names}"
    return join(
        el(
            "ul",
            [el("li", sign(each), f" {each.label}") for each in ClauseVerdict if each in there],
            class_="legend",
        ),
        el("p", order, class_="dim") if len(shown.runs) > 1 else None,
    )


def _matrix(shown: Report) -> Html:
    head = el(
        "tr",
        el("th", "page", scope="col"),
        [el("th", el("span", _column(name)), scope="col", title=name) for name in shown.columns],
    )
    return el(
        "div",
        el(
            "table",
            el("thead", head),
            el("tbody", [_matrix_row(shown, table) for table in shown.tables]),
            class_="matrix",
        ),
        class_="scroll",
        tabindex="0",
        role="region",
        aria_label="pages by documented errors",
    )


def _column(name: str) -> str:
    return name.removeprefix("ZX_ERR_")


def _matrix_row(shown: Report, table: PageTable) -> Html:
    columns = []
    for column in shown.columns:
        found = signs(shown, table.verdicts(column))
        link = el("a", found, href=f"#{_first_id(table, column)}") if found else None
        columns.append(el("td", link))
    return el(
        "tr",
        el("th", el("a", f"zx_{table.name}", href=f"#{_page_id(table)}"), scope="row"),
        columns,
        class_=f"filtered {_classes(_verdicts(table))}",
        data_name=table.name,
    )


def _verdicts(table: PageTable) -> list[ClauseVerdict]:
    return [cell.verdict for line in table.lines for cell in line.cells]


def _classes(verdicts: Iterable[ClauseVerdict]) -> str:
    return " ".join(dict.fromkeys(f"has-{verdict.css}" for verdict in verdicts))


def _page_id(table: PageTable) -> str:
    return f"page-{table.name}"


def _first_id(table: PageTable, column: str) -> str:
    first = next(line for line in table.lines if line.column == column)
    return line_id(first.clause) if first.clause else _page_id(table)


# ---- page by page


def _page_table(
    shown: Report, table: PageTable, logs: Mapping[str, SerialLogs], first: First
) -> Html:
    verdicts = _verdicts(table)
    return el(
        "details",
        el(
            "summary",
            el("h3", f"zx_{table.name}"),
            el("span", _overall(shown, table)),
            el("span", table.source, class_="dim"),
        ),
        [_line(shown, line, logs, first) for line in table.lines]
        or el("p", "the page documents no error", class_="inside dim"),
        class_=f"page filtered {_classes(verdicts)}",
        id=_page_id(table),
        data_name=table.name,
        open=ClauseVerdict.DIVERGES in verdicts,
    )


def _overall(shown: Report, table: PageTable) -> list[Html]:
    """One sign for each kernel."""
    by_run = zip(*(line.cells for line in table.lines), strict=True)
    return signs(shown, [together([cell.verdict for cell in of_run]) for of_run in by_run])


def _line(shown: Report, line: Row, logs: Mapping[str, SerialLogs], first: First) -> Html:
    return el(
        "details",
        el(
            "summary",
            el("span", signs(shown, [cell.verdict for cell in line.cells])),
            el("span", line.column, class_="status mono"),
            el(
                "span",
                line.sentence,
                el("span", f" ({line.note})", class_="dim") if line.note else None,
            ),
        ),
        el(
            "div",
            el("p", "clause ", el("code", line.clause)) if line.clause else None,
            [
                el("p", el("code", _place(place)), f" {said}", class_="finding")
                for place, said in line.said
            ],
            cells(shown, line, logs, first),
            class_="inside",
        ),
        class_=f"row filtered {_classes(cell.verdict for cell in line.cells)}",
        id=line_id(line.clause) if line.clause else None,
    )


def _place(place: str) -> str:
    """FILE:LINE without the folders, which are in the page's head."""
    return PurePath(place).name
