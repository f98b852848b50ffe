"""How a command ends: a host failure is exit code 3, never a verdict."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from zxhil.cli import ending
from zxhil.errors import MachineError, UserError
from zxhil.unforeseen import DEBUG

_COMMAND = [sys.executable, "-c", "from zxhil.cli import main; main()"]
_CLAUSES = "clauses"


def shell(script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a script of bash in which "$@" is `zxhil`."""
    return subprocess.run(
        ["bash", "-c", script, "bash", *_COMMAND],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def raising(error: BaseException) -> object:
    def command() -> object:
        raise error

    return command


# Standard output and error.


@pytest.mark.parametrize(
    ("redirection", "why"),
    [
        (">&-", "Bad file descriptor"),
        (">/dev/full", "No space left on device"),
        ("| true", "its reader closed it"),
    ],
)
def test_an_output_that_cannot_be_written_is_exit_code_3(
    redirection: str, why: str, tmp_path: Path
) -> None:
    done = shell(f'set -o pipefail; "$@" {_CLAUSES} {redirection}', tmp_path)
    assert done.returncode == 3
    assert done.stderr == f"zxhil: standard output: can't be written: {why}\n"


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full", "2>&- <&-"])
def test_a_lost_standard_error_changes_no_exit_code(redirection: str, tmp_path: Path) -> None:
    done = shell(f'"$@" {_CLAUSES} --no-such-option {redirection}', tmp_path)
    assert done.returncode == 2
    done = shell(f'"$@" {_CLAUSES} {redirection}', tmp_path)
    assert (done.returncode, done.stdout[:3]) == (0, "zx_")


def test_characters_outside_the_encoding_are_escaped(tmp_path: Path) -> None:
    environment = {"PYTHONIOENCODING": "latin-1", "LC_ALL": "xx"}
    done = shell('"$@" check "n\u20ac\udcff"', tmp_path, **environment)
    assert done.returncode == 2
    assert "zxhil: n\\u20ac\\udcff: does not exist" in done.stderr


@pytest.mark.parametrize(
    ("words", "code"), [("--help >/dev/full", 128), ("--no-such-option", 128), ("--help", 0)]
)
def test_no_failure_of_a_bisect_step_is_an_answer_to_git(
    words: str, code: int, tmp_path: Path
) -> None:
    assert shell(f'"$@" bisect step {words}', tmp_path).returncode == code


# Exceptions.


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_every_oserror_is_the_hosts(
    number: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["zxhil", "run", "--json", "out.json"])
    error = OSError(number, os.strerror(number), "/cache/file")
    assert ending.run(raising(error)) == 3
    assert capsys.readouterr().err == f"zxhil: /cache/file: {os.strerror(number)}\n"


@pytest.mark.parametrize("words", [["--image", "given"], ["--image=given"], ["./given"]])
def test_an_oserror_of_a_given_path_is_the_users(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["zxhil", "run", *words])
    error = OSError(errno.ENAMETOOLONG, "File name too long", str(Path("given").absolute()))
    assert ending.run(raising(error)) == 2
    assert "File name too long" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "this host: No space left"),
        (MemoryError(), "out of memory"),
        (RuntimeError("can't start new thread"), "no more threads"),
    ],
)
def test_a_host_without_resources_is_exit_code_3(
    error: Exception, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ending.run(raising(error)) == 3
    assert said in capsys.readouterr().err


def test_an_unforeseen_error_is_exit_code_3_with_a_file_to_send(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["zxhil", "run", "--tests", "a b"])
    assert ending.run(raising(KeyError("nobody\nknew"))) == 3
    said = capsys.readouterr().err
    (file,) = (tmp_path / "zxhil").iterdir()
    assert "internal error: KeyError" in said
    assert str(file) in said
    assert "Traceback" not in said
    text = file.read_text()
    assert "command: zxhil run --tests 'a b'" in text
    assert "Traceback" in text


def test_an_unforeseen_error_on_a_host_that_takes_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "write_text", refuse)
    assert ending.run(raising(KeyError("x"))) == 3
    assert DEBUG in capsys.readouterr().err


def test_the_debug_variable_shows_the_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(DEBUG, "1")
    assert ending.run(raising(MachineError("no boot"))) == 3
    said = capsys.readouterr().err
    assert "Traceback" in said
    assert said.endswith("zxhil: no boot\n")


def test_user_and_machine_errors_have_their_exit_codes() -> None:
    assert ending.run(raising(UserError("here", "is wrong", "fix it"))) == 2
    assert ending.run(raising(MachineError("it broke"))) == 3
    assert ending.run(raising(SystemExit(1))) == 1
    assert ending.run(raising(SystemExit("a text"))) == 3
    assert ending.run(lambda: None) == 0


# Signals.


_WAITING = """
import sys, time
from zxhil.cli import ending
sys.exit(ending.run(lambda: (print("ready", flush=True), time.sleep(60))))
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_has_its_exit_code_in_every_command(number: signal.Signals, code: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _WAITING], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (code, "zxhil: interrupted\n")
