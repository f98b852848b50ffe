"""A machine has the same memory whichever command starts it."""

from __future__ import annotations

import dataclasses
import types
from pathlib import Path
from typing import Any

import pytest
from zxhil.cli import run as module
from zxhil.cli.console import command as console
from zxhil.live.boot import BootTarget
from zxhil.machine.boot import Boot
from zxhil.machine.params import MEMORY_MIB, SYSTEM_MEMORY_MIB
from zxhil.push.booting import Booting
from zxhil.pytest_plugin import bench
from zxhil.run.setup import Setup
from zxhil.target.make import setup
from zxhil.target.model import SerialKeys, Target


@pytest.mark.parametrize(
    ("words", "memory"),
    [
        ((), MEMORY_MIB),
        (("--transport", "console", "--image", "x"), SYSTEM_MEMORY_MIB),
        (("--memory", "77"), 77),
    ],
)
def test_of_a_run(words: tuple[str, ...], memory: int, monkeypatch: pytest.MonkeyPatch) -> None:
    got: list[int] = []
    monkeypatch.setattr(module, "_run", lambda _, options, __: got.append(options.memory))
    with pytest.raises(SystemExit):
        module.command.main(list(words), standalone_mode=False)
    assert got == [memory]


@pytest.mark.parametrize(("given", "memory"), [(None, MEMORY_MIB), (77, 77)])
def test_of_the_pytest_plugin(
    given: int | None, memory: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    names = (
        "zx_image",
        "zx_arch",
        "zx_shim",
        "zx_known",
        "zx_log_dir",
        "zx_age",
        "zx_repo",
        "zx_symbols",
    )
    options = dict.fromkeys(names)
    option = types.SimpleNamespace(
        **options, zx_accel="tcg", zx_memory=given, zx_smp=None, zx_word=[]
    )
    config = types.SimpleNamespace(
        option=option, invocation_params=types.SimpleNamespace(dir=tmp_path)
    )
    monkeypatch.setattr(bench.Bench, "image", None)
    made = bench.Bench(config).setup(tmp_path)  # type: ignore[arg-type]
    assert made.memory_mib == memory


@pytest.mark.parametrize("kind", [Boot, Booting, Setup, BootTarget])
def test_default_memory_of_values_made_by_hand(kind: type[Any]) -> None:
    (field,) = [field for field in dataclasses.fields(kind) if field.name == "memory_mib"]
    assert field.default == MEMORY_MIB


def test_of_a_target(tmp_path: Path) -> None:
    board = Target(arch="x64", serial=SerialKeys("/dev/x"))
    assert setup(board, None, [], tmp_path, tmp_path).memory_mib == MEMORY_MIB
    shell = dataclasses.replace(board, transport="console")
    assert setup(shell, None, [], tmp_path, tmp_path).memory_mib == SYSTEM_MEMORY_MIB


def test_of_a_console() -> None:
    (option,) = [each for each in console.params if each.name == "memory"]
    assert option.default == SYSTEM_MEMORY_MIB
