"""Explorations of the stand-in: without a fault nothing is found, with one it is, and is saved."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from zxhil import standin
from zxhil.abi.arch import Arch
from zxhil.cli import cli
from zxhil.explore import reduce
from zxhil.guest.build import build

CALLS = "channel_create,channel_write,event_create,handle_close"


def explore(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["explore", "-q", *arguments])


def test_fault_is_found_reduced_and_saved(tmp_path: Path):
    saved, report = tmp_path / "saved", tmp_path / "found.json"
    done = explore(
        "--calls", "1500", "--pages", CALLS, "--word", "standin.fault=cw-repeated-status",
        "--save", str(saved), "--json", str(report),
    )  # fmt: skip
    assert done.exit_code == 1, done.output
    found = json.loads(report.read_text())["findings"]
    clauses = {each["clause"]: each for each in found}
    repeated = clauses["channel_write/bad_handle_repeated"]
    assert len(repeated["program"].splitlines()) <= 3
    assert "because the array has duplicates" in done.output
    program = build(Arch.X64, next(saved.glob("explored_channel_write_*.c")))
    assert program.cases[0].claims


def test_stand_in_without_a_fault_shows_nothing_on_two_processes_and_is_resumed(tmp_path: Path):
    corpus, logs, report = tmp_path / "corpus", tmp_path / "logs", tmp_path / "found.json"
    usual = ["--arch", "arm64", "--jobs", "2", "--json", str(report)]
    done = explore("--calls", "400", *usual, "--corpus", str(corpus), "--log-dir", str(logs))
    assert done.exit_code == 0, done.output
    assert "0 findings" in done.output
    assert len(list(corpus.glob("*.zx"))) > 10
    before = json.loads(report.read_text())
    assert before["calls"] >= 400
    done = explore("--calls", str(before["calls"] + 1), *usual, "--resume", str(logs))
    assert done.exit_code == 0, done.output
    after = json.loads(report.read_text())
    assert after["calls"] > before["calls"]
    assert set(after["coverage"]) > set(before["coverage"])


def test_two_kernels_differ_in_a_fault_alone(tmp_path: Path):
    report = tmp_path / "found.json"
    done = explore(
        "--calls", "280", "--pages", "vmo_create,vmo_get_size",
        "--word", "standin.fault=vmo-handle-status", "--against", str(standin.build(Arch.X64)),
        "--json", str(report),
    )  # fmt: skip
    assert done.exit_code == 1, done.output
    (found,) = json.loads(report.read_text())["findings"]
    assert found["kind"] == "ZX_ERR_NOT_FOUND differs from ZX_ERR_BAD_HANDLE"
    assert len(found["program"].splitlines()) == 1
    assert found["text"] == (
        "zx_vmo_get_size (call 0): ZX_ERR_NOT_FOUND; on the other kernel ZX_ERR_BAD_HANDLE"
    )


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--pages", "no_such_call"], "no_such_call"),
        (["--pages", "thread_start"], "thread_start"),
        (["--known", "/nowhere"], "/nowhere"),
    ],
)
def test_wrong_options_are_refused(arguments: list[str], problem: str):
    done = explore(*arguments)
    assert done.exception is not None
    assert problem in str(done.exception) + done.output


def test_panic_that_takes_many_handles_is_found_titled_and_saved(tmp_path: Path, monkeypatch):
    # The rounds of a reduction take most of the time: a few show that it becomes shorter.
    monkeypatch.setattr(reduce, "MOST_ROUNDS", 2)
    saved, report, word = tmp_path / "saved", tmp_path / "found.json", "panic-many-handles"
    done = explore(
        "--calls", "4000", "--pages", "event_create,handle_duplicate,channel_write", "--threads",
        "0", "--word", f"standin.fault={word}", "--fail-fast", "--save", str(saved),
        "--json", str(report),
    )  # fmt: skip
    assert done.exit_code == 3, done.output
    (found,) = json.loads(report.read_text())["findings"]
    assert found["crash"]
    assert found["reproduced"]
    assert "panic-many-handles" in found["kind"]
    assert len(found["program"].splitlines()) <= found["original"]
    assert "zx_" in next(saved.glob("*.c")).read_text()
    run = CliRunner().invoke(
        cli, ["run", "-q", "--arch", "x64", "--tests", str(saved), "--log-dir",
              str(tmp_path / "logs"), "--word", f"standin.fault={word}"],
    )  # fmt: skip
    assert run.exit_code == 3, run.output
    assert "1 kernel panic" in run.output
