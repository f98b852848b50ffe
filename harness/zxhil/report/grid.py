"""A table for people and programs: as text, CSV, Markdown, or JSON."""

from __future__ import annotations

import csv
import enum
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from zxhil.report.markdown import escaped
from zxhil.report.terminal import Style, plain

#: The version of the JSON form.
GRID_SCHEMA = "zxhil-table-1"
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

GridCell = str | int | float | None


class GridFormat(enum.StrEnum):
    """The forms of a table, by the word of ``--format``."""

    TEXT = "text"
    CSV = "csv"
    MARKDOWN = "markdown"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: `rows` have a cell for each column; None is an unknown value."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[GridCell, ...], ...]


def rendered(grid: Grid, form: GridFormat, style: Style = plain) -> str:
    """The table in a format, with a line feed at its end."""
    makers = {GridFormat.CSV: _csv, GridFormat.MARKDOWN: _markdown, GridFormat.JSON: _json}
    return makers[form](grid) if form in makers else _text(grid, style)


def _shown(cell: GridCell) -> str:
    if cell is None:
        return ""
    return f"{cell:.3g}" if isinstance(cell, float) and abs(cell) < 1 else str(cell)


def _text(grid: Grid, style: Style) -> str:
    """Aligned columns; numbers to the right. The last column is not padded."""
    if not grid.rows:
        return style(f"{grid.title}: none", "dim") + "\n"
    cells = [[_shown(cell).replace("\n", " ") for cell in row] for row in grid.rows]
    widths = [max(map(len, column)) for column in zip(grid.columns, *cells, strict=True)]
    right = [
        all(isinstance(cell, int | float) for cell in column)
        for column in zip(*grid.rows, strict=True)
    ]
    lines = [style(_line(grid.columns, widths, right), "title")]
    lines += [_line(row, widths, right) for row in cells]
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = [
        f"{cell:>{width}}" if number else f"{cell:<{width}}"
        for cell, width, number in zip(cells, widths, right, strict=True)
    ]
    return "  ".join(padded).rstrip()


def _csv(grid: Grid) -> str:
    """As RFC 4180 has it, but with line feeds. No cell is a formula to a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(grid.columns)
    for row in grid.rows:
        writer.writerow([_harmless(cell) for cell in row])
    return out.getvalue()


def _harmless(cell: GridCell) -> GridCell:
    if not isinstance(cell, str) or not cell.startswith(_FORMULA) or _NUMBER.fullmatch(cell):
        return cell
    return f"'{cell}"


def _markdown(grid: Grid) -> str:
    lines = [
        "| " + " | ".join(escaped(column) for column in grid.columns) + " |",
        "|" + " --- |" * len(grid.columns),
    ]
    for row in grid.rows:
        lines.append("| " + " | ".join(escaped(_shown(cell)) for cell in row) + " |")
    return "\n".join(lines) + "\n"


def _json(grid: Grid) -> str:
    rows = [dict(zip(grid.columns, row, strict=True)) for row in grid.rows]
    data = {"schema": GRID_SCHEMA, "title": grid.title, "columns": list(grid.columns), "rows": rows}
    return json.dumps(data, indent=1) + "\n"
