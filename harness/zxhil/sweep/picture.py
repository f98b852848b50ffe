"""One picture of a sweep, as SVG with its text: how many sentences were kept, and which changed.

It is for a page or a README: wide enough for a phone, and readable there without zooming. The
history's site has the pictures of every clause (`zxhil.history.site`).
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Sequence
from itertools import groupby

from zxhil.counts import counted
from zxhil.history.drawing import counts_of
from zxhil.history.kernels import KeptKernel
from zxhil.history.standing import ClauseStanding, KeptClause
from zxhil.history.timeline import ClauseTurn, Timeline
from zxhil.report.htmlnode import Html, el, join
from zxhil.report.verdict import ClauseVerdict

WIDTH = 520
_MARGIN = 12
_ROW = 20
_BARS = 90
_CELLS = 150
_CELL_HEIGHT = 12
#: Half of the width of a month's name.
_HALF_MONTH = 30
_FONT = "font-family:system-ui,sans-serif;font-size:13px"
#: A verdict's color, and its height in a cell: it can be read without colors.
_COLORS = {
    ClauseVerdict.CONFORMS.value: ("#2e7d32", 0.4),
    ClauseVerdict.DIVERGES.value: ("#c62828", 1.0),
}
_STYLE = (
    f"text{{{_FONT};fill:#1b1b1b}}.h{{font-weight:600;font-size:15px}}.s{{fill:#555}}"
    ".b{fill:#fff}.g{fill:#e4e4e4}"
)


def drawn(
    timeline: Timeline, changes: Sequence[ClauseTurn], title: str, *, whole: bool = True
) -> str:
    """The picture. Lines of kernels with the same days and verdicts are drawn once.

    `changes` are those that are shown. `whole`: the whole suite ran. Otherwise the numbers of
    sentences say nothing, and are left out.
    """
    parts: list[Html] = []
    y = _MARGIN + 16
    parts.append(_text(_MARGIN, y, title, "h"))
    y += 22
    parts += _legend(y)
    y += 14
    changed: dict[str, set[int]] = {}
    for turn in changes:
        changed.setdefault(turn.new.line, set()).add(turn.clause.id)
    for names, line in _alike(timeline):
        shapes, y = _line(
            timeline, changed.get(line, set()), " and ".join(names), line, y + 14, whole
        )
        parts += shapes
    height = y + _MARGIN
    svg = el(
        "svg",
        el("title", title),
        el("style", _STYLE),
        el("rect", width=str(WIDTH), height=str(height), class_="b"),
        join(*parts),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {height}",
        width=str(WIDTH),
        role="img",
    )
    return svg + "\n"


def _alike(timeline: Timeline) -> Iterator[tuple[list[str], str]]:
    """The names of lines that look the same, and one of them."""
    looks: dict[tuple[object, ...], list[str]] = {}
    for line, kernels in timeline.lines.items():
        words = tuple(
            tuple(s.word if s else "" for s in timeline.along(line, clause))
            for clause in timeline.clauses
        )
        looks.setdefault((tuple(kernel.day for kernel in kernels), words), []).append(line)
    for names in looks.values():
        yield names, names[0]


def _legend(y: int) -> list[Html]:
    parts, x = [], _MARGIN
    for word in (ClauseVerdict.CONFORMS.value, ClauseVerdict.DIVERGES.value):
        parts += [_cell(x, y, 12, word, word), _text(x + 18, y + 11, word, "s")]
        x += 100
    parts += [_cell(x, y, 12, "", "not decided"), _text(x + 18, y + 11, "not decided", "s")]
    return parts


def _line(
    timeline: Timeline, turned: Container[int], name: str, line: str, y: int, whole: bool
) -> tuple[list[Html], int]:
    """The bars of a line, then its changes; and where they end."""
    kernels = timeline.lines[line]
    parts = [_text(_MARGIN, y + 14, f"Documented sentences on {name}", "h")]
    y += 28
    if whole:
        bars, y = _bars(timeline, kernels, y)
        parts += bars
    changed = [each for each in timeline.clauses if each.id in turned]
    always = sum(_always(timeline.along(line, each)) for each in timeline.clauses)
    parts.append(
        _text(_MARGIN, y + 14, f"{counted(len(changed), 'sentence')} whose verdict changed", "h")
    )
    y += 26
    for page, clauses in groupby(changed, key=lambda clause: clause.page):
        for clause in clauses:
            parts += _row(timeline, line, page, clause, y)
            y += _ROW
    verb, them = ("diverges", "it") if always == 1 else ("diverge", "them")
    text = f"and {always} that {verb} on every kernel that decides {them}"
    parts.append(_text(_MARGIN, y + 14, text, "s"))
    return parts, y + 24


def _bars(timeline: Timeline, kernels: Sequence[KeptKernel], y: int) -> tuple[list[Html], int]:
    """Two bars for each kernel, on one scale, with their numbers; below them the months."""
    counts = [counts_of(timeline.standings[kernel.id].values()) for kernel in kernels]
    most = max((c.total for c in counts), default=0) or 1
    step = (WIDTH - 2 * _MARGIN) / len(kernels)
    parts: list[Html] = []
    bottom = y + _BARS
    numbered = step >= 44
    for at, (kernel, count) in enumerate(zip(kernels, counts, strict=True)):
        x = _MARGIN + at * step
        bad = count.diverging + count.known
        for place, number, word in (
            (0.04, count.conforming, ClauseVerdict.CONFORMS.value),
            (0.52, bad, ClauseVerdict.DIVERGES.value),
        ):
            tall = _BARS * number / most
            left, wide = x + place * step, 0.44 * step
            parts.append(
                el(
                    "rect",
                    el("title", f"{kernel.day} {kernel.label}: {number} {word}"),
                    **_place(left, bottom - tall, wide, tall),
                    fill=_COLORS[word][0],
                )
            )
            if numbered:
                parts.append(
                    _text(left + wide / 2, bottom - tall - 4, str(number), "", anchor="middle")
                )
        if at in _labelled(len(kernels), step):
            middle = min(max(x + step / 2, _HALF_MONTH), WIDTH - _HALF_MONTH)
            parts.append(_text(middle, bottom + 16, kernel.day[:7], "s", anchor="middle"))
    return parts, bottom + 30


def _labelled(count: int, step: float) -> range:
    """Which kernels have room for their month: about 60 units each."""
    return range(0, count, math.ceil(60 / step))


def _row(timeline: Timeline, line: str, page: str, clause: KeptClause, y: int) -> Iterator[Html]:
    yield _text(_MARGIN, y + 12, f"{page}/{clause.name}", "")
    kernels = timeline.lines[line]
    wide = _CELLS / len(kernels)
    left = WIDTH - _MARGIN - _CELLS
    for at, (kernel, standing) in enumerate(
        zip(kernels, timeline.along(line, clause), strict=True)
    ):
        word = standing.word if standing is not None else ""
        title = f"{kernel.day} {kernel.label}: {word or 'not run'}"
        yield _cell(left + at * wide, y, wide - min(2.0, wide / 5), word, title)


def _cell(x: float, y: float, width: float, word: str, title: str) -> Html:
    """A cell: full for a divergence, low for a sentence that was kept, a line if undecided."""
    color, part = _COLORS.get(word, ("#9e9e9e", 0.12))
    tall = _CELL_HEIGHT * part
    return el(
        "rect",
        el("title", title),
        **_place(x, y + _CELL_HEIGHT - tall, width, tall),
        fill=color,
    )


def _place(x: float, y: float, width: float, height: float) -> dict[str, str]:
    numbers = {"x": x, "y": y, "width": width, "height": height}
    return {name: f"{number:.1f}" for name, number in numbers.items()}


def _text(x: float, y: float, words: str, class_: str, anchor: str | None = None) -> Html:
    return el("text", words, x=f"{x:.1f}", y=f"{y:.1f}", class_=class_ or None, text_anchor=anchor)


def _decided(standings: Sequence[ClauseStanding | None]) -> list[str]:
    words = [standing.word for standing in standings if standing is not None]
    return [word for word in words if word in _COLORS]


def _always(standings: Sequence[ClauseStanding | None]) -> bool:
    return set(_decided(standings)) == {ClauseVerdict.DIVERGES.value}
