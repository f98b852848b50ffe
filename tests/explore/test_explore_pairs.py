"""What an exploration reaches, beside the cases of a run."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from zxhil.cli import cli
from zxhil.errors import UserError
from zxhil.explore.pairs import compared, compared_text, of_exploration, of_logs


def test_only_what_one_of_them_reaches_is_listed_for_it():
    explored = frozenset(("clause a/x", "clause a/y", "pair a/x a/y", "pair a/x b/z"))
    cases = frozenset(("clause a/x", "pair a/x b/z", "clause b/z"))
    shares = compared(explored, cases, "clause")
    assert shares == ({"a/x"}, {"a/y"}, {"b/z"})
    assert list(compared_text(explored, cases, every=True)) == [
        "clauses: 1 reached by both, 1 by the exploration alone, 1 by the run alone",
        "  exploration  a/y",
        "  run          b/z",
        "pairs of clauses in one call: 1 reached by both, 1 by the exploration alone, "
        "0 by the run alone",
        "  exploration  a/x a/y",
    ]


def test_log_of_a_run_is_judged_for_its_clauses(tmp_path):
    done = CliRunner().invoke(
        cli, ["run", "-q", "--arch", "x64", "--tests", "channel_write", "--case", "*self*",
              "--log-dir", str(tmp_path / "logs")],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    found = of_logs(tmp_path / "logs")
    assert "clause channel_write/not_supported_self" in found
    report = tmp_path / "found.json"
    report.write_text(
        json.dumps({"coverage": ["clause channel_write/not_supported_self", "status x"]})
    )
    done = CliRunner().invoke(cli, ["explore", "pairs", str(report), str(tmp_path / "logs")])
    assert done.exit_code == 0
    assert done.output.startswith("clauses: 1 reached by both, 0 by the exploration alone, ")


@pytest.mark.parametrize("text", ["", "[]", '{"coverage": 1}', '{"coverage": [1]}', "{}"])
def test_file_that_is_no_exploration_is_refused(tmp_path, text):
    path = tmp_path / "found.json"
    path.write_text(text)
    with pytest.raises(UserError, match="is not the JSON file of an exploration"):
        of_exploration(path)


def test_folder_without_logs_is_refused(tmp_path):
    with pytest.raises(UserError, match="has no serial logs"):
        of_logs(tmp_path)
