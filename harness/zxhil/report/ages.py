"""What a report says of a kernel's age: calls not made, and sentences that are younger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from zxhil.abi.ages import NEVER, Age, other_arguments
from zxhil.model.since import SINCE
from zxhil.oracle.results import CaseResult
from zxhil.run.record import KernelRecord, RunReport


def since_of(blamed: Sequence[str]) -> int:
    """The day on which the likeliest of the blamed sentences came into its page; 0 if unknown."""
    return SINCE.get(blamed[0], 0) if blamed else 0


def younger(kernel: KernelRecord, cases: Sequence[CaseResult]) -> int:
    """How many divergences rest on sentences that no page had yet when the kernel was made."""
    return sum(since_of(each.blamed) > kernel.latest for case in cases for each in case.divergences)


def age_notes(report: RunReport, kernel: KernelRecord) -> tuple[str, ...]:
    """What is to be said of a kernel's age."""
    cases = [case for case in report.cases if case.arch == kernel.arch]
    return notes_of(kernel, cases)


def notes_of(kernel: KernelRecord, cases: Sequence[CaseResult]) -> tuple[str, ...]:
    """The same, of the cases that ran on it."""
    return tuple(_notes(kernel, cases))


def _notes(kernel: KernelRecord, cases: Sequence[CaseResult]) -> Iterator[str]:
    if kernel.earliest or kernel.latest != NEVER:
        why = f" ({kernel.age_why})" if kernel.age_why else ""
        yield f"kernel date: {Age(kernel.earliest, kernel.latest).text}{why}"
    if kernel.age_doubt:
        yield kernel.age_doubt
    age = Age(kernel.earliest, kernel.latest)
    yield from (other_arguments(call, age) for call in kernel.unsure)
    count = younger(kernel, cases)
    if count:
        total = sum(len(case.divergences) for case in cases)
        yield f"divergences from sentences newer than this kernel: {count} of {total}"
