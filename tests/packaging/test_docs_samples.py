"""The sample sessions of the pages are what the commands print, on the stand-in kernel."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from zxhil.cli import cli

ROOT = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.qemu,
    pytest.mark.skipif(not shutil.which("qemu-system-x86_64"), reason="there is no QEMU"),
]


def test_the_session_of_the_shell_page_is_true() -> None:
    text = (ROOT / "docs" / "shell.md").read_text()
    block = next(b for b in re.findall(r"((?:    .+\n)+)", text) if b.startswith("    >>> "))
    lines = [line[4:] for line in block.splitlines()]
    script = "\n".join(line[4:] for line in lines if line.startswith(">>> ")) + "\n"
    printed = [line for line in lines if not line.startswith(">>> ")]
    assert len(printed) >= 5
    done = CliRunner().invoke(cli, ["shell", "--arch", "x64", "--exec", "-"], input=script)
    assert done.exit_code == 0, done.output
    assert printed == [line for line in done.output.splitlines() if line in printed], done.output


def test_the_frames_of_the_walk_are_true(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "walk.md").read_text()
    command = re.search(r"^    zxhil (run .*)$", text, re.MULTILINE)
    assert command is not None
    logs = tmp_path / "logs"
    words = command[1].replace("r.json", str(tmp_path / "r.json")).replace(" logs", f" {logs}")
    done = CliRunner().invoke(cli, words.split())
    assert done.exit_code == 0, done.output
    (log,) = logs.glob("*-channel_write.serial")
    serial = log.read_bytes().decode("ascii", "replace")
    frames = re.findall(r"^    (~\S.*?)[0-9a-f]{8}  +\w", text, re.MULTILINE)
    assert len(frames) == 2
    for frame in frames:
        # The time of a call, and with it the frame's length, differ from boot to boot.
        parts = re.fullmatch(r"(~\w{3})\w\w([CR])[P-o]*[0-O](.*)", frame)
        assert parts is not None, frame
        same = rf"\n{parts[1]}\w\w{parts[2]}[P-o]*[0-O]{re.escape(parts[3])}"
        assert re.search(same, serial), frame
