"""How a machine ended, and the result of the case that was running."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zxhil.machine.listen import EndKind
from zxhil.machine.monitor import EventKind
from zxhil.oracle.results import CaseEndKind, CaseResult, with_end
from zxhil.run.plan import Task
from zxhil.run.record import BootRecord

FINISHED = "finished"
AGAIN = "the boot before was switched off at the same place"
CUT_OFF = "cut off"
LOG_ENDS = "log"


@dataclass(frozen=True, slots=True)
class Ending:
    """`kind` is FINISHED, CUT_OFF, LOG_ENDS, an `EndKind`, or an `EventKind` of the kernel's."""

    kind: str
    text: str
    evidence: str = ""


_CASE_END = {
    EndKind.POWERED_OFF.value: CaseEndKind.CRASHED,
    EndKind.LIMIT.value: CaseEndKind.HUNG,
    EndKind.QEMU.value: CaseEndKind.LOST,
    EndKind.EXITED.value: CaseEndKind.CRASHED,
    EndKind.CUT.value: CaseEndKind.LOST,
    # The program ended, or that is unknown: the log is incomplete.
    FINISHED: CaseEndKind.LOST,
    LOG_ENDS: CaseEndKind.LOST,
    CUT_OFF: CaseEndKind.LOST,
    EventKind.EXCEPTION.value: CaseEndKind.CRASHED,
    # The last process has ended, and the case in it had not.
    EventKind.HALT.value: CaseEndKind.CRASHED,
}
#: The program ended, or that is all that a log shows.
_PROGRAM_GONE = {
    EndKind.POWERED_OFF.value,
    EndKind.EXITED.value,
    EventKind.HALT.value,
    LOG_ENDS,
}
_KERNEL_FAILED = frozenset(k.value for k in EventKind if k.ends_machine) - _CASE_END.keys()


def ended_by_call(result: CaseResult) -> bool:
    """Did the case end the program by a call that is not supposed to return, as it is to?

    The oracle judges such a case; any other one without an end it calls crashed or lost.
    """
    return not result.end.is_machine_fault


def conclude(result: CaseResult, ending: Ending) -> CaseResult:
    """The result of the case that ran when the machine ended so."""
    # What shows that the kernel halted is only that the last process has ended, as it was to.
    crashed = ending.evidence and ending.kind != EventKind.HALT
    if ended_by_call(result) and ending.kind in _PROGRAM_GONE and not crashed:
        return result
    if result.end is CaseEndKind.SKIPPED and ending.kind == EndKind.LIMIT:
        # It waits for what comes in centuries, on a kernel of its age.
        return result
    if ending.kind in _KERNEL_FAILED:
        end = CaseEndKind.PANIC
    elif result.end is CaseEndKind.LOST:
        # The end of the case may have been lost.
        end = CaseEndKind.LOST
    elif ending.kind == EndKind.POWERED_OFF and not ending.evidence:
        # The machine is switched off after the last case, too: only the stream's end may be lost.
        end = CaseEndKind.LOST
    else:
        end = _CASE_END.get(ending.kind, result.end)
    detail = ending.text if not result.detail else f"{ending.text}; {result.detail}"
    return with_end(result, end, detail, ending.evidence)


class SwitchedOff:
    """Where machines were switched off inside a case, with nothing that shows a crash."""

    def __init__(self) -> None:
        self._places: set[tuple[str, int, str]] = set()

    def again(self, result: CaseResult) -> bool:
        """Was a machine switched off here before? A line does not lose the same bytes twice."""
        place = (result.id, len(result.calls), result.detail.partition("(")[0])
        known = place in self._places
        self._places.add(place)
        return known


def never_came(task: Task, left: Sequence[int], record: BootRecord) -> list[CaseResult]:
    """The results of the cases that did not run although their program started."""
    names = {case.index: case.name for case in task.program.cases}
    text, evidence = record.end_text, record.evidence
    if record.end == FINISHED:
        text, evidence = "the program finished without it", ""
    arch = task.program.arch.value
    nothing = ((), (), (), ())
    return [
        CaseResult(
            task.infos[names[i]], arch, CaseEndKind.LOST, *nothing, f"not run: {text}", evidence
        )
        for i in left
    ]
