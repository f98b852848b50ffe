"""Commands from a file run only after the user agrees."""

from __future__ import annotations

import dataclasses
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from zxhil.cli.consent import must_agree, of_run
from zxhil.disk.lines import sealed_line
from zxhil.errors import UserError
from zxhil.target.model import SerialKeys, SshKeys, Target

_ZXHIL = [sys.executable, "-c", "from zxhil.cli import main; main()"]


def _session(folder: Path) -> Path:
    """A colleague's session, whose command writes a file."""
    for name in ("a.zbi", "b.zbi"):
        (folder / "images").mkdir(exist_ok=True)
        (folder / "images" / name).write_bytes(b"x")
    settings = {
        "home": str(folder),
        "good": ["a.zbi"],
        "bad": "b.zbi",
        "images": str(folder / "images"),
        "when_command": "touch ran; exit 0",
    }
    ends = {"old": ["a.zbi"], "new": "b.zbi", "candidates": 1}
    path = folder / "zxhil-bisect.jsonl"
    header = {"zxhil bisect": 3, "settings": settings, "ends": ends}
    path.write_bytes(sealed_line(header).line)
    return path


def _bisect(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
    return subprocess.run(
        [*_ZXHIL, "bisect", *words],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("words", [["--resume"], ["replay", "theirs"]])
def test_a_session_runs_no_command_without_confirmation(tmp_path: Path, words: list[str]) -> None:
    path = _session(tmp_path)
    if words[0] == "replay":
        path.rename(tmp_path / "theirs")
    done = _bisect(tmp_path, *words)
    assert done.returncode == 2
    assert "--when-command: touch ran; exit 0" in done.stderr
    assert "--yes" in done.stderr
    assert not (tmp_path / "ran").exists()
    assert _bisect(tmp_path, *words, "--yes").returncode in (0, 1)
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize("answer", ["y", "n"])
def test_a_person_at_a_terminal_is_asked(tmp_path: Path, answer: str) -> None:
    _session(tmp_path)
    ours, theirs = pty.openpty()
    env = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    child = subprocess.Popen(
        [*_ZXHIL, "bisect", "--resume"], cwd=tmp_path, env=env, stdin=theirs, stdout=theirs,
        stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    os.write(ours, f"{answer}\n".encode())
    said = b""
    try:
        while part := os.read(ours, 4096):
            said += part
    except OSError:
        pass  # the child closed its end
    code = child.wait(timeout=120)
    os.close(ours)
    assert b"touch ran" in said
    assert (tmp_path / "ran").exists() is (answer == "y")
    assert (code == 2) is (answer == "n")


def test_a_run_s_commands_and_places_are_found(tmp_path: Path) -> None:
    stored = Target(serial=SerialKeys(power_cycle="rm -rf /"), ssh=SshKeys(run="sudo {path}"))
    options = {"json_file": Path("/elsewhere/x"), "junit_file": tmp_path / "j", "ktap_file": None}
    options["markdown_file"] = Path("/elsewhere/y")
    found = of_run(tmp_path, stored, stored, options)
    assert found == {
        "power_cycle": "rm -rf /",
        "ssh run": "sudo {path}",
        "writes --json": "/elsewhere/x",
        "writes --markdown": "/elsewhere/y",
    }
    assert of_run(tmp_path, stored, Target(), {"qemu_args": ("-plugin", "a b.so")}) == {
        "--qemu-arg": "-plugin 'a b.so'"
    }
    own = dataclasses.replace(stored, serial=SerialKeys(power_cycle="own"), ssh=SshKeys())
    assert of_run(tmp_path, stored, own, {}) == {}
    assert of_run(tmp_path, Target(), Target(), {}) == {}


def test_command_of_a_file_is_shown_without_control_characters(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(UserError, match="--yes"):
        must_agree(tmp_path, {"--build": "evil\x1b[2K"}, False)
    said = capsys.readouterr().err
    assert "evil" in said
    assert "\x1b" not in said
    must_agree(tmp_path, {}, False)
