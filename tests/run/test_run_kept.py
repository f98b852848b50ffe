"""A finished run's reports survive whatever goes wrong after its last verdict."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from zxhil.cli import cli
from zxhil.run import durations
from zxhil.run.journal import Journal

pytestmark = pytest.mark.qemu

_RUN = ("run", "--arch", "x64", "--tests", "object_get_child", "--case", "child_destroyed")


def _read_only(*_: object, **__: object) -> None:
    raise OSError(errno.EROFS, "Read-only file system", "/somewhere")


def _unforeseen(*_: object, **__: object) -> None:
    raise KeyError("nobody knew")


@pytest.mark.parametrize("fails", [_read_only, _unforeseen])
@pytest.mark.parametrize(
    ("owner", "name"), [(Journal, "close"), ("shutil", "rmtree"), (durations, "measured")]
)
def test_a_cleanup_that_fails_loses_no_report(
    owner: object,
    name: str,
    fails: Callable[..., None],
    tmp_path: Path,
    scratch: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    report = tmp_path / "report.json"
    words = [*_RUN, "--log-dir", str(tmp_path / "logs"), "--json", str(report)]
    with monkeypatch.context() as patch:
        if isinstance(owner, str):
            patch.setattr(f"zxhil.machine.scratch.{owner}.{name}", fails)
        else:
            patch.setattr(owner, name, fails)
        done = CliRunner().invoke(cli, words)
    for left in scratch.iterdir():
        subprocess.run(["rm", "-r", str(left)], check=True)
    assert done.exit_code == 3, done.output
    assert ("Read-only file system" if fails is _read_only else "internal error") in done.output
    assert all(case["end"] == "passed" for case in json.loads(report.read_text())["cases"])


@pytest.mark.parametrize("redirection", [">/dev/full", ">&-", "2>&-", "| true", "2>/dev/full"])
def test_a_lost_output_loses_no_report(redirection: str, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    script = f'set -o pipefail; "$@" --json {report} {redirection}'
    command = [sys.executable, "-c", "from zxhil.cli import main; main()", *_RUN]
    done = subprocess.run(
        ["bash", "-c", script, "bash", *command],
        cwd=tmp_path,
        env={**os.environ},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == (0 if redirection.startswith("2") else 3), done.stderr
    assert "Traceback" not in done.stderr
    assert json.loads(report.read_text())["cases"]
