"""The generated cases as pytest items: of the project's own file of set-ups, and of no other."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from zxhil.abi.arch import Arch
from zxhil.guest.baseline.setups import PATH
from zxhil.run.plan import plan


def collected(*arguments: str) -> list[str]:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, *arguments], cwd=PATH.parents[1], capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 5), done.stdout
    return [line for line in done.stdout.splitlines() if "::" in line]


def test_the_file_has_all_baseline_cases():
    names = {line.partition("::")[2].replace("::", "/") for line in collected(str(PATH))}
    tasks = plan([Arch.X64], "baseline_*")
    assert names == {case.id for task in tasks for case in task.chosen}


def test_its_folder_has_them_too():
    assert collected("guest_tests", "-k", "baseline_vmo_create and out_null and not physical") == [
        "guest_tests/baseline.txt::baseline_vmo_create::out_null"
    ]


def test_markers_select():
    chosen = collected(str(PATH), "-m", "vmo_create/invalid_args_out")
    assert chosen
    assert all("::baseline_vmo_create::out_" in line for line in chosen)


def test_another_file_of_the_name_is_left_alone(tmp_path: Path):
    shutil.copy(PATH, tmp_path / "baseline.txt")
    (tmp_path / "mine.c").write_text('#include "zxtest.h"\nCASE(a, "event_create/created") {}\n')
    assert [line.rpartition("/")[2] for line in collected(str(tmp_path))] == ["mine.c::a"]


def test_each_program_is_one_worker_s():
    pytest.importorskip("xdist")
    from zxhil.pytest_plugin.scheduler import ByProgram

    split = ByProgram.__new__(ByProgram)._split_scope
    assert (
        split("guest_tests/baseline.txt::baseline_a::x") == "guest_tests/baseline.txt::baseline_a"
    )
