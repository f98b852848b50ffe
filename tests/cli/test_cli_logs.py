"""Where the logs of a run go that names no folder."""

from __future__ import annotations

from pathlib import Path

import pytest
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
