"""Text about faults of machine and kernel: a headline, and details for diagnosis.

Every format shows these lines: what failed, how often, the kernel's messages, the last lines of
serial, and the command that reproduces it.
"""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.counts import counted
from zxhil.known.match import NOTHING, Applied
from zxhil.machine.boot import for_person
from zxhil.machine.crash import crash_lines
from zxhil.run.fault import FaultFinding, fault_findings
from zxhil.run.record import NotRun, RunReport

_NAMES = 6
_NOTHING = "nothing came on the serial port"
_SILENT_ELSEWHERE = "the kernel stopped before its first line, or prints elsewhere"
_SILENT = f"{_SILENT_ELSEWHERE}; try --word kernel.bypass-debuglog=true"


def report_faults(report: RunReport, known: Applied = NOTHING) -> list[FaultFinding]:
    """The faults of a run, without known ones."""
    return fault_findings(report.cases, report.boots, report.not_run, known.ends)


def fault_headline(finding: FaultFinding) -> str:
    """What failed, on one line."""
    return f"{finding.what} on {finding.arch}: {finding.title}"


def fault_lines(finding: FaultFinding) -> Iterator[str]:
    """Details of the fault, from how often it occurred to the command that reproduces it."""
    yield from _counts(finding)
    if finding.evidence:
        yield ""
        yield from (f"| {line}" for line in crash_lines(finding.evidence))
    boot = finding.boot
    if boot is None:
        return
    if not boot.first_line and (boot.tail or not finding.evidence):
        yield ""
        if boot.tail:
            before = " before that" if finding.evidence else ""
            yield f"last lines of serial{before}:"
            yield from (f"| {line}" for line in boot.tail)
        else:
            nothing = "" if _NOTHING in finding.title else f"{_NOTHING}: "
            yield f"{nothing}{_SILENT if boot.command else _SILENT_ELSEWHERE}"
    yield ""
    yield f"serial log: {boot.serial}"
    if boot.went_on_from:
        yield f"it resumed from the saved {boot.went_on_from}; to boot in full: --boots each"
    elif boot.command:
        yield f"command: {for_person(boot.command)}"


def _counts(finding: FaultFinding) -> Iterator[str]:
    if finding.boots:
        yield f"{counted(len(finding.boots), 'boot')} failed this way before a program started"
    if finding.cases:
        shown = [case.id for case in finding.cases[:_NAMES]]
        more = len(finding.cases) - len(shown)
        names = ", ".join(shown) + (f", and {more} more" if more else "")
        yield f"in {counted(len(finding.cases), 'case')}: {names}"
        yield f"first in {finding.cases[0].id}: {finding.cases[0].detail}"
    if finding.not_run:
        yield f"{counted(finding.not_run, 'case')} not run"


def unattributed(report: RunReport, known: Applied = NOTHING) -> list[str]:
    """Why cases were not run, unless a reported fault explains it."""
    found = report_faults(report, known)
    left = (
        each
        for each in report.not_run
        if each.fault and not any(f.arch == each.arch and f.title in each.why for f in found)
    )
    return list(not_run_lines(tuple(left)))


def not_run_lines(not_run: tuple[NotRun, ...]) -> Iterator[str]:
    """How many cases were not run, and why."""
    for each in not_run:
        if not each.cases:
            # A log alone does not say how many were to run.
            continue
        yield f"{counted(each.cases, 'case')} not run on {each.arch}: {each.why}"
