"""A table in each format."""

from __future__ import annotations

import csv
import io

import pytest
from zxhil.report.grid import Grid, GridFormat, rendered

GRID = Grid("numbers", ("name", "value"), (("a", 10), ("bc", None), ("d", 0.25)))


def test_text_is_aligned() -> None:
    assert rendered(GRID, GridFormat.TEXT) == "name  value\na     10\nbc\nd     0.25\n"
    numbers = Grid("n", ("n", "name"), ((1, "x"), (100, "y")))
    assert rendered(numbers, GridFormat.TEXT) == "  n  name\n  1  x\n100  y\n"
    assert rendered(Grid("n", ("n",), ()), GridFormat.TEXT) == "n: none\n"


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@x", "\tx"])
def test_csv_cell_is_no_formula(formula: str) -> None:
    grid = Grid("", ("a",), ((formula,), ('x",\ny',)))
    rows = list(csv.reader(io.StringIO(rendered(grid, GridFormat.CSV))))
    assert rows == [["a"], [f"'{formula}"], ['x",\ny']]


def test_markdown_cell_cannot_end_its_cell() -> None:
    grid = Grid("", ("a", "b"), (("x|y\nz", "<b>"),))
    line = rendered(grid, GridFormat.MARKDOWN).splitlines()
    assert len(line) == 3
    assert line[2] == "| x\\|y\N{REPLACEMENT CHARACTER}z | \\<b\\> |"
