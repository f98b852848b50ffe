"""Ctrl-C and SIGTERM in a run over SSH: what was pushed is taken away, what was judged reported."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from push_bench import Recorded
from push_sshd import Sshd
from test_push_ssh import player, pushed, some_case
from zxhil.run.replay import check

pytestmark = pytest.mark.qemu
PATIENCE = 120.0


def table(server: Sshd, run: str) -> str:
    login = server.login
    values = {
        "host": login.host,
        "port": login.port,
        "user": login.user,
        "key": str(login.key),
        "known_hosts": str(login.known_hosts),
        "folder": str(server.folder / "pushed"),
        "run": run,
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    return "\n".join(['[target.far]\ntransport = "ssh"\narch = "x64"', "[target.far.ssh]", *lines])


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_run_removes_pushed_files(
    sshd: Callable[..., Sshd], recorded: Recorded, tmp_path: Path, number: int, code: int
) -> None:
    server = sshd()
    (server.folder / "pushed").mkdir(exist_ok=True)
    (tmp_path / "zxhil.toml").write_text(
        table(server, player(recorded, f"hang:{some_case(recorded)}"))
    )
    command = [sys.executable, "-c", "from zxhil.cli import main; main()", "run", "-q"]
    command += ["--target", "far", "--tests", "object_get_child", "--log-dir", "logs"]
    with (tmp_path / "said").open("wb") as said:
        run = subprocess.Popen(
            command, cwd=tmp_path, stdout=said, stderr=said, start_new_session=True,
            env={**os.environ, "XDG_CONFIG_HOME": str(tmp_path)},
        )  # fmt: skip
    try:
        journal, end = tmp_path / "logs" / "run.jsonl", time.monotonic() + PATIENCE
        while not journal.exists() or journal.read_bytes().count(b'\n{"case":') < 3:
            assert run.poll() is None, (tmp_path / "said").read_text()
            assert time.monotonic() < end
            time.sleep(0.01)
        assert any(path.is_file() for path in pushed(server))
        run.send_signal(number)
        assert run.wait(PATIENCE) == code, (tmp_path / "said").read_text()
    finally:
        run.kill()
        run.wait()
    assert pushed(server) == []
    assert "stopped early" in (tmp_path / "said").read_text()
    assert len(check(tmp_path / "logs").cases) == 3
