"""When a kernel boots once for all programs, and how that is reported."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from run_drive import Run
from run_setup import setup_for
from some_programs import WRITTEN
from zxhil.abi.arch import Arch
from zxhil.errors import UserError
from zxhil.push.bootfs import Bootfs
from zxhil.push.saved import SavedStart
from zxhil.run import durations, journal, room
from zxhil.run.boot import Stopwatch
from zxhil.run.journal import Journal
from zxhil.run.plan import Task
from zxhil.run.session import Session
from zxhil.run.setup import Setup
from zxhil.run.start import Boots, saved_starts
from zxhil.trace.events import CaseEnd, CaseSkipped, CaseStart

Tasks = Callable[[str, str], list[Task]]


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[SavedStart]:
    """The saved starts that were begun; none boots anything."""
    begun: list[SavedStart] = []
    monkeypatch.setattr(SavedStart, "begin", lambda self: begun.append(self))
    monkeypatch.setattr(room, "free_mib", lambda: None)
    return begun


def has_saved_start(
    setup: Setup, tasks: list[Task], jobs: int, rounds: int = 1, boots: Boots = Boots.AUTO
) -> bool:
    with saved_starts({Arch.X64: setup}, tasks, jobs, rounds, boots) as made:
        return made[Arch.X64].saved is not None


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    return setup_for(tmp_path / "logs", tmp_path / "zbis")


def test_saved_state_is_used_from_two_boots_per_machine(
    setup: Setup, tasks: Tasks, begun: list[SavedStart]
) -> None:
    six = tasks(WRITTEN, "*")[:6]
    assert has_saved_start(setup, six, 1)
    assert has_saved_start(setup, six, 3)
    assert not has_saved_start(setup, six, 4)
    assert not has_saved_start(setup, six[:2], 1)
    assert len(begun) == 2


def test_each_round_boots_again(setup: Setup, tasks: Tasks, begun: list[SavedStart]) -> None:
    assert not has_saved_start(setup, tasks("*", "*"), 1, rounds=2)
    assert has_saved_start(setup, tasks("*", "*"), 1, rounds=2, boots=Boots.ONCE)


def test_only_emulated_machines_of_ours_are_saved(
    setup: Setup, tasks: Tasks, begun: list[SavedStart]
) -> None:
    six = tasks(WRITTEN, "*")
    kvm = replace(setup, accel="kvm")
    other = replace(setup, transport=Bootfs(setup.booting))
    for one in (kvm, other):
        assert not has_saved_start(one, six, 1)
        with pytest.raises(UserError, match="cannot save state"):
            has_saved_start(one, six, 1, boots=Boots.ONCE)
    assert not begun


def test_user_choice_of_boots_is_kept(setup: Setup, tasks: Tasks, begun: list[SavedStart]) -> None:
    six = tasks(WRITTEN, "*")
    assert not has_saved_start(setup, six, 1, boots=Boots.EACH)
    assert has_saved_start(setup, six[:1], 8, boots=Boots.ONCE)


def test_saved_state_needs_disk_space(
    setup: Setup, tasks: Tasks, begun: list[SavedStart], monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = setup.memory_mib + room.QEMU_MIB
    monkeypatch.setattr(room, "free_mib", lambda: 2 * machine)
    assert has_saved_start(setup, tasks("*", "*"), 2)
    monkeypatch.setattr(room, "free_mib", lambda: 2 * machine - 1)
    assert not has_saved_start(setup, tasks("*", "*"), 2)


def test_a_case_that_was_skipped_took_nothing() -> None:
    from zxhil.machine.limits import Limits, Watch

    clock, watch = Stopwatch(), Watch(Limits())
    clock.take([CaseStart(0, "a", 0), CaseEnd(0, 1, 0)], watch)
    clock.take([CaseSkipped(1, "b", "x", 0)], watch)
    assert clock.durations["b"] == 0
    assert set(clock.durations) == {"a", "b"}


def test_restore_time_is_not_recorded_as_boot_time() -> None:
    from test_run_parts import boot

    assert durations.measured([boot(first_line=0.2)]).boots == {"x64": 0.2}
    assert not durations.measured([boot(first_line=0.2, went_on_from="x64-start.serial")]).boots


@pytest.mark.qemu
def test_report_names_the_saved_state_of_each_boot(zxhil: Callable[..., Run]) -> None:
    run = zxhil("--arch", "x64", "--tests", "object_get_child,socket_share", "--boots", "once")
    assert run.wait() == 0, run.said.read_text()
    assert "resumed from the saved x64-start.serial" in run.said.read_text()
    assert (run.folder / "x64-start.serial").stat().st_size
    boots = [line for kind, line in journal.read(run.folder) if kind == "boot"]
    assert {line["went_on_from"] for line in boots} == {"x64-start.serial"}


@pytest.mark.qemu
def test_a_run_with_a_boot_for_each(zxhil: Callable[..., Run]) -> None:
    run = zxhil("--arch", "x64", "--tests", "object_get_child,socket_share", "--boots", "each")
    assert run.wait() == 0, run.said.read_text()
    # On a busy host a boot may lose output; its cases are run again in one more.
    assert re.search(r"judged in [23] boots: ", run.said.read_text())
    assert not list(run.folder.glob("*-start.serial"))


@pytest.mark.qemu
def test_a_run_whose_kernel_can_not_be_saved_boots_and_says_why(
    zxhil: Callable[..., Run], tmp_path: Path
) -> None:
    twice = '#include "zxtest.h"\nint shared;\n'
    for name in ("one", "two"):
        case = f'CASE({name}, "event_create/created") {{ close_pair(make_event()); }}\n'
        (tmp_path / f"{name}.c").write_text(twice + case)
    tests = f"{tmp_path}/one.c,{tmp_path}/two.c"
    run = zxhil("--arch", "x64", "--tests", tests, "--boots", "once")
    assert run.wait() == 0, run.said.read_text()
    assert "x64: every program booted in full: " in run.said.read_text()
    assert "shared" in run.said.read_text()
    assert "judged in 2 boots: " in run.said.read_text()


def test_programs_are_split_sooner_if_boots_resume_from_a_saved_one(
    setup: Setup, tasks: Tasks, tmp_path: Path
) -> None:
    one = tasks("support", "*")
    slow = durations.Durations({"x64": 10.0}, {})
    saved = SavedStart(setup.booting, setup.limits, lambda: pytest.fail("not made"), "x")
    pieces = {}
    for name, chosen in (("boots", setup), ("goes on", replace(setup, saved=saved))):
        with Journal(tmp_path / name) as journal:
            session = Session({Arch.X64: chosen}, journal, 2, durations=slow)
            pieces[name] = len(session._left(one))
    assert pieces == {"boots": 1, "goes on": 2}
