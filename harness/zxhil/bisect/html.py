"""The result of a bisection as one self-contained HTML file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from zxhil import __version__
from zxhil.bisect.outcome import ProbeOutcome, Tally
from zxhil.bisect.picture import draw
from zxhil.report.html_style import style
from zxhil.report.htmlnode import Child, Html, document, el, join, trusted
from zxhil.report.notes import short_version

_SHORT = 12
"""Characters of a commit's hash; the whole hash is its title."""

_OWN_STYLE = """
.two{display:grid;grid-template-columns:minmax(0,2fr) minmax(0,1fr);gap:0 2rem;align-items:start}
@media(max-width:860px){.two{grid-template-columns:minmax(0,1fr)}}
pre{background:var(--soft);border-radius:.3rem;padding:.5rem .75rem;overflow-x:auto;max-width:100%}
table.plain{border-collapse:collapse;width:100%;font-size:.9rem}
.plain th,.plain td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;
border-bottom:1px solid var(--line)}
.plain td.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.plain .long{overflow-wrap:anywhere;min-width:14rem}
.plain .long pre{margin:0;padding:0;background:none;white-space:pre-wrap}
svg{width:100%;height:auto;display:block}
.scroll svg{min-width:34rem}
.scroll+.scroll{margin-top:1rem}
.scroll>table{margin:0 .75rem;width:calc(100% - 1.5rem)}
@media(max-width:640px){.scroll>table thead{display:none}
.scroll>table,.scroll tbody,.scroll tr,.scroll td{display:block}
.scroll tr{border-bottom:1px solid var(--line);padding:.3rem 0}
.scroll tr:last-child{border-bottom:0}
.scroll .plain td{border:0;padding:.1rem 0}.scroll .plain .long{min-width:0}
.scroll td::before{content:attr(data-label) " ";color:var(--dim);font-size:.8rem}
.scroll .plain td.number{display:inline-block;text-align:left;padding-right:.8rem}}
"""

#: A cell of a table, made with its column's title: a narrow screen shows that in each cell.
_Cell = Callable[..., Html]


def page(summary: Mapping[str, Any]) -> str:
    """Render the summary (schema zxhil-bisect-3): the answer first, faults after it."""
    return document(
        f"Bisect report: {_verdict(summary)}",
        style() + _OWN_STYLE,
        el("h1", _verdict(summary)),
        el("p", el("code", summary["what"]), " in ", el("code", summary["where"]), class_="dim"),
        el("p", summary["advice"], class_="warn") if summary["advice"] else None,
        el("div", el("div", _answer(summary)), el("div", _evidence(summary)), class_="two"),
        _differences(summary),
        _skipped(summary["skipped"]),
        el("h2", "The range"),
        _scroll(trusted(draw(summary["range"], summary["steps"])), "the range"),
        _steps(summary["steps"]),
        _figures(summary),
        el("p", f"made by zxhil {__version__}", class_="dim"),
    )


def _verdict(summary: Mapping[str, Any]) -> str:
    found = summary["found"]
    if not found:
        return f"{summary['end']}"
    return f"First {summary['new']}: {found['subject']}"


def _hash(name: str) -> Html:
    return el("code", name[:_SHORT], title=name)


def _answer(summary: Mapping[str, Any]) -> Html:
    found = summary["found"]
    if found is None:
        more = len(summary["names"]) - len(summary["labels"])
        return join(
            el("ul", [el("li", label) for label in summary["labels"]]),
            el("p", f"and {more} more") if more else None,
        )
    if "message" not in found:
        return el("p", el("code", found["id"]))
    return join(
        el("p", _hash(found["id"]), f" {found['author']}, {found['date']}"),
        el("pre", found["message"]),
        el("pre", found["diffstat"]),
        el("details", el("summary", "Patch"), el("pre", found["patch"])),
    )


def _evidence(summary: Mapping[str, Any]) -> Html | None:
    if not summary["confidence"]:
        return None
    rows = []
    for row in summary["confidence"]:
        tally = Tally(row["good"], row["bad"], row["cannot_tell"])
        rows.append(el("tr", el("td", row["label"], class_="long"), el("td", str(tally))))
    unstable = ", ".join(summary["unstable"])
    return join(
        el("h2", "Evidence"),
        el("table", rows, class_="plain"),
        el("p", f"Tests disagreed on {unstable}.", class_="warn") if unstable else None,
    )


def _differences(summary: Mapping[str, Any]) -> Html | None:
    if not summary["differences"]:
        return None
    sides = (f"{summary['old']} side", f"{summary['new']} side")
    clauses = [
        (
            _cell(row["clause"], _small(row["sentence"]), class_="long"),
            _cell(row["old"]),
            _cell(row["new"]),
        )
        for row in summary["clauses"]
    ]
    return join(
        el("h2", "What differs"),
        _table(("clause", *sides), clauses) if clauses else None,
        _table(("where", *sides), [_difference(row) for row in summary["differences"]]),
    )


def _difference(row: Mapping[str, Any]) -> Sequence[_Cell]:
    examples = row["example"] or ("", "")
    places = row["places"]
    shown = el("details", el("summary", f"{places[0]} and {len(places) - 1} more"),
               el("pre", "\n".join(places))) if places[1:] else el("span", *places)  # fmt: skip
    return (
        _cell(el("div", row["what"]), shown, class_="long"),
        *(
            _cell(el("pre", row[side]), _small(example), class_="long")
            for side, example in zip(("old", "new"), examples, strict=True)
        ),
    )


def _steps(steps: Sequence[Mapping[str, Any]]) -> Html:
    head = ("#", "candidate", "outcome", "why", "left", "build, s", "test, s", "overhead, s")
    return join(el("h2", "Every test"), _table(head, [_step(step) for step in steps]))


def _step(step: Mapping[str, Any]) -> Sequence[_Cell]:
    def number(value: object) -> _Cell:
        return _cell(str(value), class_="number")

    outcome = ProbeOutcome(step["outcome"])
    return (
        number(step["number"]),
        _cell(
            step["label"],
            _small(short_version(step["kernel"])) if step["kernel"] else None,
            class_="long",
        ),
        _cell(el("span", outcome.value, class_=f"mark {outcome.css}"), _small(step["reason"])),
        _cell(step["purpose"]),
        number(step["suspects"]),
        number("cached" if step["cached"] else f"{step['build']:.1f}"),
        number(f"{step['test']:.1f}"),
        number(f"{step['overhead']:.2f}"),
    )


def _small(value: str) -> Html | None:
    return join(el("br"), el("span", value, class_="dim")) if value else None


def _skipped(skipped: Sequence[Mapping[str, Any]]) -> Html | None:
    if not skipped:
        return None
    return join(
        el("h2", "Could not be judged"),
        [
            el("details", el("summary", f"{row['label']}: {row['reason']}"),
               el("pre", row["evidence"]))
            for row in skipped
        ],
    )  # fmt: skip


def _figures(summary: Mapping[str, Any]) -> Html:
    seconds = summary["seconds"]
    return el(
        "p",
        f"{summary['range']['candidates']} candidates, {len(summary['steps'])} tests; "
        f"building {seconds['build']:.1f} s, testing {seconds['test']:.1f} s, zxhil itself "
        f"{seconds['overhead']:.2f} s, wasted prefetch {seconds['wasted']:.1f} s. Session: ",
        el("code", summary["session"]),
        class_="dim",
    )


def _cell(*children: Child, class_: str | None = None) -> _Cell:
    return partial(el, "td", *children, class_=class_)


def _table(head: Sequence[str], rows: Sequence[Sequence[_Cell]]) -> Html:
    titles = el("tr", [el("th", title, scope="col") for title in head])
    lines = [
        el("tr", [cell(data_label=title) for title, cell in zip(head, row, strict=True)])
        for row in rows
    ]
    return _scroll(el("table", el("thead", titles), el("tbody", lines), class_="plain"), head[0])


def _scroll(content: Html, label: str) -> Html:
    return el("div", content, class_="scroll", tabindex="0", role="region", aria_label=label)
