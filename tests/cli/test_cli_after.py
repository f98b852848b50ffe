"""After a run: its history, the summary of a CI job, and a program that is notified."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from machine_ended import has_ended
from run_builders import case, failed, run
from zxhil.cli import after, main
from zxhil.cli.consent import of_run
from zxhil.history.add import AddedAs, add_run
from zxhil.history.store import open_history
from zxhil.known.match import NOTHING
from zxhil.report.notice import MOST_FINDINGS, notice_json, notice_schema
from zxhil.report.saved import load_run
from zxhil.target.model import Target

Zxhil = Callable[..., tuple[int, str, str]]
DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def zxhil(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> Zxhil:
    """`zxhil check` of a folder with a good case and a bad one: exit code 1."""
    monkeypatch.chdir(tmp_path)
    Path("logs").mkdir()
    Path("logs/run.jsonl").write_text('{"whole":{"whole":true}}\n')
    monkeypatch.setattr("zxhil.run.replay.check", lambda *_: run(case(), failed()))

    def call(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["zxhil", "check", "logs", *words])
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capfd.readouterr()
        return code, out, err

    return call


# ---- history


def test_run_is_added_to_the_history_on_the_way(zxhil: Zxhil) -> None:
    code, _, err = zxhil("--history", "h.db")
    assert code == 1
    assert "history: h.db: run 1, added" in err
    assert "already there" in zxhil("--history", "h.db")[2]
    with open_history(Path("h.db")) as history:
        assert history.rows("SELECT source, exit_code FROM run") == [("logs", 1)]


def test_file_that_is_no_history_is_refused_before_the_run(
    zxhil: Zxhil, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zxhil.run.replay.check", lambda *_: pytest.fail("it ran"))
    Path("text").write_text("hello")
    for path in ("text", "no/such.db", "logs"):
        assert zxhil("--history", path)[0] == 2
    code, _, err = zxhil("--history", "new.db", "--json", "new.db")
    assert code == 2
    assert "the same file" in err


def test_history_that_cannot_be_written_leaves_the_other_reports(
    zxhil: Zxhil, monkeypatch: pytest.MonkeyPatch
) -> None:
    zxhil("--history", "h.db")
    monkeypatch.setattr("zxhil.history.store.WAIT", 0.05)
    writer = sqlite3.connect("h.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    code, out, err = zxhil("--history", "h.db", "--json", "r.json")
    writer.close()
    assert code == 3
    assert "another process has been writing" in err
    assert "1 divergence" in out
    assert json.loads(Path("r.json").read_text())["cases"]


# ---- GitHub


def test_summary_of_the_job_is_appended(zxhil: Zxhil, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "summary.md")
    Path("summary.md").write_text("before\n")
    zxhil()
    assert Path("summary.md").read_text() == "before\n"
    assert zxhil("--github")[0] == 1
    text = Path("summary.md").read_text()
    assert text.startswith("before\n### Conformance report\n")
    assert "wrong error: channel_write/peer_closed" in text


def test_summary_that_cannot_be_written_is_reported(
    zxhil: Zxhil, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "no/summary.md")
    code, _, err = zxhil("--github", "--json", "r.json")
    assert code == 3
    assert "GITHUB_STEP_SUMMARY no/summary.md: can't be written" in err
    assert Path("r.json").exists()


# ---- notify


def test_program_gets_the_result_as_json(zxhil: Zxhil) -> None:
    code, out, err = zxhil("--json", "r.json", "--notify", "cat > got.json; echo said")
    assert code == 1
    assert "said" not in out + err
    got = json.loads(Path("got.json").read_text())
    jsonschema.validate(got, notice_schema())
    assert got["exit_code"] == 1
    assert got["files"] == {"json": str(Path("r.json").absolute())}
    assert got["logs"] == str(Path("logs").absolute())
    (kernel,) = got["kernels"]
    assert kernel["cases"] == {"failed": 1, "passed": 1}
    assert (kernel["arch"], kernel["divergences"], kernel["standin"]) == ("x64", 1, False)
    assert [each["title"] for each in got["findings"]] == ["wrong error: channel_write/peer_closed"]


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("echo '::error::no' >&2; exit 7", "exit code 7: ::error::no"),
        ("kill -9 $$", "killed by signal 9"),
        ("sleep 1000", "did not end within 0.5 s and was killed"),
        ("no-such-program", "exit code 127"),
        ("sleep 1000 & echo $! > pid; wait", "did not end within 0.5 s"),
    ],
)
def test_program_that_fails_or_hangs_changes_no_verdict(
    zxhil: Zxhil, command: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(after, "NOTIFY_SECONDS", 0.5)
    code, _, err = zxhil("--notify", command)
    assert code == 1
    assert f"zxhil: --notify: the command failed: {problem}" in err
    if Path("pid").exists():
        assert has_ended(int(Path("pid").read_text()))


def test_program_that_reads_nothing_does_not_block(
    zxhil: Zxhil, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = 3 * MOST_FINDINGS
    report = run(
        *(failed(f"channel_write/bad{n}", f"a/c{n}", text="\u4e00" * 5000) for n in range(many))
    )
    notice = notice_json(report, NOTHING, 1, None, {})
    assert (len(notice["findings"]), notice["findings_left_out"]) == (many // 3, many // 3 * 2)
    assert len(json.dumps(notice)) > 1 << 16, "the test is to fill a pipe"
    monkeypatch.setattr("zxhil.run.replay.check", lambda *_: report)
    monkeypatch.setattr(after, "NOTIFY_SECONDS", 0.5)
    assert "did not end within 0.5 s" in zxhil("--notify", "sleep 5")[2]


def test_published_schema_of_the_notice_is_the_programs() -> None:
    jsonschema.Draft202012Validator.check_schema(notice_schema())
    assert json.loads((DOCS / "notify.schema.json").read_text()) == notice_schema()


def test_stored_command_needs_consent(tmp_path: Path) -> None:
    options = {"notify": "rm -rf /", "history_file": Path("/elsewhere/h.db")}
    assert of_run(tmp_path, Target(), Target(), options) == {
        "--notify": "rm -rf /",
        "writes --history": "/elsewhere/h.db",
    }


@pytest.mark.qemu
def test_run_on_a_kernel_is_added_and_announced(tmp_path: Path) -> None:
    words = "run --tests socket_share --case handle_zero --arch x64 -q --log-dir l --history h.db"
    done = subprocess.run(
        [
            *(sys.executable, "-c", "from zxhil.cli import main; main()", *words.split()),
            *("--json", "r.json", "--notify", "cat > got.json"),
        ],
        cwd=tmp_path,
        env={**os.environ, "XDG_CONFIG_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "got.json").read_text())["exit_code"] == 0
    (kernel,) = json.loads((tmp_path / "r.json").read_text())["kernels"]
    with open_history(tmp_path / "h.db") as history:
        assert history.rows("SELECT identity, standin FROM kernel") == [(kernel["digest"], 1)]
        assert history.one("SELECT count(*) FROM result") == 1
    for source in ("r.json", "l"):
        with open_history(tmp_path / "h.db") as history:
            added = add_run(history, load_run(tmp_path / source), Path(source))
        assert added.how is AddedAs.SAME, source
