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
    (
        "must have **ZX_RIGHT_WRITE**",
        "must have **ZX_RIGHT_WRITE** and have **ZX_RIGHT_READ**",
        "right-not-refused",
        18,
        "ZX_RIGHT_READ",
    ),
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
    assert f"{path}:24:27: warning: unknown-parameter: *outt*" in output
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


def test_right_is_refused_by_a_condition_for_all_rights(tmp_path: Path) -> None:
    said = CLEAN.replace("*handle* does not have **ZX_RIGHT_WRITE**", "a right is missing")
    assert findings(tmp_path, said) == []
    silent = CLEAN.replace("*handle* does not have **ZX_RIGHT_WRITE**", "it is forbidden")
    assert [f.rule for f in findings(tmp_path, silent)] == ["right-not-refused"]


def test_baseline_hides_what_it_lists(tmp_path: Path) -> None:
    pages, listed = tmp_path / "pages", tmp_path / "known.json"
    pages.mkdir()
    path = pages / "widget_turn.md"
    path.write_text(CLEAN.replace("*out*", "*outt*"))
    assert run("lint", str(pages), "--write-baseline", str(listed))[0] == 0
    assert run("lint", str(pages), "--baseline", str(listed))[0] == 0
    # Lines move; a second finding of the same text counts as new.
    path.write_text("\n" + CLEAN.replace("*out*", "*outt*"))
    assert run("lint", str(pages), "--baseline", str(listed))[0] == 0
    path.write_text(CLEAN.replace("*out*", "*outer*"))
    code, output = run("lint", str(pages), "--baseline", str(listed))
    assert (code, "*outer*" in output, "1 finding of" in output) == (1, True, True)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "is not JSON"),
        ("[]", "is no baseline of version 1"),
        ('{"version": 2}', "is no baseline of version 1"),
        ('{"version": 1}', "has no list of findings"),
        ('{"version": 1, "findings": [{"file": "a"}]}', "findings[0] has no file"),
        (
            '{"version": 1, "findings": [{"file": "a", "rule": "b", "text": "c", "count": -1}]}',
            "findings[0] has no file",
        ),
    ],
)
def test_bad_baseline(tmp_path: Path, content: str, problem: str) -> None:
    (tmp_path / "widget_turn.md").write_text(CLEAN)
    (tmp_path / "known.json").write_text(content)
    code, output = run("lint", str(tmp_path), "--baseline", str(tmp_path / "known.json"))
    assert (code, problem in output) == (2, True), output


def test_links(tmp_path: Path) -> None:
    path = tmp_path / "widget_turn.md"
    path.write_text(CLEAN.replace("*out*", "*outt*"))
    base = "https://kernel.example/docs/"
    assert f"{base}widget_turn.md#L24" in run("lint", str(tmp_path), "--url-base", base)[1]
    assert f"{base}widget_turn.md#L24" in run("lint", str(path), "--url-base", base)[1]
    pattern = "https://kernel.example/{path}?line={line}"
    output = run("lint", str(tmp_path), "--url-base", pattern)[1]
    assert "https://kernel.example/widget_turn.md?line=24" in output


def test_sarif(tmp_path: Path) -> None:
    (tmp_path / "widget_turn.md").write_text(CLEAN.replace("*out*", "*outt*"))
    code, output = run("lint", str(tmp_path), "--format", "sarif", "--url-base", "https://k.e/d")
    assert code == 1
    (found,) = json.loads(output.rpartition("}")[0] + "}")["runs"]
    assert found["originalUriBaseIds"] == {"PAGES": {"uri": "https://k.e/d/"}}
    (result,) = found["results"]
    assert result["level"] == "warning"
    assert found["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "unknown-parameter"
    (place,) = result["locations"]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": "widget_turn.md", "uriBaseId": "PAGES"},
        "region": {"startLine": 24, "startColumn": 27},
    }


def test_github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    (tmp_path / "widget_turn.md").write_text(CLEAN.replace("*out* is", "*outt* is 50%"))
    code, output = run("lint", str(tmp_path), "--format", "github")
    assert code == 1
    assert "::warning file=widget_turn.md,line=24,col=27,title=unknown-parameter::*outt*" in output
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path / "other"))
    output = run("lint", str(tmp_path), "--format", "github")[1]
    assert output.startswith("::warning title=unknown-parameter::")
    assert "widget_turn.md:24:27" in output


def test_every_rule_is_described(tmp_path: Path) -> None:
    tested = {case[2] for case in CASES} | {"errors-todo", "errors-empty", "second-page"}
    tested |= {"call-without-page", "page-without-call", "wrong-synopsis"}
    assert tested == set(RULES)
