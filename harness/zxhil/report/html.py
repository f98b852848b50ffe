"""The HTML report: one page with nothing beside it, for a colleague, also on a phone.

The content needs no script; a small one adds the search for a page's name. Filters are style
sheet alone. A content policy keeps everything out that is not the page's own.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Mapping
from pathlib import PurePath

from zxhil import __version__
from zxhil.oracle.results import CaseEndKind
from zxhil.report.board import Board, Line, Mark, Sheet, together
from zxhil.report.excerpt import SerialLogs
from zxhil.report.html_cases import First, cells, sign, signs
from zxhil.report.html_findings import faults, findings, line_id
from zxhil.report.html_style import FILTERS, SCRIPT, SIGNS, style
from zxhil.report.htmlnode import Html, el, join, trusted
from zxhil.report.runs import LabelledRun


def html_report(shown: Board, logs: Mapping[str, SerialLogs] | None = None) -> str:
    """Lay a board out as one HTML page. `logs` are the serial logs by the runs' labels."""
    title = f"Zircon conformance: {', '.join(run.label for run in shown.runs)}"
    return "<!DOCTYPE html>\n" + el(
        "html",
        el(
            "head",
            el("meta", charset="utf-8"),
            el("meta", name="viewport", content="width=device-width, initial-scale=1"),
            el("meta", http_equiv="Content-Security-Policy", content=_policy()),
            el("title", title),
            el("style", trusted(style())),
        ),
        el("body", _body(shown, logs or {}), el("script", trusted(SCRIPT))),
        lang="en",
    )


def _policy() -> str:
    def digest(content: str) -> str:
        return base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()

    return (
        f"default-src 'none'; style-src 'sha256-{digest(style())}'; "
        f"script-src 'sha256-{digest(SCRIPT)}'; base-uri 'none'; form-action 'none'"
    )


def _body(shown: Board, logs: Mapping[str, SerialLogs]) -> Html:
    first = First()
    return join(
        el("h1", "Does the kernel do what its pages say?"),
        _kernels(shown),
        findings(shown),
        el("h2", "Pages and documented errors"),
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
        ),
        el(
            "main",
            _matrix(shown),
            faults(shown, logs),
            el("h2", "Page by page"),
            [_sheet(shown, sheet, logs, first) for sheet in shown.sheets],
        ),
        el("p", f"made by zxhil {__version__}", class_="dim"),
    )


def _radio(name: str) -> Html:
    return el(
        "input", type="radio", name="filter", id=f"f-{name}", class_="filter", checked=name == "all"
    )


# ---- what ran


def _kernels(shown: Board) -> Html:
    return el("ul", [_kernel(run) for run in shown.runs], class_="kernels")


def _kernel(run: LabelledRun) -> Html:
    kernel = run.kernel
    ends = Counter(case.end for case in run.cases)
    calls = sum(len(case.calls) for case in run.cases)
    divergences, faults = run.unexplained
    what = "stand-in kernel, not Zircon" if kernel.standin else "Zircon"
    absent = ", ".join(f"zx_{name}" for name in kernel.absent)
    ends_known = run.known_ends
    bad = divergences or faults or run.stale
    fine = Mark.KNOWN if run.known_divergences or ends_known else Mark.CONFORMS
    return el(
        "li",
        sign(Mark.DIVERGES if bad else fine),
        " ",
        el("strong", run.label),
        f": {what} {kernel.version}, {kernel.arch}",
        f", image {kernel.image}" if kernel.image else None,
        el("br"),
        f"{divergences} divergences, {faults} machine or kernel faults; ",
        f"known: {run.known_divergences} divergences, {ends_known} ends of cases; "
        if run.known.path
        else None,
        f"{len(run.cases)} cases, {calls} calls: ",
        ", ".join(f"{ends[end]} {end.value}" for end in CaseEndKind if ends[end]),
        join(el("br"), f"its vDSO has no {absent}") if absent else None,
        el("p", f"the image holds {kernel.expected}: another kernel ran", class_="warn")
        if kernel.expected
        else None,
        el("p", f"stopped early: {run.interrupted}", class_="warn") if run.interrupted else None,
    )


# ---- the matrix


def _legend(shown: Board) -> Html:
    there = {cell.mark for s in shown.sheets for line in s.lines for cell in line.cells}
    there |= {mark for s in shown.sheets for c in shown.columns for _, mark in s.marks(c)}
    names = ", ".join(run.label for run in shown.runs)
    order = f"where there are several marks, they are of {names}, in this order"
    return join(
        el(
            "ul",
            [el("li", sign(mark), f" {mark.value}") for mark in Mark if mark in there],
            class_="legend",
        ),
        el("p", order, class_="dim") if len(shown.runs) > 1 else None,
    )


def _matrix(shown: Board) -> Html:
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
            el("tbody", [_matrix_row(shown, sheet) for sheet in shown.sheets]),
            class_="matrix",
        ),
        class_="scroll",
        tabindex="0",
        role="region",
        aria_label="pages by documented errors",
    )


def _column(name: str) -> str:
    return name.removeprefix("ZX_ERR_")


def _matrix_row(shown: Board, sheet: Sheet) -> Html:
    columns = []
    for column in shown.columns:
        marks = sheet.marks(column)
        link = el("a", signs(marks), href=f"#{_first_id(sheet, column)}") if marks else None
        columns.append(el("td", link))
    return el(
        "tr",
        el("th", el("a", f"zx_{sheet.name}", href=f"#{_page_id(sheet)}"), scope="row"),
        columns,
        class_=f"filtered {_classes([c.mark for line in sheet.lines for c in line.cells])}",
        data_name=sheet.name,
    )


def _classes(marks: list[Mark]) -> str:
    return " ".join(dict.fromkeys(f"has-{SIGNS[mark][1]}" for mark in marks))


def _page_id(sheet: Sheet) -> str:
    return f"page-{sheet.name}"


def _first_id(sheet: Sheet, column: str) -> str:
    first = next(line for line in sheet.lines if line.column == column)
    return line_id(first.clause) if first.clause else _page_id(sheet)


# ---- page by page


def _sheet(shown: Board, sheet: Sheet, logs: Mapping[str, SerialLogs], first: First) -> Html:
    marks = [cell.mark for line in sheet.lines for cell in line.cells]
    return el(
        "details",
        el(
            "summary",
            el("h3", f"zx_{sheet.name}"),
            el("span", _overall(shown, sheet)),
            el("span", sheet.source, class_="dim"),
        ),
        [_line(shown, line, logs, first) for line in sheet.lines]
        or el("p", "the page documents no error", class_="inside dim"),
        class_=f"page filtered {_classes(marks)}",
        id=_page_id(sheet),
        data_name=sheet.name,
        open=Mark.DIVERGES in marks,
    )


def _overall(shown: Board, sheet: Sheet) -> list[Html]:
    """One mark for each kernel."""
    if not sheet.lines:
        return []
    return signs(
        [
            (run.label, together([line.cells[at].mark for line in sheet.lines]))
            for at, run in enumerate(shown.runs)
        ]
    )


def _line(shown: Board, line: Line, logs: Mapping[str, SerialLogs], first: First) -> Html:
    return el(
        "details",
        el(
            "summary",
            el("span", signs([(cell.run, cell.mark) for cell in line.cells])),
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
        class_=f"row filtered {_classes([cell.mark for cell in line.cells])}",
        id=line_id(line.clause) if line.clause else None,
    )


def _place(place: str) -> str:
    """FILE:LINE without the folders, which stand in the page's head."""
    return PurePath(place).name
