"""``zxhil history`` from the command line."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from run_builders import case, failed, kernel, run
from zxhil.report.saved import report_json
from zxhil.run.record import RunReport

Zxhil = Callable[..., tuple[int, str, str]]
CLAUSE = "channel_write/peer_closed"


def save(name: str, report: RunReport) -> str:
    Path(name).write_text(json.dumps(report_json(report, whole=True)))
    return name


def test_run_is_added_once(zxhil: Zxhil) -> None:
    file = save("run.json", run(case()))
    assert zxhil("history", "add", file) == (0, "run.json: run 1, added\n", "")
    assert zxhil("history", "add", file, file)[1] == "run.json: run 1, already there\n" * 2
    assert Path("zxhil-history.db").is_file()


def test_formats_have_the_same_cells(zxhil: Zxhil) -> None:
    zxhil("history", "add", save("run.json", run(failed())), "--date", "2018-01-01")
    texts = {
        form: zxhil("history", "clause", CLAUSE, "--format", form)[1]
        for form in ("text", "csv", "markdown", "json")
    }
    (row,) = csv.DictReader(io.StringIO(texts["csv"]))
    assert (row["on"], row["verdict"], row["first"], row["kernels"]) == (
        *("x64", "diverges", "2018-01-01"),
        "1",
    )
    data = json.loads(texts["json"])
    assert data["schema"] == "zxhil-table-1"
    assert {name: "" if v is None else str(v) for name, v in data["rows"][0].items()} == row
    lines = texts["markdown"].splitlines()
    assert lines[0].startswith("| on | verdict |")
    assert [line.count(" | ") for line in lines] == [len(data["columns"]) - 1] * 3
    assert f"{CLAUSE}:" in texts["text"]
    assert "wrong error with git-50d20f11 on x64" in texts["text"]


def test_diff_exits_with_1_for_a_difference(zxhil: Zxhil) -> None:
    zxhil("history", "add", save("a.json", run(case("channel_write/bad"))), "--date", "2018-01-01")
    other = run(failed(), kernels=[kernel(version="git-" + "b" * 40)])
    zxhil("history", "add", save("b.json", other), "--date", "2018-02-01")
    code, out, _ = zxhil("history", "diff", "2018-01-01", "bbbb")
    assert code == 1
    assert CLAUSE in out
    assert "1 case compared" in out
    assert zxhil("history", "diff", "bbbb", "run:2")[0] == 0


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("show",), "zxhil-history.db: does not exist"),
        (("add", "none.json"), "none.json"),
        (("html", "--out", "site"), "does not exist"),
        (("add", "run.json", "--date", "soon"), "'soon' is no date"),
        (("add", "run.json", "--db", "no/such.db"), "mkdir -p no"),
        (("add", "run.json", "--db", "run.json"), "is not an SQLite file"),
    ],
)
def test_bad_input_is_named(zxhil: Zxhil, words: tuple[str, ...], problem: str) -> None:
    save("run.json", run(case()))
    code, out, err = zxhil("history", *words)
    assert code == 2
    assert problem in err
    assert out == ""
    assert not Path("zxhil-history.db").exists()


def test_date_comes_from_the_repository(zxhil: Zxhil, tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    repo.mkdir()
    git = ["git", "-C", str(repo), "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "first"], check=True)
    shown = subprocess.run([*git, "show", "-s", "--format=%cs"], check=True, capture_output=True)
    file = save("run.json", run(case()))
    code, _, err = zxhil("history", "add", file, "--repo", str(repo))
    assert code == 0
    assert "has no commit 50d20f11" in err
    assert zxhil("history", "add", file, "--repo", str(repo), "--commit", "none")[0] == 2
    assert zxhil("history", "add", file, "--repo", str(repo), "--commit", "HEAD")[0] == 0
    out = zxhil("history", "show", "--format", "csv")[1]
    assert next(csv.DictReader(io.StringIO(out)))["date"] == shown.stdout.decode().strip()


def test_html_writes_a_site(zxhil: Zxhil) -> None:
    zxhil("history", "add", save("run.json", run(failed())))
    code, out, _ = zxhil("history", "html", "--out", "site")
    assert code == 0
    assert out.endswith("pages written: site/index.html\n")
    assert Path("site/clause-channel_write-peer_closed.html").is_file()


def test_text_of_a_foreign_history_is_no_escape_sequence(zxhil: Zxhil) -> None:
    zxhil("history", "add", save("a.json", run(failed())), "--date", "2018-01-01")
    other = run(case("channel_write/bad"), kernels=[kernel(version="git-" + "b" * 40)])
    zxhil("history", "add", save("b.json", other), "--date", "2018-02-01")
    connection = sqlite3.connect("zxhil-history.db", isolation_level=None)
    for table, names in {
        "clause": ("sentence", "status"),
        "kernel": ("subject", "image", "arch"),
        "run": ("began", "zxhil"),
        "outcome": ("what", '"end"'),
        "finding": ("kind", "text"),
        "test_case": ("program",),
        "crash": (),
    }.items():
        for name in names:
            connection.execute(f"UPDATE {table} SET {name} = {name} || ?", ["\x1b]0;x\x07\u202e"])
    connection.execute("INSERT INTO unsteady SELECT kernel.id, test_case.id FROM kernel, test_case")
    connection.close()
    for words in (
        ("show",),
        ("clause", CLAUSE),
        ("clause", CLAUSE, "--kernels"),
        ("flaky",),
        ("diff", "run:1", "run:2"),
    ):
        for form in ("text", "csv", "markdown", "json"):
            code, out, err = zxhil("history", *words, "--format", form)
            assert code in (0, 1), err
            assert not {"\x1b", "\x07", "\u202e"} & set(out + err)
