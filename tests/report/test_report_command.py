"""The command ``zxhil report``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from html_reader import Reader
from run_builders import case, failed, run
from zxhil.cli.report import command
from zxhil.errors import UserError
from zxhil.run.record import run_json


def invoke(*arguments: str) -> str:
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_the_command_writes_both(tmp_path: Path) -> None:
    saved = tmp_path / "run.json"
    saved.write_text(json.dumps(run_json(run(case(), failed()))))
    invoke(str(saved), "--html", str(tmp_path / "r.html"), "--markdown", str(tmp_path / "r.md"))
    assert Reader((tmp_path / "r.html").read_text()).tags
    assert "divergence" in (tmp_path / "r.md").read_text()


def test_conflicting_arguments_are_refused(tmp_path: Path) -> None:
    saved = tmp_path / "run.json"
    saved.write_text(json.dumps(run_json(run(case()))))
    html = ["--html", str(tmp_path / "r.html")]
    for arguments in (
        [str(saved)],
        [str(saved), *html, "--logs", str(tmp_path), "--logs", str(tmp_path)],
        [str(saved), *html, "--logs", str(tmp_path / "none")],
        [str(saved), *html, "--docs", str(tmp_path / "none")],
        [str(tmp_path / "none.json"), *html],
    ):
        with pytest.raises(UserError):
            invoke(*arguments)
    assert not (tmp_path / "r.html").exists()
