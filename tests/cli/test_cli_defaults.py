"""Defaults of zxhil run from zxhil.toml: what they set, and what goes before them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest
from zxhil.cli.defaults import defaults_used
from zxhil.cli.run import command
from zxhil.cli.target import take
from zxhil.errors import UserError


def parsed(*words: str) -> tuple[dict[str, Any], list[str]]:
    context = command.make_context("run", list(words))
    return context.params, defaults_used(context)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return folder


def write(text: str, folder: Path = Path()) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "zxhil.toml").write_text(text)


def test_file_sets_jobs_reports_and_defaults(here: Path) -> None:
    write(
        '[target.x]\narch = "x64"\n'
        + '[run]\njobs = 3\njson = "out.json"\nfail_fast = true\nwords = ["a=1", "b"]\n'
        'image = "sub/build"\narch = "arm64"\nknown = "zircon-2018-12"\n'
        'markdown = "out.md"\n'
    )
    values, used = parsed()
    assert (values["jobs"], values["fail_fast"], values["words"]) == (3, True, ("a=1", "b"))
    assert values["json_file"] == here / "out.json"
    assert values["markdown_file"] == here / "out.md"
    assert values["image"] == here / "sub" / "build"
    assert (values["arch"], str(values["known"])) == ("arm64", "zircon-2018-12")
    assert "jobs = 3" in used
    assert values["repeat"] == 1
    assert not any(line.startswith("repeat") for line in used)


def test_command_line_goes_before_the_file() -> None:
    write('[run]\njobs = 3\nwords = ["a=1"]\n')
    values, used = parsed("--jobs", "1", "--word", "b")
    assert (values["jobs"], values["words"], used) == (1, ("b",), [])


def test_target_goes_before_the_file_and_may_come_from_it() -> None:
    write('[run]\ntarget = "lab"\nmemory = 256\nsmp = 2\n[target.lab]\nmemory = 512\n')
    context = command.make_context("run", [])
    options = dict(context.params)
    target = take(context, options)
    assert target.name == "lab"
    assert (options["memory"], options["smp"]) == (512, 2)
    context = command.make_context("run", ["--memory", "128"])
    options = dict(context.params)
    take(context, options)
    assert options["memory"] == 128


def test_current_folder_goes_before_the_users_own_file(tmp_path: Path) -> None:
    write("[run]\njobs = 5\nrepeat = 2\n", tmp_path / "config" / "zxhil")
    write("[run]\njobs = 3\n")
    values, _ = parsed()
    assert (values["jobs"], values["repeat"]) == (3, 2)


def test_resumed_run_takes_no_defaults() -> None:
    write('[run]\njobs = 3\ntarget = "lab"\n[target.lab]\n')
    values, used = parsed("--resume", "logs")
    assert (values["jobs"], values["target"], used) == (None, None, [])


@pytest.mark.parametrize(
    ("line", "problem", "remedy"),
    [
        ("job = 3", "has an unknown key 'job'", "did you mean jobs?"),
        ("fail-fast = true", "has an unknown key 'fail-fast'", "did you mean fail_fast?"),
        ("jobs = 0", "jobs is 0, below the minimum", "give 1 or more"),
        ('jobs = "2"', "jobs is '2'", "give an integer"),
        ('arch = "x86"', "arch is 'x86'", "did you mean x64?"),
        ("fail_fast = 1", "fail_fast is 1", "give true or false"),
        ('words = "a"', "words is 'a'", "give a list of strings"),
        ('image = ""', "image is ''", "give a path"),
        ("yes = true", "has an unknown key 'yes'", "give it on the command line"),
        ('ssh_run = "x"', "has an unknown key 'ssh_run'", "[target.NAME]"),
        ('resume = "logs"', "has an unknown key 'resume'", "give it on the command line"),
    ],
)
def test_wrong_default_is_refused_with_its_line(line: str, problem: str, remedy: str) -> None:
    write(f"# defaults\n[run]\n{line}\n")
    with pytest.raises(UserError) as refused:
        parsed()
    assert refused.value.place == "zxhil.toml:3"
    assert refused.value.problem == problem
    assert remedy in refused.value.remedy


def test_unknown_table_is_refused_with_what_was_meant() -> None:
    write("[runs]\njobs = 1\n")
    with pytest.raises(UserError, match="unknown table 'runs'") as refused:
        parsed()
    assert refused.value.remedy == "did you mean run?"


def test_report_that_cannot_be_written_is_refused_at_once() -> None:
    write('[run]\njson = "no/such/folder/x.json"\n')
    with pytest.raises((UserError, click.UsageError), match="no/such/folder"):
        parsed()
