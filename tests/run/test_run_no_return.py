"""A case that ends the program by a call that is not supposed to return."""

from __future__ import annotations

import pytest
from zxhil.machine.listen import EndKind
from zxhil.machine.monitor import EventKind
from zxhil.oracle.cases import CaseInfo
from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.run.ending import CUT_OFF, LOG_ENDS, Ending, conclude


def result(end: CaseEndKind) -> CaseResult:
    info = CaseInfo("p", "it", ("event_create/created",), "p.c:1")
    return CaseResult(info, "x64", end, (), (), (), ())


@pytest.mark.parametrize(
    ("ending", "end"),
    [
        (Ending(EndKind.POWERED_OFF, "the machine powered off"), CaseEndKind.PASSED),
        (Ending(EndKind.EXITED, "the program exited"), CaseEndKind.PASSED),
        (Ending(EventKind.HALT, "the kernel halted"), CaseEndKind.PASSED),
        (Ending(EventKind.HALT, "the kernel halted", "! "), CaseEndKind.PASSED),
        (Ending(LOG_ENDS, "the log ends"), CaseEndKind.PASSED),
        (Ending(EndKind.POWERED_OFF, "off", "fatal page fault"), CaseEndKind.CRASHED),
        (Ending(EndKind.LIMIT, "timed out"), CaseEndKind.HUNG),
        (Ending(EventKind.PANIC, "the kernel panicked"), CaseEndKind.PANIC),
        (Ending(CUT_OFF, "zxhil stopped"), CaseEndKind.LOST),
    ],
)
def test_case_that_the_oracle_judges_keeps_its_result_if_only_the_program_ended(ending, end):
    assert conclude(result(CaseEndKind.PASSED), ending).end is end


@pytest.mark.parametrize("end", [CaseEndKind.FAILED, CaseEndKind.VACUOUS])
def test_its_divergences_count(end):
    assert conclude(result(end), Ending(EndKind.POWERED_OFF, "off")).end is end


def test_case_that_did_not_say_so_is_lost_or_crashed():
    off = Ending(EndKind.POWERED_OFF, "off")
    assert conclude(result(CaseEndKind.CRASHED), off).end is CaseEndKind.LOST
    again = Ending(EndKind.POWERED_OFF, "off", "again")
    assert conclude(result(CaseEndKind.CRASHED), again).end is CaseEndKind.CRASHED


def test_wait_that_the_age_of_the_kernel_explains_is_skipped_unless_the_kernel_fails():
    skipped = result(CaseEndKind.SKIPPED)
    assert conclude(skipped, Ending(EndKind.LIMIT, "timed out")).end is CaseEndKind.SKIPPED
    panic = Ending(EventKind.PANIC, "the kernel panicked")
    assert conclude(skipped, panic).end is CaseEndKind.PANIC
