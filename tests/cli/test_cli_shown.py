"""What others wrote is shown, and does nothing: to a terminal, or to a CI service."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from run_builders import failed, kernel, run
from zxhil.cli import cli, ending
from zxhil.errors import UserError
from zxhil.known.file import parse
from zxhil.known.match import apply
from zxhil.plain import without_ci_commands
from zxhil.report.terminal import terminal_report

PAGE = """# zx_channel_write

## NAME

channel_write - {0}

## SYNOPSIS

```
zx_status_t zx_channel_write(zx_handle_t handle, uint32_t {0}options);
```

## ERRORS

**ZX_ERR_BAD_HANDLE**  *handle* {0} is not a valid handle.

**ZX_ERR_NO_SUCH{0}**  {0}
"""
STEERS = "\x1b]0;title\x07\x1b[2J\x9b31m\u202e"


@pytest.mark.parametrize("command", ["show", "lint", "coverage", "diff"])
def test_a_page_does_not_steer_the_terminal(command: str, tmp_path: Path) -> None:
    for name, text in (("old", ""), ("new", STEERS)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "channel_write.md").write_text(PAGE.format(text))
    folders = [str(tmp_path / name) for name in ("old", "new")]
    done = CliRunner().invoke(cli, ["docs", command, *folders[-2 if command == "diff" else -1 :]])
    assert done.exit_code in (0, 1)
    assert done.output
    assert not set(done.output) & set(STEERS) - set("]0;title[2J31m")


def test_a_page_whose_name_holds_a_line_end_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a\n::error::b.md").write_text(PAGE.format(""))
    done = CliRunner().invoke(cli, ["docs", "lint", str(tmp_path)])
    assert isinstance(done.exception, UserError)


def test_a_known_reason_does_not_steer_the_terminal() -> None:
    reason = '"\\u001b[31mred\\n::error::x"'
    text = f'[[divergence]]\ncase = "channel_write/bad"\nreason = {reason}\n'
    known = parse(text, Path("known.toml"))
    report = run(failed())
    shown = terminal_report(report, known=apply(known, report, whole=False))
    assert "\\x1b[31mred ::error::x" in shown
    assert "\x1b" not in shown


def test_an_error_does_not_steer_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["zxhil", "check"])
    error = UserError("a\x1b[31m", "##vso[task.complete result=Succeeded]", "x\n::error::y")
    assert ending.explain(error) == 2
    said = capsys.readouterr().err
    assert not {"\x1b", "##vso["} & {said[at : at + n] for at in range(len(said)) for n in (1, 6)}
    assert "\n::" not in said


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a ##[error]b", "a #\\x23[error]b"),
        ("##vso[task.complete]", "#\\x23vso[task.complete]"),
        ("##teamcity[x]", "#\\x23teamcity[x]"),
        ("::stop-commands::x", "\\x3a:stop-commands::x"),
        ("a\n  ::add-mask::x", "a\n  \\x3a:add-mask::x"),
        ("a::b ## c [d] # [e]", "a::b ## c [d] # [e]"),
    ],
)
def test_a_command_of_a_ci_service_is_spelled_out(text: str, shown: str) -> None:
    assert without_ci_commands(text) == shown


def test_a_kernel_version_is_no_command_of_a_ci_service(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name = "##vso[task.complete result=Succeeded;]"
    log = tmp_path / "x.serial"
    log.write_bytes(b"x")
    report = run(failed(), kernels=(kernel(version=name),))
    monkeypatch.setattr("zxhil.run.replay.check", lambda *_: report)
    done = CliRunner().invoke(cli, ["check", str(log)])
    assert done.exit_code == 1
    assert "task.complete" in done.output
    assert name not in done.output
