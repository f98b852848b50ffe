"""A run is disturbed in every way that a host knows: no hang, no trace left, no false verdict."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import astuple, replace
from pathlib import Path

import pytest
from run_drive import Run, assert_check_agrees, assert_no_new_verdict, finished, limited, times
from small_disk import mounted
from zxhil.abi.arch import Arch
from zxhil.machine.machine import Machine
from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.run.listener import Listener
from zxhil.run.plan import Task
from zxhil.run.record import RunReport, run_from_json
from zxhil.run.replay import check
from zxhil.run.session import Session
from zxhil.run.start import Boots, saved_starts

pytestmark = pytest.mark.qemu

Zxhil = Callable[..., Run]
NewSession = Callable[..., Session]
Tasks = Callable[..., list[Task]]


def asked(report: RunReport) -> int:
    """How many cases have a result, or a reason why they have none."""
    return len(report.cases) + sum(each.cases for each in report.not_run)


def killed_within(seconds: float, chance: random.Random) -> type[Machine]:
    """Machines that mostly do not live so long."""

    class Killed(Machine):
        def __enter__(self) -> Machine:
            machine = super().__enter__()
            if chance.random() < 0.7:
                threading.Timer(chance.uniform(0, seconds), machine.kill).start()
            return machine

    return Killed


@pytest.mark.parametrize("seed", range(times(100, 4)))
def test_qemu_is_killed(
    seed: int,
    session: NewSession,
    tasks: Tasks,
    clean: RunReport,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chance = random.Random(seed)
    program = chance.choice(["object_get_child", "object_set_cookie", "socket_share"])
    seconds = max(boot.seconds for boot in clean.boots if boot.program == program)

    monkeypatch.setattr("zxhil.push.bootfs.Machine", killed_within(seconds * 1.2, chance))
    report = session("logs").run(tasks(program))
    assert asked(report) == len([c for c in clean.cases if c.info.program == program])
    assert {c.end for c in report.cases} <= {CaseEndKind.PASSED, CaseEndKind.LOST}
    assert_no_new_verdict(report, clean)
    assert_check_agrees(tmp_path / "logs", report)


@pytest.mark.parametrize("seed", range(times(100, 4)))
def test_qemu_killed_while_it_is_restored(
    seed: int,
    session: NewSession,
    tasks: Tasks,
    clean: RunReport,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While its kernel boots, while it is saved, while a program goes on, and between programs."""
    chance = random.Random(seed)
    chosen = tasks("object_get_child,object_set_cookie,socket_share")
    seconds = sum(
        boot.seconds for boot in clean.boots if boot.program in {t.program.name for t in chosen}
    )

    monkeypatch.setattr("zxhil.push.saved.Machine", killed_within(seconds, chance))
    made = session("logs")
    with saved_starts(made._setups, chosen, 1, 1, Boots.ONCE) as setups:
        made._setups = setups
        report = made.run(chosen)
    assert asked(report) == sum(len(task.selected) for task in chosen)
    assert {c.end for c in report.cases} <= {CaseEndKind.PASSED, CaseEndKind.LOST}
    assert_no_new_verdict(report, clean)
    assert_check_agrees(tmp_path / "logs", report)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)]
)
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_zxhil_is_ended(
    number: signal.Signals, code: int, jobs: str, zxhil: Zxhil, clean: RunReport, tmp_path: Path
) -> None:
    said = tmp_path / "run.json"
    common = ("--arch", "x64", "--jobs", jobs, "-q")
    run = zxhil(*common, "--json", str(said))
    run.until_cases(random.randrange(1, len(clean.cases) // 2))
    assert run.signal(number) == code
    run.assert_nothing_is_left()
    kept = check(run.folder)
    assert len(kept.cases) == finished(run.folder) < len(clean.cases)
    assert_no_new_verdict(kept, clean)
    # That we killed its machine ourselves is no damage to a case.
    assert not kept.reruns
    if number is not signal.SIGKILL:
        assert "stopped early" in run.said.read_text()
        assert_check_agrees(run.folder, run_from_json(json.loads(said.read_bytes())))
    again = zxhil("--resume", str(run.folder), "--jobs", jobs, "-q", "--json", str(said))
    assert again.wait() == clean.exit_code, again.said.read_text()
    whole = run_from_json(json.loads(said.read_bytes()))
    assert [c.id for c in whole.cases] == [c.id for c in clean.cases]
    assert_no_new_verdict(whole, clean)
    assert_check_agrees(run.folder, whole)


@pytest.mark.parametrize(("program", "end"), [("support", "passed"), ("object_get_child", "hung")])
def test_killed_after_a_case_that_ended_its_machine(
    program: str, end: str, session: NewSession, tasks: Tasks, tmp_path: Path
) -> None:
    """The result is on disk, so that how its machine ended must be, too."""
    kept: list[CaseResult] = []

    class Kill(Listener):
        def case(self, result: CaseResult) -> None:
            if result.end.value == end and not kept:
                copy = shutil.copytree(tmp_path / "logs", tmp_path / "copy")
                kept.extend(c for c in check(copy).cases if c.id == result.id)

    words = ("standin.fault=hang",) if end == "hung" else ()
    made = session("logs", words, listener=Kill())
    limited(made, case=1.0, silence=1.0)
    made.run(tasks(program, "program_exits" if end == "passed" else "*"))
    assert [c.end.value for c in kept] == [end]


@pytest.mark.timeout(120)
def test_an_interrupt_does_not_wait_for_a_hung_guest(
    session: NewSession, tasks: Tasks, clean: RunReport, tmp_path: Path
) -> None:
    """No limit would end this guest in the life of the test."""
    made = session("logs", ("standin.fault=hang",))
    limited(made, boot=1e6, case=1e6, silence=1e6)

    def interrupt() -> None:
        seen = [0]
        while seen[-1] == 0 or len(set(seen[-20:])) > 1:
            seen.append(finished(tmp_path / "logs"))
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    report = made.run(tasks("object_get_child"))
    assert report.interrupted == "interrupted by the user"
    assert 0 < len(report.cases) < 70
    assert_no_new_verdict(report, clean)
    assert_check_agrees(tmp_path / "logs", report)


def test_two_runs_in_one_folder(zxhil: Zxhil, clean: RunReport, tmp_path: Path) -> None:
    first = zxhil("--arch", "x64", "-q", "--jobs", "1")
    first.until_cases(1)
    # Paused, lest it end before the others have started.
    first.process.send_signal(signal.SIGSTOP)
    second = zxhil("--arch", "x64", "-q", folder="logs")
    third = zxhil("--resume", str(first.folder), folder="logs")
    assert (second.wait(), third.wait()) == (2, 2)
    first.process.send_signal(signal.SIGCONT)
    assert first.wait() == clean.exit_code, first.said.read_text()
    assert "contains the logs of another run" in second.said.read_text()
    assert "is in use by another run" in third.said.read_text()
    assert_no_new_verdict(check(first.folder), clean)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MiB: room for a part of a run's logs."""
    with mounted(tmp_path / "small", "1m") as folder:
        yield folder


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_the_disk_is_full(small_disk: Path, jobs: str, zxhil: Zxhil, clean: RunReport) -> None:
    run = zxhil("--arch", "x64", "-q", "--jobs", jobs, folder="small/logs")
    assert run.wait() == 3
    said = run.said.read_text()
    assert "stopped early" in said
    assert "No space left" in said or "disk is full" in said
    assert "Traceback" not in said
    kept = check(run.folder)
    assert 0 < len(kept.cases) < len(clean.cases)
    assert_no_new_verdict(kept, clean)


def test_the_journal_has_no_room(
    session: NewSession, tasks: Tasks, clean: RunReport, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    made = session("logs")
    real, left = os.write, 150

    def short(file: int, data: bytes) -> int:
        """The last line that has room is written in part; only the next write says why."""
        nonlocal left
        left -= bytes(data).startswith(b'{"case"')
        if left >= 0:
            return real(file, data)
        if bytes(data).startswith(b"{"):
            return real(file, data[:20])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("zxhil.run.journal.os.write", short)
    report = made.run(tasks("*"))
    monkeypatch.undo()
    assert "No space left on device" in report.interrupted
    assert len(report.cases) == 150
    assert len(check(tmp_path / "logs").cases) == 150
    assert_no_new_verdict(check(tmp_path / "logs"), clean)


def test_a_guest_floods_the_port(
    session: NewSession, tasks: Tasks, clean: RunReport, tmp_path: Path
) -> None:
    """Endless log lines: the case's limit ends it, and the cases after it run."""
    made = session("logs", ("standin.fault=serial-flood",))
    limited(made, case=3.0)
    report = made.run(tasks("*"))
    assert CaseEndKind.HUNG in {case.end for case in report.cases}
    assert len(report.cases) == len(clean.cases)
    assert_no_new_verdict(report, clean)
    assert not report.interrupted
    assert_check_agrees(tmp_path / "logs", report)


def test_a_machine_gets_no_memory(session: NewSession, tasks: Tasks, tmp_path: Path) -> None:
    """QEMU can't have what -m asks for: its own words are the evidence, no case runs."""
    made = session("logs")
    made._setups[Arch.X64] = replace(made._setups[Arch.X64], memory_mib=1 << 30)
    chosen = tasks("object_get_child")
    report = made.run(chosen)
    assert not report.cases and len(report.boots) == 2
    ((arch, cases, why, fault),) = map(astuple, report.not_run)
    assert (arch, cases, fault) == ("x64", len(chosen[0].selected), True) and "memory" in why
    assert all("QEMU ended with exit code 1" in boot.end_text for boot in report.boots)
    assert all("memory" in boot.evidence for boot in report.boots)
    assert report.exit_code == 3
    assert_check_agrees(tmp_path / "logs", report)


def test_qemu_is_denied_memory(zxhil: Zxhil, monkeypatch: pytest.MonkeyPatch) -> None:
    """The host lets no process have as much as a machine needs."""
    import resource

    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (800 << 20, hard))
    try:
        run = zxhil("--arch", "x64", "--tests", "object_get_child", "-q", "--jobs", "1")
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    assert run.wait() in (0, 3)
    assert "Traceback" not in run.said.read_text()
    if run.process.returncode == 3:
        assert not check(run.folder).cases


@pytest.mark.parametrize("what", ["serial.in", "serial.out", "qmp"])
def test_a_socket_is_removed(
    what: str, session: NewSession, tasks: Tasks, clean: RunReport, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """As by a cleaner of /tmp, before QEMU could open it."""
    import zxhil.machine.machine as module

    real = module.command

    def without(boot: object, channels: object) -> tuple[str, ...]:
        monkeypatch.setattr(module, "command", real)
        (channels.serial.parent / what).unlink()  # type: ignore[attr-defined]
        return real(boot, channels)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "command", without)
    chosen = tasks("object_get_child")
    report = session("logs").run(chosen)
    assert asked(report) == sum(len(task.selected) for task in chosen)
    assert_no_new_verdict(report, clean)
    assert_check_agrees(tmp_path / "logs", report)


def test_the_clock_jumps(
    session: NewSession, tasks: Tasks, clean: RunReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The host's clock is set back and forth: no limit depends on it."""
    chance = random.Random(1)
    monkeypatch.setattr(time, "time", lambda: chance.uniform(0, 1 << 33))
    report = session("logs").run(tasks("object_get_child"))
    assert_no_new_verdict(report, clean)
    assert {case.end for case in report.cases} == {CaseEndKind.PASSED}


def test_zxhil_is_stopped_for_a_while(zxhil: Zxhil, clean: RunReport) -> None:
    """SIGSTOP and SIGCONT, as by Ctrl-Z: what came in time counts."""
    run = zxhil("--arch", "x64", "-q", "--jobs", "2")
    for number in (20, 200):
        run.until_cases(number)
        run.process.send_signal(signal.SIGSTOP)
        time.sleep(0.5)
        run.process.send_signal(signal.SIGCONT)
    assert run.wait() == clean.exit_code, run.said.read_text()
    assert_no_new_verdict(check(run.folder), clean)


def test_log_folder_removed_during_the_run(
    session: NewSession, tasks: Tasks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = session("logs")

    def failing(file: int, data: bytes) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("zxhil.machine.streamlog._write_all", failing)
    report = made.run(tasks("object_get_child"))
    assert "Input/output error" in report.interrupted
    assert report.exit_code == 3
