"""Pictures of a history as inline SVG: a strip for each clause, a chart for each line of kernels.

A picture has one column per kernel and no text, so that it may be stretched to any width; labels
are HTML beside it. A verdict has its own height besides its color.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple, TypeVar

from zxhil.history.kernels import KeptKernel
from zxhil.history.standing import ClauseStanding
from zxhil.report.htmlnode import Html, el, join
from zxhil.report.verdict import ClauseVerdict

_Value = TypeVar("_Value")

_TALL = 12
_CHART = 100


class Counts(NamedTuple):
    """How many clauses of a kernel diverge, diverge as known, and conform."""

    diverging: int
    known: int
    conforming: int

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self)


def counts_of(standings: Iterable[ClauseStanding]) -> Counts:
    """Count a kernel's clauses."""
    verdicts = [standing.verdict for standing in standings]
    return Counts(
        verdicts.count(ClauseVerdict.DIVERGES),
        verdicts.count(ClauseVerdict.KNOWN),
        verdicts.count(ClauseVerdict.CONFORMS),
    )


def _svg(width: int, height: int, label: str, class_: str, *shapes: Html) -> Html:
    return el(
        "svg",
        *shapes,
        viewBox=f"0 0 {max(width, 1)} {height}",
        preserveAspectRatio="none",
        role="img",
        aria_label=label,
        class_=class_,
    )


def _rect(x: int, width: int, y: float, height: float, css: str, title: str) -> Html:
    return el(
        "rect",
        el("title", title),
        x=str(x),
        width=str(width),
        y=f"{y:g}",
        height=f"{height:g}",
        class_=f"v-{css}",
    )


def when(kernel: KeptKernel) -> str:
    """A kernel with its day."""
    day = f" ({kernel.day})" if kernel.day and kernel.day not in kernel.label else ""
    return kernel.label + day


def between(first: KeptKernel, last: KeptKernel) -> str:
    """A range of kernels."""
    return when(first) if first is last else f"{when(first)} to {when(last)}"


def _height(verdict: ClauseVerdict) -> int:
    """The height of a verdict's bar from the bottom of a strip, in twelfths."""
    match verdict:
        case ClauseVerdict.DIVERGES:
            return 12
        case ClauseVerdict.KNOWN:
            return 9
        case ClauseVerdict.CONFORMS:
            return 5
        case ClauseVerdict.EXEMPT | ClauseVerdict.NOT_REACHED:
            return 2
        case _:
            return 1


def strip(
    kernels: Sequence[KeptKernel], standings: Sequence[ClauseStanding | None], label: str
) -> Html:
    """A clause on the kernels of a line; None where no case of its page ran."""
    shapes = []
    for verdict, at, count in _runs([each.verdict if each else None for each in standings]):
        if verdict is not None:
            height = _height(verdict)
            title = f"{verdict.label}: {between(kernels[at], kernels[at + count - 1])}"
            shapes.append(_rect(at, count, _TALL - height, height, verdict.css, title))
    return _svg(len(kernels), _TALL, label, "strip", *shapes)


def marks(kernels: Sequence[KeptKernel], seen: Sequence[bool], label: str) -> Html:
    """The kernels of a line on which a crash was seen."""
    shapes = [
        _rect(at, count, 0, _TALL, "bad", between(kernels[at], kernels[at + count - 1]))
        for is_seen, at, count in _runs(seen)
        if is_seen
    ]
    return _svg(len(kernels), _TALL, label, "strip", *shapes)


def _runs(values: Sequence[_Value]) -> Iterable[tuple[_Value, int, int]]:
    """Equal neighbours: the value, where they begin, and how many they are."""
    at = 0
    for value, members in groupby(values):
        count = len(list(members))
        yield value, at, count
        at += count


def chart(kernels: Sequence[KeptKernel], counts: Sequence[Counts], only_bad: bool) -> Html:
    """Stacked bars: diverging, known, conforming; `only_bad` leaves the last out."""
    tallest = max((c.diverging + c.known if only_bad else c.total for c in counts), default=0)
    shapes = []
    for at, (kernel, count) in enumerate(zip(kernels, counts, strict=True)):
        parts = [("bad", count.diverging), ("known", count.known)]
        if not only_bad:
            parts.append(("good", count.conforming))
        title = f"{when(kernel)}: {counts_text(count)}"
        y = float(_CHART)
        for css, number in parts:
            if number:
                height = _CHART * number / tallest
                y -= height
                shapes.append(_rect(at, 1, round(y, 2), round(height, 2), css, title))
    what = "diverging clauses" if only_bad else "clauses by verdict"
    return join(
        el("div", f"{tallest}", class_="top"),
        _svg(len(kernels), _CHART, f"{what} on each kernel", "chart", *shapes),
        axis(kernels),
    )


def counts_text(counts: Counts) -> str:
    """The counts in words."""
    known = f", {counts.known} known" if counts.known else ""
    return f"{counts.conforming} conform, {counts.diverging} diverge{known}"


def axis(kernels: Sequence[KeptKernel]) -> Html:
    """The days of the first kernel, the middle one, and the last."""
    shown = [kernels[0], *([kernels[len(kernels) // 2]] if kernels[4:] else [])]
    shown += [kernels[-1]] if kernels[1:] else []
    return el("div", [el("span", each.day or each.label) for each in shown], class_="axis")
