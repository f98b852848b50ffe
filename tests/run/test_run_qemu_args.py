"""Arguments that the user gives QEMU."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from zxhil.abi.arch import Arch
from zxhil.errors import UserError
from zxhil.machine.boot import Boot, command
from zxhil.machine.limits import Limits, Watch
from zxhil.machine.listen import listen
from zxhil.machine.machine import Machine

_ZXHIL = [sys.executable, "-c", "from zxhil.cli import main; main()"]


def _run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*_ZXHIL, "run", "-q", "--arch", "x64", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_user_args_are_last_in_the_command() -> None:
    boot = Boot(Arch.X64, Path("k"), Path("z"), extra=("-own",), user_args=("-d", "int"))
    assert command(boot, None)[-3:] == ("-own", "-d", "int")


def test_bad_arg_of_a_machine_is_a_user_error_with_qemu_s_message(tmp_path: Path) -> None:
    (tmp_path / "k").write_bytes(b"")
    boot = Boot(Arch.X64, tmp_path / "k", tmp_path / "k", user_args=("-nosuch",))
    with Machine(boot, tmp_path) as machine, pytest.raises(UserError) as caught:
        list(listen(machine, Watch(Limits())))
    assert caught.value.place == "--qemu-arg -nosuch"
    assert "-nosuch: invalid option" in caught.value.problem


@pytest.mark.parametrize("boots", ["each", "once"])
def test_bad_arg_ends_the_run_with_exit_code_2(tmp_path: Path, boots: str) -> None:
    done = _run(tmp_path, "--tests", "object_get_child", "--boots", boots, "--qemu-arg", "-nosuch")
    assert done.returncode == 2
    assert "--qemu-arg -nosuch: QEMU does not start: " in done.stderr
    assert "-nosuch: invalid option" in done.stderr


def test_arg_is_in_the_command_the_journal_and_the_report(tmp_path: Path) -> None:
    given = ["--qemu-arg", "-name", "--qemu-arg", "a b"]
    done = _run(
        tmp_path, "--tests", "object_get_child", "--case", "wrong_type*", *given, "--show-command",
        "--log-dir", "logs", "--json", "report.json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].endswith(" -name 'a b'")
    lines = map(json.loads, (tmp_path / "logs/run.jsonl").read_text().splitlines())
    assert next(line["options"]["qemu_args"] for line in lines if "options" in line) == given[1::2]
    boots = json.loads((tmp_path / "report.json").read_text())["boots"]
    assert {tuple(boot["command"][-2:]) for boot in boots} == {("-name", "a b")}
    refused = _run(tmp_path, "--resume", "logs")
    assert refused.returncode == 2
    assert "--qemu-arg: -name 'a b'" in refused.stderr


@pytest.mark.parametrize("hardware", [("--ssh", "host"), ("--serial", "/dev/null")])
def test_arg_without_a_qemu_is_refused(tmp_path: Path, hardware: tuple[str, ...]) -> None:
    done = _run(tmp_path, *hardware, "--tests", "object_get_child", "--qemu-arg", "-nosuch")
    assert done.returncode == 2
    assert "--qemu-arg -nosuch: starts no QEMU" in done.stderr
