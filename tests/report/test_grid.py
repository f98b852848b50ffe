"""A table in each format."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path

import pytest
from run_builders import case, failed, run
from zxhil.cli import main
from zxhil.report.grid import Grid, GridFormat, rendered
from zxhil.report.saved import report_json

PAGE = """\
# zx_event_create

## SYNOPSIS

    zx_status_t zx_event_create(uint32_t options, zx_handle_t* out);

## ERRORS
**ZX_ERR_INVALID_ARGS**  *out* is an invalid pointer.
"""

GRID = Grid("numbers", ("name", "value"), (("a", 10), ("bc", None), ("d", 0.25)))


def test_text_is_aligned() -> None:
    assert rendered(GRID, GridFormat.TEXT) == "name  value\na     10\nbc\nd     0.25\n"
    numbers = Grid("n", ("n", "name"), ((1, "x"), (100, "y")))
    assert rendered(numbers, GridFormat.TEXT) == "  n  name\n  1  x\n100  y\n"
    assert rendered(Grid("n", ("n",), ()), GridFormat.TEXT) == "n: none\n"


@pytest.mark.parametrize("formula", ["=1+1", "+1+2", "-A1", "@x", "\tx"])
def test_csv_cell_is_no_formula(formula: str) -> None:
    grid = Grid("", ("a",), ((formula,), ('x",\ny',), ("-12.5",)))
    rows = list(csv.reader(io.StringIO(rendered(grid, GridFormat.CSV))))
    assert rows == [["a"], [f"'{formula}"], ['x",\ny'], ["-12.5"]]


def test_markdown_cell_cannot_end_its_cell() -> None:
    grid = Grid("", ("a", "b"), (("x|y\nz", "<b>"),))
    line = rendered(grid, GridFormat.MARKDOWN).splitlines()
    assert len(line) == 3
    assert line[2] == "| x\\|y\N{REPLACEMENT CHARACTER}z | \\<b\\> |"


def test_command_prints_its_table_in_each_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, report in (("old", run(case("channel_write/bad"))), ("new", run(failed()))):
        (tmp_path / name).write_text(json.dumps(report_json(report)))
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "event_create.md").write_text(PAGE)
    old, new = str(tmp_path / "old"), str(tmp_path / "new")

    def call(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["zxhil", *words])
        with pytest.raises(SystemExit):
            main()
        return capsys.readouterr().out

    clause = "x64,clause,channel_write/peer_closed,,conforms,diverges"
    assert clause in call("compare", old, new, "--format", "csv").splitlines()
    assert call("compare", old, new, "--format", "json") == call("compare", old, new, "--json")
    head, *rows = call(
        "docs", "coverage", str(pages), "--runs", new, "--format", "csv"
    ).splitlines()
    assert head == "page,statuses,conditions,modelled,claimed,reached: x64 git-50d20f11"
    assert rows == ["zx_event_create,1,1,1,0,0"]
    lines = call("docs", "coverage", str(pages), "--runs", new, "-v", "--format", "markdown")
    assert "| zx\\_event\\_create | 8 | ZX\\_ERR\\_INVALID\\_ARGS |" in lines
    call("report", old, new, "--csv", str(tmp_path / "table.csv"))
    table = list(csv.DictReader((tmp_path / "table.csv").open()))
    assert [
        (row["x64 git-50d20f11 old"], row["x64 git-50d20f11 new"])
        for row in table
        if row["clause"] == "channel_write/peer_closed"
    ] == [("conforms", "diverges")]
