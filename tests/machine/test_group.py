"""Programs that are asked something: none that they start is left, and none fills the memory."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from machine_ended import SOON, has_ended
from zxhil.abi.arch import Arch
from zxhil.machine.group import ANSWER_LIMIT, ProgramAnswer, ask
from zxhil.machine.params import params_for, refuse_old


def test_answer_has_both_outputs_and_the_exit_code() -> None:
    script = "read given; echo out $given; echo err >&2; exit 7"
    assert ask(["/bin/sh", "-c", script], SOON, b"x\n") == ProgramAnswer(7, b"out x\n", b"err\n")


def test_answer_without_an_end_is_cut_and_its_program_killed() -> None:
    answer = ask([sys.executable, "-c", "while True: print('version 1.2')"], SOON)
    assert answer is not None and answer.code == -9
    assert answer.out.startswith(b"version 1.2\n") and len(answer.out) == ANSWER_LIMIT


@pytest.mark.parametrize("last", ["wait", "exit 0"])
def test_child_of_the_asked_program_is_killed(tmp_path: Path, last: str) -> None:
    """Whether the program waits for it or ends before."""
    pid = tmp_path / "pid"
    script = f"sleep 3600 & echo $! >{pid}; echo version 4.2; {last}"
    answer = ask(["/bin/sh", "-c", script], 2.0 if last == "wait" else SOON)
    assert answer == (None if last == "wait" else ProgramAnswer(0, b"version 4.2\n", b""))
    assert has_ended(int(pid.read_text()))


def test_version_of_a_qemu_that_never_ends_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = tmp_path / "pid"
    program = tmp_path / params_for(Arch.X64).binary
    program.write_text(f"#!/bin/sh\nyes 'line of a fake QEMU' & echo $! >{pid}; wait\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    refuse_old(params_for(Arch.X64))
    assert has_ended(int(pid.read_text()))
