"""Nothing that the user gave is ignored in silence: another kernel would be judged."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from zxhil.cli import main, run
from zxhil.cli.base import PATH

Zxhil = Callable[..., tuple[int, str]]


@pytest.fixture
def zxhil(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Zxhil:
    """Run the command line in an empty folder, in which nothing is left; (exit code, errors)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("zxhil.cli.run._run", lambda *_: 0)

    def call(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["zxhil", *words])
        before = sorted(tmp_path.iterdir())
        with pytest.raises(SystemExit) as end:
            main()
        assert sorted(tmp_path.iterdir()) == before
        return int(end.value.code or 0), capsys.readouterr().err

    return call


@pytest.mark.parametrize(
    "option",
    ["--serial", "--ssh", "--target", "--power-cycle", "--ssh-run", "--trace-from", "--age",
     "--word", "--tests", "--case", "--shard", "--limit"],
)  # fmt: skip
@pytest.mark.parametrize("form", ["{} ", "{}="])
def test_an_empty_value_is_refused(option: str, form: str, zxhil: Zxhil) -> None:
    code, said = zxhil("run", *form.format(option).split(" "))
    assert code == 2
    assert f"{option} is empty" in said


PATHS = sorted({each.opts[0] for each in run.command.params if isinstance(each.type, type(PATH))})


@pytest.mark.parametrize("option", PATHS)
@pytest.mark.parametrize("path", ["x" * 300, "x/" * 3000])
def test_path_that_is_too_long_is_refused(option: str, path: str, zxhil: Zxhil) -> None:
    assert len(PATHS) > 10
    code, said = zxhil("run", option, path)
    assert code == 2
    assert f"{option}': " in said
    assert "too long" in said


@pytest.mark.parametrize(
    ("words", "needed"),
    [
        (["--ssh-key", "k"], "--ssh HOST"),
        (["--ssh-accept-any-host-key"], "--ssh HOST"),
        (["--trace-from", "serial"], "--ssh HOST"),
        (["--transport", "ssh"], "--ssh HOST"),
        (["--power-cycle", "./relay"], "--serial PORT"),
        (["--speed", "9600"], "--serial PORT"),
        (["--flow", "rtscts"], "--serial PORT"),
    ],
)
def test_an_option_that_would_have_no_effect_is_refused(
    words: list[str], needed: str, zxhil: Zxhil
) -> None:
    code, said = zxhil("run", *words)
    assert (code, f"give {needed}" in said) == (2, True)


@pytest.mark.parametrize(
    "words",
    [
        ["--shard", "\u00b2/3"],
        ["--ssh", "me@host:\u00b2"],
        ["--ssh", "me@host:65536"],
        ["--ssh", "me@host:0"],
        ["--repeat", "99999999999999999999"],
    ],
)
def test_an_invalid_number_is_refused(words: list[str], zxhil: Zxhil) -> None:
    code, said = zxhil("run", *words)
    assert code == 2, said


@pytest.mark.parametrize(
    ("command", "both"),
    [
        ("check logs --json a --junit a", "--junit and --json"),
        ("check logs --json a --junit ./a", "--junit and --json"),
        ("check logs --json a --ktap link", "--ktap and --json"),
        ("check logs --html a --markdown a", "--markdown and --html"),
        ("check logs --known known.toml --json known.toml", "--json and --known"),
        ("check run.json --json run.json", "--json and LOG"),
        ("report run.json --html run.json", "--html and RUN"),
        ("report run.json --html x --markdown x", "--markdown and --html"),
        ("run --log-dir new --json new", "--json and --log-dir"),
        ("image pack kernel.zbi --boot bin/x --out kernel.zbi", "--out and PATH"),
    ],
)
def test_one_file_for_two_things_is_refused(
    command: str, both: str, zxhil: Zxhil, tmp_path: Path
) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "link").symlink_to("a")
    for name in ("run.json", "known.toml"):
        (tmp_path / name).write_bytes(b"precious")
    (tmp_path / "kernel.zbi").write_bytes(b"precious\0")
    code, said = zxhil(*command.split())
    assert code == 2
    assert f"{both} are the same file" in said
    assert (tmp_path / "run.json").read_bytes() == b"precious"


@pytest.mark.parametrize("name", ["run.jsonl", "x64-event_create.serial", "x64-event_create.times"])
def test_a_report_in_place_of_a_log_is_refused(name: str, zxhil: Zxhil, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"precious")
    code, said = zxhil("check", ".", "--json", name)
    assert (code, "is a log of a run" in said) == (2, True)
    assert (tmp_path / name).read_bytes() == b"precious"


def test_a_descriptor_that_cannot_be_written_is_refused_before_the_run(zxhil: Zxhil) -> None:
    assert zxhil("run", "--json", "/dev/fd/399")[0] == 2
    reading = os.open(os.devnull, os.O_RDONLY)
    try:
        assert zxhil("run", "--json", f"/dev/fd/{reading}")[0] == 2
    finally:
        os.close(reading)
