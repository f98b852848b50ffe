"""Paths that are refused before anything runs: what may be read without end, or must not go."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from zxhil.cli import cli
from zxhil.cli.base import BINARY_OUTPUT, OUTPUT, PATH, is_path
from zxhil.errors import UserError
from zxhil.regular_file import why_special
from zxhil.run.journal import EXPLORATION, Journal


def said_of(*words: str) -> str:
    done = CliRunner().invoke(cli, words)
    assert done.exit_code != 0
    return done.output if isinstance(done.exception, SystemExit) else str(done.exception)


def commands(group: click.Group) -> Iterator[click.Command]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield command
        if isinstance(command, click.Group):
            yield from commands(command)


def test_fifo_is_refused_by_every_path_to_read(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    asked = [
        parameter
        for command in commands(cli)
        for parameter in command.params
        if is_path(parameter.type) and parameter.type not in (OUTPUT, BINARY_OUTPUT)
    ]
    assert len(asked) > 30
    for parameter in asked:
        with pytest.raises(click.BadParameter, match=r"FIFO|not a folder"):
            parameter.type.convert(str(fifo), parameter, None)


@pytest.mark.parametrize(
    "words", [("history", "add", "FIFO"), ("compare", "FIFO", "FIFO"), ("run", "--known", "FIFO")]
)
def test_fifo_is_not_waited_for(tmp_path: Path, words: tuple[str, ...]) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    assert f"{fifo} is a FIFO; give a file or a folder" in said_of(
        *(str(fifo) if word == "FIFO" else word for word in words)
    )


def test_device_is_refused_and_an_open_file_is_not(tmp_path: Path) -> None:
    assert why_special(Path("/dev/zero")) == "is a device"
    reading, writing = os.pipe()
    try:
        for path in (Path(f"/dev/fd/{reading}"), Path("/dev/null"), tmp_path, tmp_path / "none"):
            assert why_special(path) == ""
            assert PATH.convert(str(path), None, None) == path
    finally:
        os.close(reading)
        os.close(writing)


SQLITE = b"SQLite format 3\0" + bytes(100)


@pytest.mark.parametrize("option", ["--json", "--kcidb", "--html", "--junit", "--markdown"])
def test_report_does_not_replace_a_history(tmp_path: Path, option: str) -> None:
    kept = tmp_path / "h.db"
    kept.write_bytes(SQLITE)
    said = said_of("run", option, str(kept))
    assert "exists, and is a binary file, which a file of another kind would replace" in said
    assert kept.read_bytes() == SQLITE


def test_image_does_not_replace_a_document(tmp_path: Path) -> None:
    kept = tmp_path / "notes.md"
    kept.write_text("notes\n")
    said = said_of("image", "pack", "--out", str(kept))
    assert "exists, and is a text file" in said


@pytest.mark.parametrize(
    ("old", "kind"), [(b"", OUTPUT), (b"{}\n", OUTPUT), (SQLITE, BINARY_OUTPUT)]
)
def test_file_of_the_same_kind_is_replaced(tmp_path: Path, old: bytes, kind: Any) -> None:
    path = tmp_path / "file"
    path.write_bytes(old)
    assert kind.convert(str(path), None, None) == path


@pytest.mark.parametrize(
    "words", [("explore", "--save"), ("explore", "--log-dir"), ("run", "--log-dir")]
)
@pytest.mark.parametrize("below", ["", "/folder"])
def test_file_is_no_folder_to_write_to(tmp_path: Path, words: tuple[str, ...], below: str) -> None:
    path = tmp_path / "file"
    path.write_text("")
    assert f"{path} is not a folder; give another path" in said_of(*words, f"{path}{below}")


@pytest.mark.parametrize(
    "words",
    [
        ("run", "--resume", "LOGS"),
        ("run", "--replay", "LOGS"),
        ("check", "LOGS"),
        ("history", "add", "LOGS", "--db", "h.db"),
    ],
)
def test_folder_of_an_exploration_is_named_as_such(tmp_path: Path, words: tuple[str, ...]) -> None:
    logs = tmp_path / "logs"
    with Journal(logs) as journal:
        journal.write(EXPLORATION, {"programs": 6})
    given = [str(tmp_path / word.lower()) if word in ("LOGS", "h.db") else word for word in words]
    with pytest.raises(UserError, match="is the log folder of an exploration, not of a run"):
        CliRunner().invoke(cli, given, catch_exceptions=False)


@pytest.mark.parametrize(
    ("words", "most"),
    [
        (("run", "--arch", "x64", "--tests", "vmo_read"), 255),
        (("run", "--arch", "arm64", "--tests", "vmo_read"), 512),
        (("explore", "--arch", "x64"), 255),
        (("console",), 255),
    ],
)
def test_more_processors_than_the_machine_can_have_are_refused(
    tmp_path: Path, words: tuple[str, ...], most: int
) -> None:
    logs = () if words[0] == "console" else ("--log-dir", str(tmp_path / "l"))
    with pytest.raises(UserError, match=f"machine has at most {most} processors"):
        CliRunner().invoke(cli, [*words, "--smp", "99999", *logs], catch_exceptions=False)
