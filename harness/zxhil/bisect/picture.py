"""The range as a picture: the history, and below it how each test narrowed the range."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from zxhil.bisect.outcome import ProbeOutcome

_WIDTH = 1000
_MARGIN = 40
_LANE = 14
_ROW = 18
#: Above this many candidates single ones and their lines would be narrower than a pixel.
_DRAWN_SINGLY = 400

_PLAIN = ProbeOutcome.FAULT.color
_SUSPECT = "#0969da"


def draw(range_: Mapping[str, Any], steps: Sequence[Mapping[str, Any]]) -> str:
    """Draw the summary's ``range`` and ``steps`` as an SVG element."""
    count: int = range_["candidates"]
    lanes = lanes_of(range_["parents"]) if count <= _DRAWN_SINGLY else [0] * count
    top = _LANE * (max(lanes, default=0) + 2)
    height = top + _ROW * (len(steps) + 1) + 8

    def x(position: int) -> float:
        return _MARGIN + (position + 1) * (_WIDTH - 2 * _MARGIN) / max(count, 1)

    parts = [
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" font-family="sans-serif" '
        'font-size="11" xmlns="http://www.w3.org/2000/svg">',
        "<title>The candidates from old to new, and how each test narrowed them</title>",
    ]
    if count <= _DRAWN_SINGLY:
        parts += _history(range_, lanes, x)
    else:
        parts += _strip(range_, x)
    parts += _rows(range_["rows"], steps, x, top)
    return "\n".join([*parts, "</svg>"])


def lanes_of(parents: Sequence[Sequence[int]]) -> list[int]:
    """Give each candidate a lane: the one of a parent whose first child it is, else a free one.

    A lane is free again after the last child of what stands in it. No line to a parent leads
    through another candidate of the same lane.
    """
    last_child = {p: i for i, of in enumerate(parents) for p in of}
    busy: dict[int, int] = {}
    lanes: list[int] = []
    for i, of in enumerate(parents):
        for lane, tip in list(busy.items()):
            if last_child.get(tip, -1) < i:
                del busy[lane]
        crossed = {lanes[p] for p in of if lanes[p] in lanes[p + 1 :]}
        own = (lanes[p] for p in of if busy.get(lanes[p]) == p)
        free = (lane for lane in range(len(busy) + len(crossed) + 1) if lane not in busy)
        chosen = next(lane for lane in (*own, *free) if lane not in crossed)
        busy[chosen] = i
        lanes.append(chosen)
    return lanes


def _history(range_: Mapping[str, Any], lanes: Sequence[int], x: Any) -> Iterable[str]:
    for child, parents in enumerate(range_["parents"]):
        for parent in parents or [-1]:
            start = lanes[parent] if parent >= 0 else 0
            yield (
                f'<line x1="{x(parent):.1f}" y1="{_y(start)}" x2="{x(child):.1f}" '
                f'y2="{_y(lanes[child])}" stroke="{_PLAIN}"/>'
            )
    yield _dot(x(-1), _y(0), _PLAIN, "the old end")
    suspects = set(range_["suspects"])
    for i in range(range_["candidates"]):
        verdict = range_["verdicts"].get(str(i), "")
        unjudged = _SUSPECT if i in suspects else _PLAIN
        color = ProbeOutcome(verdict).color if verdict else unjudged
        yield _dot(x(i), _y(lanes[i]), color, verdict or f"candidate {i + 1}")


def _strip(range_: Mapping[str, Any], x: Any) -> Iterable[str]:
    yield (
        f'<line x1="{x(-1):.1f}" y1="{_y(0)}" x2="{x(range_["candidates"] - 1):.1f}" '
        f'y2="{_y(0)}" stroke="{_PLAIN}" stroke-width="4"/>'
    )
    for key, verdict in range_["verdicts"].items():
        yield _dot(x(int(key)), _y(0), ProbeOutcome(verdict).color, verdict)


def _rows(
    rows: Sequence[Mapping[str, Any]], steps: Sequence[Mapping[str, Any]], x: Any, top: int
) -> Iterable[str]:
    for row, step in zip(rows, steps, strict=True):
        y = top + _ROW * row["number"]
        left, right = x(row["from"]), x(row["to"])
        yield f'<text x="4" y="{y + 4}" fill="currentColor">{row["number"]}</text>'
        yield (
            f'<rect x="{left - 2:.1f}" y="{y - 3}" width="{right - left + 4:.1f}" height="6" '
            f'rx="3" fill="{_SUSPECT}" fill-opacity="0.25"/>'
        )
        text = f"{step['label']}: {step['outcome']}"
        yield _dot(x(row["at"]), y, ProbeOutcome(step["outcome"]).color, text)


def _y(lane: int) -> int:
    return _LANE * (lane + 1)


def _dot(x: float, y: float, color: str, title: str) -> str:
    return (
        f'<circle cx="{x:.1f}" cy="{y}" r="4" fill="{color}">'
        f"<title>{escape(title)}</title></circle>"
    )
