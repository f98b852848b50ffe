"""Faults of the stand-in: what counts as caught, and a sample of them seen caught."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from zxhil.model.judge import VerdictKind
from zxhil.oracle.cases import CaseInfo
from zxhil.oracle.results import CaseEndKind, CaseResult, Divergence
from zxhil.run.faults import NO_FAULT, judge_fault, sample
from zxhil.run.record import KernelRecord, NotRun, Rerun, RunReport
from zxhil.standin import StandinFault, faults

OPTIONS = StandinFault("cw-options", "channel_write/invalid_args_options", "", "options unchecked")


def case(
    end: CaseEndKind = CaseEndKind.PASSED,
    blamed: tuple[str, ...] | None = None,
    detail: str = "",
    name: str = "one",
) -> CaseResult:
    found = () if blamed is None else (_divergence(blamed),)
    info = CaseInfo("channel_write", name, (), "channel_write.c:1")
    return CaseResult(info, "x64", end, (), found, (), (), detail)


def _divergence(blamed: tuple[str, ...]) -> Divergence:
    return Divergence(0, VerdictKind.MISSING_ERROR, blamed, tuple("…" for _ in blamed), 0, "")


@pytest.mark.parametrize("end", ["no boot", "wrong trace"])
def test_boot_that_fails_is_caught_where_no_case_runs(end: str) -> None:
    not_run = NotRun("x64", 3, "2 boots failed alike", fault=True)
    caught, said = judge_fault(end_fault(end), replace(report(), not_run=(not_run,)))
    assert (caught, said) == (True, "2 boots failed alike")
    asked = replace(not_run, fault=False)
    assert not judge_fault(end_fault(end), replace(report(), not_run=(asked,)))[0]
    assert not judge_fault(end_fault(end), replace(report(case()), not_run=(not_run,)))[0]


def report(*cases: CaseResult, reruns: tuple[Rerun, ...] = (), expected: str = "") -> RunReport:
    kernel = KernelRecord("x64", "image", "v", True, (), (), expected)
    return RunReport("0", (kernel,), (), cases, reruns)


def end_fault(end: str) -> StandinFault:
    return StandinFault(end, "", end, "")


FAILED = CaseEndKind.FAILED
LACKING = "this kernel's vDSO has no zx_vmar_map"
"""Of a call that the stand-in has not."""
HIDDEN = "this kernel's vDSO has no zx_channel_write_etc"
"""Of a call that it has."""


@pytest.mark.parametrize(
    ("cases", "caught"),
    [
        ([case(FAILED, ("channel_write/invalid_args_options",))], True),
        ([case(FAILED, ("channel_write/peer_closed", "channel_write/invalid_args_options"))], True),
        ([case()], False),
        ([case(FAILED, ("channel_write/peer_closed",))], False),
        (
            [
                case(FAILED, ("channel_write/invalid_args_options",)),
                case(FAILED, ("channel_read/bad_handle",), name="two"),
            ],
            False,
        ),
        (
            [
                case(FAILED, ("channel_write/invalid_args_options",)),
                case(CaseEndKind.HUNG, name="two"),
            ],
            False,
        ),
    ],
)
def test_broken_sentence_is_caught_where_each_case_blames_it(
    cases: list[CaseResult], caught: bool
) -> None:
    assert judge_fault(OPTIONS, report(*cases))[0] is caught


@pytest.mark.parametrize(
    ("end", "cases", "caught"),
    [
        ("none", [case()], True),
        ("none", [case(CaseEndKind.VACUOUS)], False),
        ("none", [case(), case(CaseEndKind.SKIPPED, detail=LACKING)], True),
        ("none", [case(), case(CaseEndKind.SKIPPED, detail=HIDDEN)], False),
        ("panic", [case(CaseEndKind.PANIC), case(CaseEndKind.SKIPPED, detail=LACKING)], True),
        ("panic", [case(), case(CaseEndKind.PANIC)], True),
        ("panic", [case(CaseEndKind.CRASHED)], False),
        ("panic", [case(CaseEndKind.PANIC), case(FAILED)], False),
        ("reboot", [case(CaseEndKind.PANIC, detail="the kernel failed: reboot")], True),
        ("reboot", [case(CaseEndKind.PANIC, detail="the kernel panicked")], False),
        ("hung", [case(CaseEndKind.HUNG)], True),
        ("crashed", [case(CaseEndKind.CRASHED)], True),
        ("stopped", [case(CaseEndKind.CRASHED)], True),
        ("skipped", [case()], False),
        ("skipped", [case(CaseEndKind.SKIPPED, detail=HIDDEN)], True),
        ("skipped", [case(CaseEndKind.SKIPPED, detail=LACKING)], False),
        ("lost", [case(CaseEndKind.LOST)], True),
        ("lost", [case()], False),
        ("no boot", [], False),
        ("no boot", [case(CaseEndKind.LOST), case()], False),
        ("wrong kernel", [case()], False),
    ],
)
def test_other_faults_are_caught_by_the_end_they_bring(
    end: str, cases: list[CaseResult], caught: bool
) -> None:
    assert judge_fault(end_fault(end), report(*cases))[0] is caught


def test_a_rerun_catches_lost_output() -> None:
    rerun = Rerun("x64", "channel_write/one", "an unreadable frame")
    assert judge_fault(end_fault("lost"), report(case(), reruns=(rerun,)))[0]


def test_another_version_catches_the_wrong_kernel() -> None:
    fault = end_fault("wrong kernel")
    assert judge_fault(fault, report(case(), expected="zxhil-standin-1"))[0]
    assert not judge_fault(fault, report(case(FAILED), expected="zxhil-standin-1"))[0]


def test_kernel_without_a_fault_has_no_finding() -> None:
    assert judge_fault(NO_FAULT, report(case())) == (True, "nothing")


def test_a_sample_has_every_page_and_every_kind_of_end() -> None:
    table = faults()
    chosen = sample(table, 2)
    assert {f.page or f.end for f in chosen} == {f.page or f.end for f in table}
    assert len(chosen) < len(table) / 3


@pytest.mark.qemu
def test_sample_of_faults_is_caught(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from zxhil.cli import main; main()", "faults", "--arch", "x64"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert ", 0 missed" in done.stdout
