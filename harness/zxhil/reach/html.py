"""What was reached, as one HTML page that loads nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from zxhil.reach.reached import KernelReach, pages_of
from zxhil.reach.tables import file_counts, summary
from zxhil.report.htmlnode import Html, document, el
from zxhil.symbols.code import KernelFunction

_STYLE = """\
body{font:15px/1.4 system-ui,sans-serif;margin:1rem;color:#222;background:#fff}
table{border-collapse:collapse;margin:.5rem 0}
td,th{padding:.1rem .6rem;text-align:left;border-bottom:1px solid #ddd;vertical-align:top}
td.n{text-align:right;font-variant-numeric:tabular-nums}
tr.no td{background:#fde8e8}
summary{cursor:pointer}
code{font-size:13px}
@media(prefers-color-scheme:dark){body{color:#ddd;background:#111}td,th{border-color:#333}
tr.no td{background:#412}}
"""


def as_html(reaches: Sequence[KernelReach]) -> str:
    """The page: by file with its functions, and by page and clause."""
    title = "Kernel code that the cases reached"
    return document(title, _STYLE, el("h1", title), *(part for r in reaches for part in _kernel(r)))


def _kernel(reach: KernelReach) -> list[Html]:
    return [
        el("h2", f"{reach.arch}: {reach.version}"),
        el("p", summary(reach)),
        el("h3", "Files"),
        *(_file(reach, *counts) for counts in file_counts(reach)),
        el("h3", "Pages"),
        *(_page(reach, page, clauses) for page, clauses in pages_of([reach]).items()),
    ]


def _file(
    reach: KernelReach, file: str, functions: int, reached: int, lines: int, ran: int
) -> Html:
    its = sorted(each for each in reach.functions if each.file == file)
    return el(
        "details",
        el("summary", f"{file}: {reached} of {functions} functions, {ran} of {lines} lines"),
        _table(("line", "function", "cases", "pages"), [_function(reach, each) for each in its]),
    )


def _function(reach: KernelReach, function: KernelFunction) -> Html:
    cases = reach.functions[function]
    pages = Counter(
        page
        for case in cases
        for page in {claim.partition("/")[0] for claim in reach.claims.get(case, ())}
    )
    named = ", ".join(f"{page} {count}" for page, count in sorted(pages.items()))
    return el(
        "tr",
        el("td", str(function.line), class_="n"),
        el("td", el("code", function.name)),
        el("td", str(len(cases)), class_="n"),
        el("td", named),
        class_=None if cases else "no",
    )


def _page(reach: KernelReach, page: str, clauses: Sequence[str]) -> Html:
    return el(
        "details",
        el("summary", f"{page}: {len(reach.by(reach.cases_of(page)))} functions"),
        _table(("clause", "cases", "functions"), [_clause(reach, each) for each in clauses]),
    )


def _clause(reach: KernelReach, claim: str) -> Html:
    cases = reach.cases_of(claim)
    functions = reach.by(cases)
    names = ", ".join(function.name for function in functions)
    return el(
        "tr",
        el("td", claim.partition("/")[2]),
        el("td", str(len(cases)), class_="n"),
        el("td", el("details", el("summary", str(len(functions))), el("code", names))),
    )


def _table(head: Sequence[str], rows: list[Html]) -> Html:
    return el("table", el("tr", [el("th", each) for each in head]), rows)
