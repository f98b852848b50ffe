"""A kernel that fails alike in every boot is given up, and a user may want less than everything."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from some_programs import WRITTEN
from zxhil.abi.arch import Arch
from zxhil.machine.limits import Limits
from zxhil.model.judge import VerdictKind
from zxhil.oracle.cases import CaseInfo
from zxhil.oracle.results import CaseEndKind, CaseResult, Divergence
from zxhil.run.boot import Observer
from zxhil.run.plan import Task
from zxhil.run.record import BootRecord, KernelRecord, run_json
from zxhil.run.replay import check
from zxhil.run.session import Session
from zxhil.run.setup import Setup
from zxhil.run.stop import ALIKE_WITHOUT_CASE, StopRules, at_most
from zxhil.run.tail import WRONG_SETTINGS, SerialTail, is_unreadable

NewSession = Callable[..., Session]
Tasks = Callable[..., list[Task]]

#: The stand-in panics as it boots if it has no fault of this name.
PANICS_AT_BOOT = ("standin.fault=no-such-fault",)


def result(end: CaseEndKind, divergences: int = 0) -> CaseResult:
    found = Divergence(0, VerdictKind.MISSING_ERROR, (), (), 0, "seen")
    info = CaseInfo("channel_write", "one", (), "channel_write.c:1")
    return CaseResult(info, "x64", end, (), (found,) * divergences, (), ())


class TestRules:
    def test_second_boot_without_a_start_ends_it(self) -> None:
        rules = StopRules()
        assert rules.failed("x64", "oh", False, 0.0, 1.0) == ""
        why = rules.failed("x64", "oh", False, 1.0, 2.0)
        assert why == "2 boots failed alike before a program started: oh"

    def test_boots_that_end_otherwise_go_on(self) -> None:
        rules = StopRules()
        whys = [rules.failed("x64", str(n), False, n, n + 1) for n in range(9)]
        assert whys == [""] * 9

    def test_architectures_are_separate(self) -> None:
        rules = StopRules()
        rules.failed("x64", "oh", False, 0.0, 1.0)
        assert rules.failed("arm64", "oh", False, 1.0, 2.0) == ""

    def test_boots_side_by_side_count_as_one(self) -> None:
        rules = StopRules()
        assert [rules.failed("x64", "oh", False, 0.0, 1.0 + n) for n in range(5)] == [""] * 5
        assert rules.failed("x64", "oh", False, 6.0, 7.0)

    def test_programs_that_start_have_more_chances(self) -> None:
        rules = StopRules()
        whys = [rules.failed("x64", "oh", True, n, n + 1) for n in range(ALIKE_WITHOUT_CASE)]
        assert whys[:-1] == [""] * (ALIKE_WITHOUT_CASE - 1)
        assert whys[-1] == "6 boots in a row failed alike: oh"

    def test_finished_case_resets_the_count(self) -> None:
        rules = StopRules()
        for n in range(20):
            assert rules.failed("x64", "oh", False, n, n + 1) == ""
            rules.ended(result(CaseEndKind.FAILED), None)

    @pytest.mark.parametrize("known", [True, False])
    def test_panic_resets_the_count_only_if_it_is_known(self, known: bool) -> None:
        rules = StopRules(expected=lambda result, kernel: known)
        whys = []
        for n in range(2 * ALIKE_WITHOUT_CASE):
            rules.ended(result(CaseEndKind.PANIC), None)
            whys.append(rules.failed("x64", "oh", True, n, n + 1))
        assert any(whys) is not known

    def test_keep_going_never_ends_it(self) -> None:
        rules = StopRules(keep_going=True)
        assert not any(rules.failed("x64", "oh", False, n, n + 1) for n in range(20))


def _all(case: CaseResult, kernel: KernelRecord | None) -> tuple[int, bool]:
    return len(case.divergences), case.end.is_machine_fault


def test_enough_after_so_many_divergences() -> None:
    enough = at_most(3, False, _all)
    failed = result(CaseEndKind.FAILED, 2)
    assert enough(failed, None) == ""
    assert enough(result(CaseEndKind.PANIC), None) == ""
    assert enough(failed, None) == "--max-divergences 3 reached"


@pytest.mark.parametrize("case", [result(CaseEndKind.FAILED, 1), result(CaseEndKind.PANIC)])
def test_fail_fast_ends_at_the_first(case: CaseResult) -> None:
    enough = at_most(0, True, _all)
    assert enough(result(CaseEndKind.PASSED), None) == ""
    assert enough(case, None) == "--fail-fast: channel_write/one on x64 was the first"


def test_known_faults_are_not_counted() -> None:
    enough = at_most(1, True, lambda case, kernel: (0, False))
    assert enough(result(CaseEndKind.FAILED, 1), None) == ""


class TestTail:
    def test_last_lines_before_the_evidence(self) -> None:
        tail = SerialTail()
        tail.add("".join(f"line {n}\r\n" for n in range(100)).encode())
        tail.add(b"\r\nPANIC\r\nreason\r\n")
        assert tail.lines("PANIC\nreason") == tuple(f"line {n}" for n in range(80, 100))

    def test_stream_without_end_is_not_kept(self) -> None:
        tail = SerialTail()
        for _ in range(1000):
            tail.add(b"x" * 1000)
        assert len(tail._bytes) <= 40_000 and [len(line) for line in tail.lines()] == [200]

    def test_unreadable_bytes_suggest_speed_or_parity(self) -> None:
        tail = SerialTail()
        tail.add(bytes(range(128, 256)))
        assert tail.lines()[0] == WRONG_SETTINGS

    @pytest.mark.parametrize("data", [b"", b"\xff" * 10, b"booting\r\n\x1b[0m" * 9, b"a" * 99])
    def test_text_and_little_are_not_unreadable(self, data: bytes) -> None:
        assert not is_unreadable(data)


@pytest.mark.qemu
@pytest.mark.parametrize("jobs", [1, 2])
def test_kernel_that_panics_at_boot_is_given_up(
    session: NewSession, tasks: Tasks, tmp_path: Path, jobs: int
) -> None:
    report = session("logs", PANICS_AT_BOOT, jobs=jobs).run(tasks("*"))
    title = "standin.fault: no fault is called no-such-fault"
    assert len(report.boots) <= 2 * jobs and not report.cases
    (not_run,) = report.not_run
    assert not_run.fault and not_run.why.endswith(title)
    assert not_run.cases == sum(len(task.selected) for task in tasks("*"))
    assert report.exit_code == 3
    assert all(boot.tail for boot in report.boots)
    assert run_json(check(tmp_path / "logs")) == run_json(report)


@pytest.mark.qemu
def test_boot_image_of_a_failed_boot_is_kept_once(
    session: NewSession, tasks: Tasks, tmp_path: Path
) -> None:
    report = session("logs", PANICS_AT_BOOT).run(tasks("*"))
    (kept,) = (tmp_path / "logs").glob("*.zbi")
    assert all(str(kept) in boot.command for boot in report.boots)


@pytest.mark.qemu
def test_silent_kernel_says_that_nothing_came(session: NewSession, tasks: Tasks) -> None:
    made = session("logs", ("standin.fault=silent-boot",))
    setup = made._setups[Arch.X64]
    # No word on the command line reaches a kernel before its first line; none is waited for.
    made._setups[Arch.X64] = setup.__class__(
        setup.image, Limits(0.0, 0.0, 0.0), setup.logs, setup.zbis, memory_mib=64
    )
    report = made.run(tasks("socket_share"))
    assert {boot.end_text for boot in report.boots} <= {
        "timed out after 0 s waiting for output: nothing came on the serial port",
        "timed out after 0 s waiting for boot: nothing came on the serial port",
    }
    assert len(report.boots) == 2 and report.exit_code == 3


@pytest.mark.qemu
def test_keep_going_boots_every_program(session: NewSession, tasks: Tasks) -> None:
    made = session("logs", PANICS_AT_BOOT, rules=StopRules(keep_going=True))
    chosen = tasks("object_get_child,socket_share")
    report = made.run(chosen)
    assert len(report.boots) == 4
    assert sum(each.cases for each in report.not_run) == sum(len(t.selected) for t in chosen)


def panics_at(carried: Callable[[int], bool]) -> Callable[..., BootRecord]:
    """A boot in which the kernel panics in the first case, after it `carried` some, by its number.

    It takes the place of `run_boot`.
    """
    boots = 0

    def boot(
        setup: Setup, task: Task, selected: tuple[int, ...], name: str, observer: Observer
    ) -> BootRecord:
        nonlocal boots
        boots += 1
        names = {case.index: case.name for case in task.program.cases}
        for index in selected:
            through = carried(boots) and index == selected[0] and len(selected) > 1
            end = CaseEndKind.PASSED if through else CaseEndKind.PANIC
            info = task.infos[names[index]]
            result = CaseResult(info, "x64", end, (), (), (), (), "the kernel panicked", "panic:oh")
            observer.case(result, f"{name}.serial")
            if not through:
                break
        ending = ("panic", "the kernel panicked", "panic:oh")
        return BootRecord(
            "x64", task.program.name, f"{name}.serial", (), selected, *ending, 0.1, 0.2
        )

    return boot


def test_panic_that_repeats_in_every_program_is_given_up(
    session: NewSession, tasks: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zxhil.run.session.run_boot", panics_at(lambda boot: False))
    chosen = tasks(WRITTEN)
    report = session("logs").run(chosen)
    # Each program had its turn before any had a second one.
    assert len(report.boots) == ALIKE_WITHOUT_CASE
    assert {boot.program for boot in report.boots} == {task.program.name for task in chosen}
    (not_run,) = report.not_run
    assert not_run.why == "6 boots in a row failed alike: oh"
    assert not_run.cases == sum(len(task.selected) for task in chosen) - ALIKE_WITHOUT_CASE


def test_panics_between_cases_that_come_through_cost_no_case(
    session: NewSession, tasks: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zxhil.run.session.run_boot", panics_at(lambda boot: boot % 4 == 0))
    chosen = tasks("object_get_child")
    report = session("logs").run(chosen)
    assert not report.not_run and len(report.cases) == len(chosen[0].selected)


@pytest.mark.qemu
def test_run_ends_when_there_is_enough(session: NewSession, tasks: Tasks, tmp_path: Path) -> None:
    rules = StopRules(
        enough=lambda case, kernel: "enough" if case.id.endswith("/koid_zero") else ""
    )
    chosen = tasks("object_get_child")
    report = session("logs", rules=rules).run(chosen)
    (not_run,) = report.not_run
    assert (not_run.why, not_run.fault, report.exit_code) == ("enough", False, 0)
    assert not_run.cases + len(report.cases) == len(chosen[0].selected) and report.cases
    assert json.dumps(run_json(check(tmp_path / "logs"))) == json.dumps(run_json(report))


@pytest.mark.qemu
def test_resume_runs_abandoned_cases(session: NewSession, tasks: Tasks, tmp_path: Path) -> None:
    from zxhil.run.replay import gather

    first = session("logs", PANICS_AT_BOOT)
    chosen = tasks("object_get_child")
    first.run(chosen)
    first._journal.close()
    got = gather(tmp_path / "logs").got
    assert got.given_up
    from run_setup import setup_for
    from zxhil.run.journal import Journal

    setup = setup_for(tmp_path / "logs", tmp_path / "zbis")
    with Journal(tmp_path / "logs", go_on=True) as journal:
        journal.write("resumed", {})
        report = Session({Arch.X64: setup}, journal, earlier=got).run(chosen)
    assert len(report.cases) == len(chosen[0].selected) and not report.not_run
