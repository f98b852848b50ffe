"""The machine that a bisection tests with: that of ``zxhil run``, and it is kept."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from zxhil.bisect.probe import CaseProbe
from zxhil.bisect.process import Cancel, Ended
from zxhil.bisect.provide import CannotTell, Supply, Workspace
from zxhil.bisect.record import Settings
from zxhil.bisect.session import BisectSession, read
from zxhil.bisect.setup import check, probe_of
from zxhil.bisect.when import parse
from zxhil.cli import bisect as module
from zxhil.cli import run as run_module
from zxhil.errors import EXIT_USER, UserError

MACHINE: dict[str, Any] = {
    "words": ("a=1", "b"), "memory": 300, "smp": 2, "limits": ("boot=60",), "symbols": "out/elf",
}  # fmt: skip


def settings(**more: Any) -> Settings:
    return Settings("/", ("a",), "b", images="nightly", when="boots", **more)


def test_every_test_runs_on_the_requested_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    probe = probe_of(settings(**MACHINE), parse("boots"))
    assert isinstance(probe, CaseProbe)
    got: list[Any] = []
    monkeypatch.setattr(run_module, "_run", lambda _, options, __: got.append(options))
    with pytest.raises(SystemExit):
        run_module.command.main(list(probe.options), standalone_mode=False)
    (asked,) = got
    assert (asked.words, asked.memory, asked.smp) == (("a=1", "b"), 300, 2)
    assert asked.target.limits.boot == 60


@pytest.mark.parametrize("command", ["bisect", "step"])
def test_the_command_takes_the_options_of_run(
    command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    got: list[dict[str, Any]] = []

    def taken(options: dict[str, Any]) -> Settings:
        got.append(options)
        raise UserError("a", "b", "c")

    monkeypatch.setattr(module, "_settings", taken)
    words = ["--word", "a=1", "--word", "b", "--memory", "300", "--smp", "2", "--limit", "boot=60"]
    words += ["--symbols", "out/elf"]
    with pytest.raises((UserError, SystemExit)):
        module.command.main(
            [*(["step"] if command == "step" else []), *words], standalone_mode=False
        )
    assert {name: got[0][name] for name in MACHINE} == MACHINE


def test_the_session_keeps_the_machine(tmp_path: Path) -> None:
    session = BisectSession(tmp_path / "s")
    asked = settings(**MACHINE)
    session.begin(asked, {"old": ["a"], "new": "b", "candidates": 2}, "v")
    session.close()
    assert read(tmp_path / "s").settings == asked


@pytest.mark.parametrize("name", MACHINE)
def test_a_machine_is_for_our_own_cases_only(name: str) -> None:
    asked = dataclasses.replace(settings(**{name: MACHINE[name]}), when="", when_command="true")
    with pytest.raises(UserError, match="remove it when using --when-command"):
        check(asked)


def test_invalid_limit_is_refused_at_once() -> None:
    with pytest.raises(UserError, match="boot=SECONDS, case=SECONDS, or silence=SECONDS"):
        check(settings(limits=("boo=1",)))


@pytest.mark.parametrize("there", [True, False])
def test_symbols_are_those_of_every_image(
    there: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where a build did not leave them (a step builds in the current folder), there are none."""
    if there:
        (tmp_path / "zircon.elf").touch()
    asked = dataclasses.replace(settings(symbols="zircon.elf"), home=str(tmp_path))
    ran: list[tuple[str, ...]] = []

    def run(argv: tuple[str, ...], *rest: object) -> Ended:
        ran.append(argv)
        return Ended(EXIT_USER, False, 0.0, "zxhil: refused", "")

    monkeypatch.setattr("zxhil.bisect.probe.run", run)
    probe = probe_of(asked, parse("boots"))
    with pytest.raises(CannotTell):
        probe.test(Supply(tmp_path, tmp_path, {}), Workspace(0, tmp_path), Cancel())
    (argv,) = ran
    given = ("--symbols", str(tmp_path / "zircon.elf"))
    assert any(argv[n : n + 2] == given for n in range(len(argv))) == there


def test_missing_symbols_of_images_are_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        check(dataclasses.replace(settings(symbols="zircon.elf"), home=str(tmp_path)))


def test_symbols_of_a_history_are_in_the_worktree() -> None:
    history = {"repo": "r", "build": "make", "images": "", "symbols": "/out/zircon.elf"}
    with pytest.raises(UserError, match="give a path relative to it"):
        check(dataclasses.replace(settings(), **history))
