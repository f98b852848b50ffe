"""A run on a board is stopped and resumed over the same line, with no options given again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from push_bench import Bench, Recorded, verdicts
from push_board import Board as Desk
from zxhil.machine.boot import Boot
from zxhil.run.record import run_from_json

pytestmark = pytest.mark.qemu
PATIENCE = 120.0


def zxhil(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    code = "from zxhil.cli import main; main()"
    with (folder / "said").open("ab") as said:
        return subprocess.Popen(
            [sys.executable, "-c", code, "run", "-q", *words],
            stdout=said, stderr=said, cwd=folder, start_new_session=True,
            env={**os.environ, "XDG_CONFIG_HOME": str(folder)},
        )  # fmt: skip


def until_cases(process: subprocess.Popen[bytes], journal: Path, number: int) -> None:
    end = time.monotonic() + PATIENCE
    while not journal.exists() or journal.read_bytes().count(b'\n{"case":') < number:
        assert process.poll() is None, (journal.parent.parent / "said").read_text()
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_run_on_a_board_goes_on(standin_bench: Bench, recorded: Recorded, tmp_path: Path) -> None:
    image = standin_bench.image
    board = Desk(tmp_path / "desk", Boot(image.arch, image.kernel, Path("unset")))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    target = {"port": board.url, "power_cycle": board.power_command}
    lines = [f"{key} = {json.dumps(value)}" for key, value in target.items()]
    standin = f"image = {json.dumps(str(image.kernel.parent))}\narch = 'x64'\n"
    text = "\n".join(["[target.desk]", standin, "[target.desk.serial]", *lines])
    (tmp_path / "zxhil.toml").write_text(text)
    case = "object_get_child/no_enumerate_right*,object_set_cookie/*"
    logs, said = tmp_path / "logs", tmp_path / "run.json"
    try:
        first = zxhil(
            tmp_path, "--target", "desk", "--log-dir", "logs", "--case", case, "--json", "run.json"
        )
        until_cases(first, logs / "run.jsonl", 1)
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
        booted = board.boots
        again = zxhil(elsewhere, "--resume", str(logs), "--yes")
        assert again.wait(PATIENCE) == 0, (elsewhere / "said").read_text()
    finally:
        board.close()
    assert board.boots > booted
    report = run_from_json(json.loads(said.read_bytes()))
    wanted = [
        each
        for each in verdicts(recorded.report)
        if str(each[0]).startswith(("object_get_child/no_enumerate_right", "object_set_cookie/"))
    ]
    assert verdicts(report) == wanted
    assert all(board.url in kernel.image for kernel in report.kernels)
