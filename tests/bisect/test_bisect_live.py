from __future__ import annotations

import io
import os
import pty
import subprocess
from pathlib import Path

import bisect_drive
import pytest
from bisect_drive import repository
from bisect_histories import linear
from zxhil.bisect.live import LiveDisplay, last_line


def test_display_shows_each_worker_and_what_its_command_prints(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stream, now = io.StringIO(), [0.0]
    display = LiveDisplay(stream, clock=lambda: now[0], tick=3600)
    (tmp_path / "stdout").write_text("CC one.o\n\x1b[2JCC two.o\n\n")
    display.works(0, "abc change 7", "building", tmp_path)
    now[0] = 42.0
    display.works(1, "def change 9", "testing", tmp_path / "none")
    drawn = stream.getvalue().rpartition("\x1b[J")[2]
    assert drawn.splitlines() == [
        "building abc change 7, for 42 s",
        "  | \\x1b[2JCC two.o",
        "testing def change 9, for 0 s",
    ]
    display.say("1  good")
    assert capsys.readouterr().out == "1  good\n"
    display.rests(0)
    assert "building" not in stream.getvalue().rpartition("\x1b[J")[2]
    display.close()
    assert stream.getvalue().endswith("\x1b[1F\x1b[J")


def test_display_outlives_its_terminal(tmp_path: Path) -> None:
    stream = io.StringIO()
    display = LiveDisplay(stream, tick=3600)
    stream.close()
    display.works(0, "abc", "building", tmp_path)
    display.close()


def test_last_line_is_that_of_the_output_written_last(tmp_path: Path) -> None:
    assert last_line(tmp_path) == ""
    (tmp_path / "stdout").write_text("out\n")
    (tmp_path / "stderr").write_text("x" * 5000 + "\nerr\n")
    os.utime(tmp_path / "stderr", ns=(0, 0))
    assert last_line(tmp_path) == "out"
    os.utime(tmp_path / "stdout", ns=(0, 0))
    os.utime(tmp_path / "stderr", ns=(1, 1))
    assert last_line(tmp_path) == "err"


def test_bisection_on_a_terminal_shows_the_build(tmp_path: Path) -> None:
    history = repository(tmp_path / "repo", linear(4), {2})
    build = f"echo compiling; sleep 1; {bisect_drive.BUILD}"
    target = ("--build", build, *bisect_drive.TARGET[2:])
    master, slave = pty.openpty()
    done = subprocess.Popen(
        [*bisect_drive.ZXHIL, "bisect", "--repo", "repo", "--good", history.ids[0],
         "--bad", "main", *target],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=slave,
        env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "TERM": "xterm"},
    )  # fmt: skip
    os.close(slave)
    drawn = b""
    while True:
        try:
            drawn += os.read(master, 4096)
        except OSError:
            break
    out = done.communicate()[0].decode()
    os.close(master)
    assert done.returncode == 0, out
    assert b"building " in drawn
    assert b"| compiling" in drawn
    assert b"testing " in drawn
    assert "\x1b" not in out
    assert f"first bad: {history.ids[2]}" in out
