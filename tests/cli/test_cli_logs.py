"""Where the logs of a run go that names no folder."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from zxhil.cli import cli
from zxhil.cli.asked import new_folder


def test_two_runs_in_one_second_have_a_folder_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    got = []
    for _ in range(3):
        folder = new_folder("20181229-235959")
        folder.mkdir(parents=True)
        got.append(str(folder))
    first = "zxhil-logs/20181229-235959"
    assert got == [first, f"{first}.2", f"{first}.3"]


@pytest.mark.parametrize("command", ["run", "explore", "console", "shell"])
def test_a_log_folder_without_room_for_names_in_its_path_is_refused(command: str) -> None:
    folder = "/tmp/" + "/".join(["x" * 200] * 20)
    done = CliRunner().invoke(cli, [command, "--log-dir", folder])
    assert done.exit_code == 2
    assert "is too long for its files; give another folder" in done.output
