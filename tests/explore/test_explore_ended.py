"""Explorations of the stand-in that are ended from outside, as a command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_disk import mounted
from zxhil.explore.journal import Restored

PAGES = "channel_create,channel_write,event_create,handle_close"
ENDLESS = 10**9


def explore(tmp_path: Path, *arguments: str) -> subprocess.Popen[str]:
    """Begin one whose temporary files are in `tmp_path`/tmp."""
    temporary = tmp_path / "tmp"
    temporary.mkdir(exist_ok=True)
    command = [sys.executable, "-c", "from zxhil.cli import main; main()", "explore"]
    return subprocess.Popen(
        [*command, "--pages", PAGES, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
        start_new_session=True,
    )


def after_a_round(begun: subprocess.Popen[str]) -> None:
    """Wait until the first round has ended."""
    assert begun.stderr is not None
    assert "calls/s" in begun.stderr.readline()


def is_named(process: Path, name: str) -> bool:
    try:
        return name in (process / "cmdline").read_text(errors="replace")
    except OSError:
        return False


def wait_until_nothing_is_left(tmp_path: Path) -> None:
    """Of its temporary files, and of processes that have one of them in their command."""
    temporary, deadline = tmp_path / "tmp", time.monotonic() + 30
    while left := [
        *temporary.iterdir(),
        *(p for p in Path("/proc").glob("[0-9]*") if is_named(p, str(temporary))),
    ]:
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_exploration_reports_what_it_found(tmp_path: Path, sent: int, code: int):
    begun = explore(tmp_path, "--calls", str(ENDLESS), "--jobs", "2")
    after_a_round(begun)
    os.killpg(begun.pid, sent)
    said, complaints = begun.communicate(timeout=60)
    assert begun.returncode == code
    assert "0 findings" in said
    assert complaints.endswith("zxhil: interrupted\n")
    wait_until_nothing_is_left(tmp_path)


def test_killed_exploration_leaves_a_valid_journal_and_nothing_else(tmp_path: Path):
    logs = tmp_path / "logs"
    begun = explore(tmp_path, "--calls", str(ENDLESS), "--log-dir", str(logs))
    after_a_round(begun)
    begun.kill()
    begun.communicate(timeout=60)
    wait_until_nothing_is_left(tmp_path)
    assert [each.name for each in logs.iterdir()] == ["run.jsonl"]
    assert Restored(logs).programs > 0


def test_full_disk_ends_the_exploration_with_what_it_found(tmp_path: Path):
    with mounted(tmp_path / "small", "64k") as small:
        begun = explore(tmp_path, "--calls", str(ENDLESS), "--log-dir", str(small / "logs"))
        said, complaints = begun.communicate(timeout=60)
        assert begun.returncode == 3
        assert "0 findings" in said
        assert "the journal can't be written: No space left on device" in complaints
        assert Restored(small / "logs").programs > 0
    wait_until_nothing_is_left(tmp_path)
