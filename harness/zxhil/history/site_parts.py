"""What every page of the history's site has."""

from __future__ import annotations

import re
from collections.abc import Sequence

from zxhil import __version__
from zxhil.history.drawing import strip
from zxhil.history.site_style import site_style
from zxhil.history.standing import KeptClause
from zxhil.history.timeline import ClauseSpan, Timeline
from zxhil.report.htmlnode import Child, Html, breakable_path, document, el
from zxhil.report.verdict import ClauseVerdict

INDEX, KERNELS = "index.html", "kernels.html"
_SAFE = re.compile(r"[a-z][a-z0-9_]{0,100}")


def clause_file(clause: KeptClause) -> str:
    """The file of a clause's page. A history of unknown origin can't choose a path."""
    safe = _SAFE.fullmatch(clause.page) and _SAFE.fullmatch(clause.name)
    return f"clause-{clause.page}-{clause.name}.html" if safe else f"clause-{clause.id:d}.html"


def crash_file(crash: int) -> str:
    """The file of a crash's page."""
    return f"crash-{crash:d}.html"


def page_document(title: str, *body: Child, home: bool = True) -> bytes:
    """A whole page."""
    links = el("nav", el("a", "history", href=INDEX), " · ", el("a", "kernels", href=KERNELS))
    foot = el("p", f"made by zxhil {__version__}", class_="dim")
    head = links if home else None
    return document(
        title, site_style(), head, el("h1", breakable_path(title)), *body, foot
    ).encode()


def word_mark(verdict: ClauseVerdict) -> Html:
    """A verdict's mark, with its words."""
    return el("span", f"{verdict.sign} {verdict.label}", class_=f"mark {verdict.css}")


def span_mark(span: ClauseSpan) -> Html:
    """The mark of a span."""
    diverges = span.verdict is ClauseVerdict.KNOWN and not span.is_known
    return word_mark(ClauseVerdict.DIVERGES if diverges else span.verdict)


def data_table(head: Sequence[str], rows: Sequence[Sequence[Child]]) -> Html:
    """A table; on a narrow screen each cell shows its column's title."""
    titles = el("tr", [el("th", title, scope="col") for title in head])
    lines = [
        el("tr", [el("td", cell, data_label=name) for name, cell in zip(head, row, strict=True)])
        for row in rows
    ]
    return el("table", el("thead", titles), el("tbody", lines))


def strips(timeline: Timeline, clause: KeptClause) -> list[Html]:
    """A strip for each line of kernels that has the clause."""
    found = []
    for line, kernels in timeline.lines.items():
        standings = timeline.along(line, clause)
        if any(standings):
            label = f"{clause.path} on {line}"
            found.append(
                el("div", el("span", line), strip(kernels, standings, label), class_="named")
            )
    return found
