"""Recorded boots are replayed, byte for byte."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from debug_drive import DebugSession
from zxhil.abi.arch import Arch
from zxhil.debug.rr import must_be_same
from zxhil.errors import MachineError

_ZXHIL = [sys.executable, "-c", "from zxhil.cli import main; main()"]


def _run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*_ZXHIL, "run", "-q", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def _replayed(folder: Path, *words: str) -> str:
    """Record, damage what must not decide, and replay: what the replay prints."""
    recorded = _run(folder, *words, "--record", "--log-dir", "first", "--json", "first.json")
    assert recorded.returncode in (0, 1), recorded.stderr
    before = (folder / "first.json").read_bytes()
    done = _run(folder, "--replay", "first", "--log-dir", "second")
    assert done.returncode == recorded.returncode, done.stderr
    assert (folder / "first.json").read_bytes() == before, "a replay writes no report of the run"
    for log in (folder / "first").glob("*.serial"):
        assert (folder / "second" / log.name).read_bytes() == log.read_bytes()
    return done.stderr


@pytest.mark.parametrize("arch", list(Arch), ids=str)
def test_replay_of_the_standin_is_the_recorded_run(tmp_path: Path, arch: Arch) -> None:
    words = ["--arch", arch.value, "--tests", "object_get_child", "--case", "wrong_type_*"]
    assert "replay: 1 serial log, byte for byte as recorded in first" in _replayed(tmp_path, *words)
    if arch is Arch.ARM64:
        return
    others = _run(tmp_path, "--replay", "first", "--case", "*")
    assert others.returncode == 2
    assert "is a run of different cases" in others.stderr
    made = tmp_path / f"first/{arch}-object_get_child.rr"
    whole = made.read_bytes()
    for part, code, said in ((2, 3, "from byte"), (20, 2, "its recording is damaged")):
        made.write_bytes(whole[: len(whole) // part])
        damaged = _run(tmp_path, "--replay", "first")
        assert damaged.returncode == code
        assert said in damaged.stderr
        assert "byte for byte" not in damaged.stderr
    other = made.with_name("other.rr")
    made.rename(other)
    lost = _run(tmp_path, "--replay", "first")
    assert lost.returncode == 2
    assert f"{made.name} is missing" in lost.stderr
    other.unlink()
    never = _run(tmp_path, "--replay", "first")
    assert never.returncode == 2
    assert "has no recording: its run was not made with --record" in never.stderr


@pytest.mark.parametrize(("arch", "end"), [(Arch.X64, "kill"), (Arch.ARM64, "detach")], ids=str)
def test_gdb_goes_back_in_a_replay_which_reports_what_was_recorded(
    tmp_path: Path, arch: Arch, end: str
) -> None:
    words = ["--arch", arch.value, "--tests", "object_get_child", "--case", "koid_zero"]
    assert _run(tmp_path, *words, "--record", "--log-dir", "first").returncode == 0
    session = DebugSession(tmp_path, ["--replay", "first", "--log-dir", "second"])
    assert "in ?? ()" in session.attached
    first = session.ask("info registers pc")
    session.ask("stepi 3")
    assert session.ask("info registers pc") != first
    session.ask("reverse-stepi 3")
    assert session.ask("info registers pc") == first
    code, said = session.end(end)
    assert (code, ("1 passed" if end == "detach" else "interrupted by the user") in said) == (
        0 if end == "detach" else 130,
        True,
    )


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--smp", "2"], "more than one processor"),
        (["--boots", "once"], "--boots once"),
        (["--repeat", "2"], "--repeat"),
        (["--gdb"], "--gdb"),
    ],
)
def test_recording_what_qemu_can_not_replay_is_refused(
    tmp_path: Path, words: list[str], why: str
) -> None:
    case = ["--case", "wrong_type_thread_with_enumerate"] if "--gdb" in words else []
    done = _run(tmp_path, "--arch", "x64", "--tests", "object_get_child", *case, "--record", *words)
    assert done.returncode == 2
    assert why in done.stderr


def test_logs_that_differ_are_an_error(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    (one / "x").write_bytes(b"abcdef")
    (other / "x").write_bytes(b"abcdef")
    must_be_same(one, other, "x", True)
    (other / "x").write_bytes(b"abcXef")
    with pytest.raises(MachineError, match="from byte 3 on"):
        must_be_same(one, other, "x", False)
    (other / "x").write_bytes(b"abc")
    must_be_same(one, other, "x", False)
    with pytest.raises(MachineError, match="from byte 3 on"):
        must_be_same(one, other, "x", True)


@pytest.mark.real
def test_replay_of_a_real_kernel_is_the_recorded_run(
    tmp_path: Path, real: tuple[Arch, Path]
) -> None:
    _, image = real
    said = _replayed(tmp_path, "--image", str(image), "--tests", "channel_write", "--case", "peer*")
    assert "byte for byte as recorded" in said


@pytest.mark.real
def test_gdb_stops_in_a_call_of_a_replayed_real_kernel(
    tmp_path: Path, real: tuple[Arch, Path]
) -> None:
    arch, image = real
    words = ["--image", str(image), "--arch", arch.value, "--tests", "channel_write"]
    recorded = _run(tmp_path, *words, "--case", "handle_replaced", "--record", "--log-dir", "first")
    assert recorded.returncode in (0, 1), recorded.stderr
    session = DebugSession(tmp_path, ["--replay", "first", "--log-dir", "second"])
    assert "sys_channel_write" in session.ask("hbreak sys_channel_write")
    assert "sys_channel_write (handle_value=" in session.ask("continue")
    session.ask("delete")
    first = session.ask("info registers pc")
    session.ask("stepi")
    session.ask("reverse-stepi")
    assert session.ask("info registers pc") == first
    assert session.end("kill")[0] == 130
