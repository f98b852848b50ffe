"""Completion of options and of the values that only zxhil knows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from zxhil import shipped

SHELLS = ("bash", "zsh", "fish")


def zxhil(*arguments: str, **environment: str) -> str:
    command = [sys.executable, "-c", "from zxhil.cli import main; main()", *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **environment}, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def completed(shell: str, line: str) -> list[str]:
    """What `shell` offers at the end of `line`."""
    words = line.split(" ")
    typed = words[-1]
    # fish hands over the word at the cursor, the others its number.
    cword = typed if shell == "fish" else str(len(words) - 1)
    shown = zxhil(
        _ZXHIL_COMPLETE=f"{shell}_complete", COMP_WORDS=line, COMP_CWORD=cword
    ).splitlines()
    if shell == "zsh":
        return shown[1::3]
    return [entry.split(",", 1)[1].split("\t")[0] for entry in shown]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("zxhil comp", "compare"),
        ("zxhil run --boo", "--boots"),
        ("zxhil run --tests channel_write_", "channel_write_etc"),
        ("zxhil clauses zx_object_get_ch", "zx_object_get_child"),
        ("zxhil run --known zircon-2018", "zircon-2018-12"),
        ("zxhil run --case socket_share/sel", "socket_share/self"),
        ("zxhil faults --fault accept-", "accept-signal-missing"),
    ],
)
def test_completions_are_offered(shell: str, line: str, offered: str) -> None:
    found = completed(shell, line)
    assert offered in found
    assert all(each.startswith(line.split(" ")[-1]) for each in found)


@pytest.mark.parametrize("shell", SHELLS)
def test_targets_of_the_folder_are_offered(
    shell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = '[target.nuc]\nserial = { port = "/dev/ttyUSB0" }\n'
    (tmp_path / "zxhil.toml").write_text(text)
    assert completed(shell, "zxhil run --target n") == ["nuc"]


def test_a_completer_that_fails_offers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from zxhil.cli import completion

    def broken() -> list[str]:
        raise OSError("no such disk")

    assert completion._completer(broken)(None, None, "") == []  # type: ignore[arg-type]


def test_bash_reads_its_script() -> None:
    script = zxhil("completion", "bash") + "\ncomplete -p zxhil"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert "_zxhil_completion" in done.stdout, done.stderr


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_has_a_script(shell: str) -> None:
    assert f"{shell}_complete" in zxhil("completion", shell)


def test_shipped_known_files_are_there() -> None:
    assert {path.stem for path in shipped.KNOWN.glob("*.toml")} >= {"zircon-2018-12"}
