"""A session that is interrupted, killed, gone on with, edited: nothing is lost nor left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import bisect_drive
import pytest
from bisect_drive import PROBE, TARGET, bisect, repository, wait_for
from bisect_histories import git, linear
from machine_ended import has_ended
from zxhil.bisect.outcome import ProbeOutcome
from zxhil.bisect.record import Observation, Settings
from zxhil.bisect.search import Purpose, Stop, StopKind
from zxhil.bisect.session import BisectSession, read
from zxhil.errors import UserError


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A short path, for zxhil leaves a TMPDIR aside that is too long for sockets."""
    with tempfile.TemporaryDirectory(prefix="b-", dir="/tmp") as folder:
        yield Path(folder)


def waiting_bisect(folder: Path, temporary: Path, good: str) -> tuple[subprocess.Popen[str], Path]:
    """Start a bisection whose build hangs at the third test; return it and the build's pid file."""
    pid = folder / "pid"
    build = (
        f"echo x >>{folder}/n; test $(wc -l <{folder}/n) -ne 3 || {{ echo $$ >{pid}.part; "
        f"mv {pid}.part {pid}; sleep 600; }}; {bisect_drive.BUILD}"
    )
    arguments = ["--repo", "repo", "--good", good, "--bad", "main", "--build", build, *TARGET[2:]]
    env = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache"), "TMPDIR": str(temporary)}
    process = subprocess.Popen(
        [*bisect_drive.ZXHIL, "bisect", *arguments],
        cwd=folder,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    # Else the tests that it is empty in the end would test nothing.
    wait_for(pid.exists)
    assert list(temporary.iterdir())
    return process, pid


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_nothing_and_resume_goes_on(
    tmp_path: Path, temporary: Path, number: int
) -> None:
    history = repository(tmp_path / "repo", linear(100), {42})
    process, pid = waiting_bisect(tmp_path, temporary, history.ids[0])
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == (143 if number == signal.SIGTERM else 130)
    assert has_ended(int(pid.read_text()))
    assert len(git(history.repo, "worktree", "list").splitlines()) == 1
    assert list(temporary.iterdir()) == []
    before = bisect_drive.session_looks(tmp_path)
    assert len(before) == 2
    ran = bisect(tmp_path, "--resume")
    assert ran.result["names"] == [history.ids[42]]
    assert ran.tests[:2] == before
    assert len(ran.tests) <= 9


def test_killing_it_leaves_no_build_and_no_folder(tmp_path: Path, temporary: Path) -> None:
    history = repository(tmp_path / "repo", linear(100), {42})
    process, pid = waiting_bisect(tmp_path, temporary, history.ids[0])
    process.kill()
    process.communicate(timeout=60)
    assert has_ended(int(pid.read_text()))
    wait_for(lambda: not list(temporary.iterdir()))
    ran = bisect(tmp_path, "--resume", TMPDIR=tempfile.gettempdir())
    assert ran.result["names"] == [history.ids[42]]
    # git's own entry for the lost worktree went too.
    assert len(git(history.repo, "worktree", "list").splitlines()) == 1


def test_a_session_is_not_overwritten_nor_used_twice(tmp_path: Path) -> None:
    history = repository(tmp_path / "repo", linear(10), {5})
    arguments = ("--repo", "repo", "--good", history.ids[0], "--bad", "main", *TARGET)
    assert bisect(tmp_path, *arguments).code == 0
    again = bisect_drive.zxhil(tmp_path, *arguments)
    assert again.returncode == 2
    assert "--resume" in again.stderr


def test_two_bisections_never_write_one_session(tmp_path: Path) -> None:
    first = BisectSession(tmp_path / "session")
    with pytest.raises(UserError, match="another bisection is using it"):
        BisectSession(tmp_path / "session")
    first.close()
    BisectSession(tmp_path / "session").close()


def test_replay_takes_an_edited_log(tmp_path: Path) -> None:
    """A wrong test is deleted from the file, and only that one is run again."""
    history = repository(tmp_path / "repo", linear(64), {40})
    liar = tmp_path / "liar"
    liar.touch()
    lie = f"test ! -e {liar} || test $(cat number-now) != 31 || exit 1"
    build = (f"cp number image.bin && cat state >>image.bin && cp number {tmp_path}/number-now",)
    test = f"cd {tmp_path}; {lie}; {PROBE}"
    target = ("--build", *build, "--image-path", "image.bin", "--when-command", test)
    ends = ("--repo", "repo", "--good", history.ids[0], "--bad", "main")
    ran = bisect(tmp_path, *ends, *target)
    wrong = [test for test in ran.tests if test["candidate"] == history.ids[31]]
    assert [test["outcome"] for test in wrong] == ["bad"], "else the test tests nothing"
    assert ran.result["names"] == [history.ids[31]]
    liar.unlink()
    lines = (tmp_path / "zxhil-bisect.jsonl").read_text().splitlines()
    kept = [line for line in lines if f'"candidate":"{history.ids[31]}"' not in line]
    (tmp_path / "edited").write_text("\n".join(kept) + "\n")
    check = bisect_drive.zxhil(tmp_path, "replay", "edited", "--check")
    assert check.returncode == 1
    assert "next test:" in check.stdout
    (tmp_path / "zxhil-bisect.jsonl").unlink()
    done = bisect_drive.zxhil(tmp_path, "replay", "edited", "--yes")
    assert f"first bad: {history.ids[40]}" in done.stdout


def test_a_line_cut_off_by_a_power_cut_is_ignored(tmp_path: Path) -> None:
    history = repository(tmp_path / "repo", linear(64), {40})
    ends = ("--repo", "repo", "--good", history.ids[0], "--bad", "main")
    assert bisect(tmp_path, *ends, *TARGET).code == 0
    session = tmp_path / "zxhil-bisect.jsonl"
    lines = session.read_text().splitlines(keepends=True)
    session.write_text("".join(lines[:5]) + lines[5][:40])
    ran = bisect(tmp_path, "--resume")
    assert ran.result["names"] == [history.ids[40]]
    session.write_text("".join([*lines[:3], lines[3][:40] + "\n", *lines[4:]]))
    ran = bisect(tmp_path, "--resume")
    assert ran.code == 2
    assert "zxhil-bisect.jsonl:4" in ran.output


def recorded(folder: Path) -> Path:
    """A session of a good end, which is tested twice, a bad one, and the stop."""
    path = folder / "zxhil-bisect.jsonl"
    session = BisectSession(path)
    settings = Settings("/", ("a",), "b", images="/i", when_command="it")
    session.begin(settings, {"old": ["a"], "new": "b", "candidates": 2}, "v")
    for name, outcome in (
        ("a", ProbeOutcome.GOOD),
        ("a", ProbeOutcome.GOOD),
        ("b", ProbeOutcome.BAD),
    ):
        facts = {"exit": int(outcome is ProbeOutcome.BAD), "output": ""}
        session.record(Observation(name, name, Purpose.END, outcome, facts=facts), None)
    session.stop(Stop(StopKind.FOUND, ("b",)), 0.0)
    session.close()
    return path


@pytest.mark.parametrize(
    ("line", "before", "after"),
    [
        (1, '"bad":"b"', '"bad":"c"'),
        (1, '"old":["a"]', '"old":["b"]'),
        (4, '"outcome":"bad"', '"outcome":"good"'),
        (4, '"candidate":"b"', '"candidate":"a"'),
        (4, '"exit":1', '"exit":0'),
        (4, '"n":3', '"n":4'),
        (4, ',"crc":', ',"crd":'),
        (5, '"names":["b"]', '"names":["a"]'),
    ],
)
def test_changed_line_is_refused_by_number(
    tmp_path: Path, line: int, before: str, after: str
) -> None:
    path = recorded(tmp_path)
    lines = path.read_text().splitlines(keepends=True)
    assert before in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(before, after)
    path.write_text("".join(lines))
    done = bisect_drive.zxhil(tmp_path, "log")
    assert done.returncode == 2
    assert f"zxhil-bisect.jsonl:{line}: is not a line of a session: " in done.stderr
    assert "checksum" in done.stderr
    assert ("start over" if line == 1 else "delete the line") in done.stderr


def test_deleted_line_is_a_test_less_and_a_doubled_one_is_refused(tmp_path: Path) -> None:
    path = recorded(tmp_path)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines[:2], *lines[3:]]))
    assert [seen.label for seen in read(path).observations] == ["a", "b"]
    for order in ([0, 1, 2, 3, 3, 4], [0, 1, 3, 2, 4]):
        path.write_text("".join(lines[number] for number in order))
        with pytest.raises(UserError, match="it is doubled, or was moved"):
            read(path)


def test_line_of_another_session_is_refused(tmp_path: Path) -> None:
    path = recorded(tmp_path)
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / "session"
    session = BisectSession(other)
    session.begin(
        Settings("/", ("a",), "c", images="/i", when_command="it"),
        {"old": ["a"], "new": "c", "candidates": 2},
        "v",
    )
    session.close()
    other.write_bytes(other.read_bytes() + b"".join(path.read_bytes().splitlines(True)[1:]))
    with pytest.raises(UserError, match="does not match its checksum") as error:
        read(other)
    assert error.value.place == f"{other}:2"


def test_session_goes_on_after_an_unfinished_line(tmp_path: Path) -> None:
    path = recorded(tmp_path)
    path.write_bytes(path.read_bytes()[:-20])
    session = BisectSession(path)
    session.go_on()
    session.stop(Stop(StopKind.FOUND, ("b",)), 0.0)
    session.close()
    assert read(path).stop == Stop(StopKind.FOUND, ("b",))


@pytest.mark.parametrize("number", [1, 2])
def test_session_of_another_format_is_named(tmp_path: Path, number: int) -> None:
    path = tmp_path / "session"
    path.write_text(f'{{"zxhil bisect": {number}, "look": "old"}}\n')
    with pytest.raises(UserError, match=f"is a session of format '{number}'; this zxhil reads 3"):
        read(path)
