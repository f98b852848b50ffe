"""Run the stand-in's faults and check whether the harness detects each: a test of the tests.

A fault that breaks a page's sentence must have that sentence blamed in each case that detects it;
a fault of another kind must end as its table says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from zxhil.abi.arch import Arch
from zxhil.counts import counted
from zxhil.guest.baseline.files import PREFIX
from zxhil.image.find import load
from zxhil.machine.limits import Limits
from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.run.journal import Journal
from zxhil.run.plan import Task, plan
from zxhil.run.record import RunReport
from zxhil.run.session import Session
from zxhil.run.setup import Setup
from zxhil.standin import StandinFault, build, calls

#: The programs that a fault of another kind is run with: it shows in any.
_ANY = (
    "channel_write",
    "channel_write_etc",
    "object_get_child",
    "object_set_cookie",
    "socket_share",
    "support",
)

#: A hang takes the whole limit, so limits are short: the stand-in never waits.
LIMITS = Limits(boot=10.0, case=2.0, silence=2.0)

#: How a case ends by a fault, where the table names the end differently.
_END = {
    "panic": CaseEndKind.PANIC,
    "reboot": CaseEndKind.PANIC,
    "stopped": CaseEndKind.CRASHED,
}


@dataclass(frozen=True, slots=True)
class FaultResult:
    """The result of one fault on one architecture."""

    fault: StandinFault
    arch: Arch
    caught: bool
    said: str


def find_all(
    faults: Sequence[StandinFault], arches: Sequence[Arch], scratch: Path, jobs: int
) -> Iterator[FaultResult]:
    """Run each fault on each architecture, `jobs` side by side; findings come in order."""
    tasks = {arch: plan([arch]) for arch in arches}
    images = {arch: load(build(arch), arch) for arch in arches}

    def find(job: tuple[StandinFault, Arch]) -> FaultResult:
        fault, arch = job
        folder = scratch / f"{arch}-{fault.name or 'none'}"
        folder.mkdir()
        words = (f"standin.fault={fault.name}",) if fault.name else ()
        setup = Setup(images[arch], LIMITS, folder, folder, words=words)
        report = Session({arch: setup}, Journal(folder)).run(_programs(fault, tasks[arch]))
        caught, said = judge_fault(fault, report)
        return FaultResult(fault, arch, caught, said)

    with ThreadPoolExecutor(jobs) as pool:
        yield from pool.map(find, [(fault, arch) for fault in faults for arch in arches])


NO_FAULT = StandinFault("", "", "none", "no fault: nothing must be detected")


def _programs(fault: StandinFault, tasks: Sequence[Task]) -> list[Task]:
    """The programs whose cases should detect the fault."""
    if not fault.page:
        return [task for task in tasks if task.program.name in _ANY]
    own = (fault.page, PREFIX + fault.page)
    return [task for task in tasks if task.program.name in own or _claims(task, fault.clause)]


def _claims(task: Task, clause: str) -> bool:
    return any(clause in case.claims for case in task.program.cases)


def judge_fault(fault: StandinFault, report: RunReport) -> tuple[bool, str]:
    """Was the fault caught, and by what?"""
    if fault.clause:
        return _blame(fault, report)
    return _other_end(fault, report)


def _blame(fault: StandinFault, report: RunReport) -> tuple[bool, str]:
    """Is the broken sentence among those blamed in each case that detects the fault?

    Where a case meets two conditions at once, a status that fits neither is to be blamed on both.
    """
    firsts = [(case, case.divergences[0]) for case in report.cases if case.divergences]
    leading = sum(d.blamed[:1] == (fault.clause,) for _, d in firsts)
    shared = sum(fault.clause in d.blamed for _, d in firsts) - leading
    others = [(case.id, d.blamed) for case, d in firsts if fault.clause not in d.blamed]
    said = [f"blamed in {counted(leading, 'case')}"] if leading else []
    said += [f"with others in {shared}"] if shared else []
    said += [f"{', '.join(blamed) or 'nobody'} in {case}" for case, blamed in others[:3]]
    said += [f"… {counted(len(others), 'such case')} in all"] if len(others) > 3 else []
    faulty = [case for case in report.cases if case.end.is_machine_fault]
    said += [f"{faulty[0].id} {faulty[0].end.value}"] if faulty else []
    return bool(leading or shared) and not others and not faulty, "; ".join(said) or "nothing"


def _other_end(fault: StandinFault, report: RunReport) -> tuple[bool, str]:
    cases = [case for case in report.cases if not lacking(case)]
    ends = {case.end for case in cases}
    odd = [case for case in cases if case.end is not CaseEndKind.PASSED]
    said = "; ".join(
        [
            *(f"{case.id} {case.end.value}: {case.detail}" for case in odd[:2]),
            *(f"run again: {rerun.case}" for rerun in report.reruns[:1]),
            *(each.why for each in report.not_run),
            *(f"image holds {kernel.expected}" for kernel in report.kernels if kernel.expected),
        ]
    )
    match fault.end:
        case "none":
            caught = ends == {CaseEndKind.PASSED}
        case "lost":
            caught = CaseEndKind.LOST in ends or bool(report.reruns)
        case "no boot" | "wrong trace":
            caught = not report.cases and any(each.fault for each in report.not_run)
        case "wrong kernel":
            known = any(kernel.expected for kernel in report.kernels)
            caught = known and ends == {CaseEndKind.PASSED}
        case _:
            caught = _end(fault) in ends and _named(fault, cases)
    return caught, said or "nothing"


def _end(fault: StandinFault) -> CaseEndKind:
    return _END.get(fault.end) or CaseEndKind(fault.end)


def lacking(case: CaseResult) -> bool:
    """Was it skipped for something that the stand-in or its machine has not, whatever its fault?"""
    return case.end is CaseEndKind.SKIPPED and case.detail.rpartition(" zx_")[2] not in calls()


def _named(fault: StandinFault, cases: Sequence[CaseResult]) -> bool:
    """Did cases end as the fault makes them end, and did all others conform?"""
    wanted = _end(fault)
    if fault.end == "reboot" and not any("reboot" in case.detail for case in cases):
        return False
    return all(case.end in (wanted, CaseEndKind.PASSED) for case in cases)


def sample(faults: Sequence[StandinFault], per_page: int) -> list[StandinFault]:
    """Choose up to `per_page` faults of each page, and of each kind of end, evenly spread."""
    groups: dict[str, list[StandinFault]] = {}
    for fault in faults:
        groups.setdefault(fault.page or fault.end, []).append(fault)
    chosen: list[StandinFault] = []
    for group in groups.values():
        step = max(1, len(group) // per_page)
        chosen += group[::step][:per_page]
    return chosen
