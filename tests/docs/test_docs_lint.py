"""Findings about pages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from docs_facts import HEAD
from zxhil.cli.docs import command
from zxhil.docs.lint import RULES, LintFinding, lint
from zxhil.docs.parse import parse_tree
from zxhil.errors import UserError

CLEAN = (
    HEAD
    + """
## RIGHTS

*handle* must have **ZX_RIGHT_WRITE**.

## ERRORS

**ZX_ERR_ACCESS_DENIED**  *handle* does not have **ZX_RIGHT_WRITE**.

**ZX_ERR_INVALID_ARGS**  *out* is an invalid pointer.
"""
)
ERRORS = 20  # line of the heading in CLEAN's ERRORS


def findings(folder: Path, text: str, calls: frozenset[str] | None = None) -> list[LintFinding]:
    (folder / "widget_turn.md").write_text(text)
    return list(lint(parse_tree(folder), calls))


def test_clean_page(tmp_path: Path) -> None:
    assert findings(tmp_path, CLEAN) == []
    assert findings(tmp_path, CLEAN, frozenset({"widget_turn"})) == []


CASES = [
    ("**ZX_ERR_INVALID_ARGS**", "**ZX_ERR_INVALID_ARG**", "no-such-status", 24, "INVALID_ARGS"),
    ("**ZX_ERR_INVALID_ARGS**", "**ERR_BAD_TYPE**", "no-such-status", 24, "ERR_BAD_TYPE"),
    ("**ZX_ERR_INVALID_ARGS**", "**MX_ERR_INVALID_ARGS**", "old-status-name", 24, "is now called"),
    ("**ZX_ERR_INVALID_ARGS**", "**ZX_ERR_ACCESS_DENIED**", "status-twice", 24, "first on line 22"),
    ("*out* is an invalid pointer.", "", "no-condition", 24, "INVALID_ARGS"),
    ("*out* is", "*outt* is", "unknown-parameter", 24, "has out"),
    ("not have **ZX_RIGHT_WRITE**", "not have **ZX_WRITE_RIGHT**", "no-such-right", 22, "WRITE"),
    ("not have **ZX_RIGHT_WRITE**", "not have **ZX_RIGHT_READ**", "rights-disagree", 22, "READ"),
    ("## ERRORS", "## TROUBLE", "no-errors-section", 1, "no ERRORS"),
    ("*handle* must have **ZX_RIGHT_WRITE**.", "TODO(ZX-1)", "rights-todo", 16, "TODO"),
    ("## SYNOPSIS", "## SHAPE", "no-synopsis", 1, "SYNOPSIS"),
    ("# zx_widget_turn", "# zx_widget_stop", "wrong-title", 1, "widget_stop"),
    ("must have **ZX_RIGHT_WRITE**", "must be lovely", "not-understood", 18, "lovely"),
]


@pytest.mark.parametrize(("old", "new", "rule", "line", "words"), CASES)
def test_rule(tmp_path: Path, old: str, new: str, rule: str, line: int, words: str) -> None:
    found = findings(tmp_path, CLEAN.replace(old, new, 1))
    ours = [each for each in found if each.rule == rule]
    assert [(each.line, words in each.text) for each in ours] == [(line, True)]


def test_errors_still_to_do(tmp_path: Path) -> None:
    text = CLEAN.split("## ERRORS")[0] + "## ERRORS\n\nTODO(ZX-3)\n"
    assert [(f.rule, f.line) for f in findings(tmp_path, text)] == [("errors-todo", ERRORS)]
    empty = CLEAN.split("## ERRORS")[0] + "## ERRORS\n\n## SEE ALSO\n"
    assert [(f.rule, f.line) for f in findings(tmp_path, empty)] == [("errors-empty", ERRORS)]


def test_same_status_with_the_same_words(tmp_path: Path) -> None:
    again = CLEAN + "\n**ZX_ERR_INVALID_ARGS**  *out* is an invalid pointer.\n"
    (found,) = findings(tmp_path, again)
    assert "same words" in found.text


def test_fields_of_structs_and_calls_are_no_parameters(tmp_path: Path) -> None:
    fields = "\n## DESCRIPTION\n\n```\nstruct { int wheel_size; };\n```\n\n*wheel_size* of "
    fields += "*widget_turn*.\n"
    assert findings(tmp_path, CLEAN + fields) == []
    bare = "\n## DESCRIPTION\n\n*wheel_size* counts, *wheel* does not.\n"
    assert [f.rule for f in findings(tmp_path, CLEAN + bare)] == ["unknown-parameter"]


def test_calls_without_page_and_pages_without_call(tmp_path: Path) -> None:
    found = findings(tmp_path, CLEAN, frozenset({"widget_stop"}))
    assert [(f.rule, f.line) for f in found] == [
        ("call-without-page", 0),
        ("page-without-call", 1),
    ]


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(command, arguments)
    if isinstance(result.exception, UserError):
        return result.exception.exit_code, str(result.exception)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result.exit_code, result.output


def test_lint_command(tmp_path: Path) -> None:
    path = tmp_path / "widget_turn.md"
    path.write_text(CLEAN)
    assert run("lint", str(path))[0] == 0
    path.write_text(CLEAN.replace("*out*", "*outt*"))
    code, output = run("lint", str(tmp_path))
    assert code == 1
    assert f"{path}:24: unknown-parameter: *outt*" in output
    code, output = run("lint", str(tmp_path), "--json", "--rule", "unknown-parameter")
    assert code == 1
    assert [(f["file"], f["line"], f["rule"]) for f in json.loads(output)] == [
        (str(path), 24, "unknown-parameter")
    ]
    assert run("lint", str(tmp_path), "--rule", "rights-todo")[0] == 0


def test_lint_command_with_calls(tmp_path: Path) -> None:
    path = tmp_path / "widget_turn.md"
    path.write_text(CLEAN)
    calls = tmp_path / "calls.list"
    calls.write_text("# of a kernel\nzx_widget_turn\nwidget_stop\n")
    code, output = run("lint", str(path), "--calls", str(calls))
    assert code == 1
    assert "call-without-page: zx_widget_stop" in output
    calls.write_text("not a name\n")
    assert run("lint", str(path), "--calls", str(calls)) == (
        2,
        f"{calls}:1: `not a name` is not the name of a call\n  remedy: give one name per line",
    )


def test_lint_command_bad_input(tmp_path: Path) -> None:
    path = tmp_path / "widget_turn.md"
    path.write_text(CLEAN)
    assert run("lint", str(tmp_path / "no"))[0] == 2
    assert run("lint", str(path), "--rule", "no-rule")[0] == 2
    assert run("lint", str(path), "--vdso", str(path))[0] == 2
    assert run("lint", str(path), "--vdso", str(path), "--calls", str(path))[0] == 2


def test_every_rule_is_described(tmp_path: Path) -> None:
    tested = {case[2] for case in CASES} | {"errors-todo", "errors-empty", "second-page"}
    tested |= {"call-without-page", "page-without-call", "wrong-synopsis"}
    assert tested == set(RULES)
