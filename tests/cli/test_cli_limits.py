"""Where logs may go, and limits that are none."""

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


@pytest.mark.parametrize(
    "words",
    [
        ["explore", "--time", "nan"],
        ["explore", "--time", "inf"],
        ["bisect", "--build-timeout", "-5"],
        ["sweep", "--test-timeout", "nan"],
        ["sweep", "--jobs", "9999999"],
    ],
    ids=" ".join,
)
def test_limits_that_are_none_are_refused(words: list[str]) -> None:
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 2
    assert words[-1] in done.output
