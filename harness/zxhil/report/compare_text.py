"""A comparison of two runs for people, and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from zxhil.counts import counted
from zxhil.report.compare import Comparison, RunChange, RunChangeKind, Side, grouped
from zxhil.report.terminal import Style, kernel_line, plain

_SHOWN = 6


def comparison_text(found: Comparison, style: Style = plain, verbose: bool = False) -> str:
    """Format a comparison as text: the kernels, clauses with another verdict, then the cases.

    `verbose` lists every clause and every case's name.
    """
    lines = [line for pair in found.pairs for line in _kernels(*pair)]
    lines += _clauses(found, style, verbose)
    for members in grouped(found.changes).values():
        lines += ["", *_group(members, style, verbose)]
    lines += [style(text, "bad") for text in found.unmatched]
    lines += ["", _sum(found, style)]
    return "\n".join(lines) + "\n"


def comparison_json(found: Comparison) -> dict[str, Any]:
    """The JSON object of a comparison (schema ``zxhil-compare-2``)."""
    return {
        "schema": "zxhil-compare-2",
        "changes": [asdict(change) for change in found.changes],
        "clauses": [asdict(row) for row in found.clauses],
        "unmatched": list(found.unmatched),
    }


def _kernels(old: Side, new: Side) -> Iterator[str]:
    for name, side in (("old", old), ("new", new)):
        for kernel in side.report.kernels:
            if kernel.arch == side.arch:
                yield f"{name}: {kernel.arch}: {kernel_line(kernel, side.report.boots)}"


def _clauses(found: Comparison, style: Style, verbose: bool) -> Iterator[str]:
    shown = [row for row in found.clauses if verbose or row.old is not row.new]
    if not shown:
        return
    yield ""
    yield style(f"{'clause':<44} {'old':<12} {'new':<12}", "title")
    for row in shown:
        decided = row.new.style if row.new.style != "dim" else "known"
        what = "dim" if row.old is row.new else decided
        where = f"  on {' / '.join(dict.fromkeys(row.arches))}" if found.pairs[1:] else ""
        text = f"{row.clause:<44} {row.old:<12} {row.new:<12}"
        yield style(text, what) + f" {row.sentence}{where}"


def _group(members: list[RunChange], style: Style, verbose: bool) -> Iterator[str]:
    first = members[0]
    arches = dict.fromkeys(first.arches)
    what = f"{first.what} " if first.what else ""
    yield style(f"{first.kind.value} on {' / '.join(arches)}", "title")
    yield f"  {what}{first.old} → {first.new}"
    names = [
        change.case if change.call < 0 else f"{change.case} (call {change.call})"
        for change in members
    ]
    shown = names if verbose else names[:_SHOWN]
    more = f", … {len(names)} in all" if len(shown) < len(names) else ""
    yield f"  in {', '.join(shown)}{more}"


def _sum(found: Comparison, style: Style) -> str:
    compared = sum(len(old.cases.keys() & new.cases.keys()) for old, new in found.pairs)
    counts = Counter(change.kind for change in found.changes)
    text = "; ".join(f"{counts[kind]} {kind}" for kind in RunChangeKind if counts[kind])
    distinct = len(grouped(found.changes))
    if distinct < len(found.changes):
        text += f" ({counted(distinct, 'distinct change')})"
    if found.unmatched:
        text = ", ".join(filter(None, [text, *found.unmatched]))
    return style(
        f"{counted(compared, 'case')} compared: {text or 'no change'}",
        "bad" if found.changed else "good",
    )
