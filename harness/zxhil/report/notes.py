"""Notes in every report besides verdicts: the kernel's date, and the user's pages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from zxhil.abi.ages import HORIZON, NEVER, Age, day_text, other_arguments
from zxhil.counts import counted
from zxhil.docs.held import PagesRecord
from zxhil.model.since import SINCE, unstated
from zxhil.oracle.results import CaseResult
from zxhil.run.fault import printed_version
from zxhil.run.record import BootRecord, KernelRecord, RunReport

_SHOWN = 6
_HASH = re.compile(r"\b([0-9a-f]{8})[0-9a-f]{32}\b")


def since_of(blamed: Sequence[str]) -> int:
    """The date on which the likeliest blamed sentence was added to its page; 0 if unknown."""
    return SINCE.get(blamed[0], 0) if blamed else 0


def younger(kernel: KernelRecord, cases: Sequence[CaseResult]) -> int:
    """How many divergences are based on sentences that are newer than the kernel."""
    return sum(since_of(each.blamed) > kernel.latest for case in cases for each in case.divergences)


def perhaps_younger(kernel: KernelRecord, cases: Sequence[CaseResult]) -> int:
    """How many are based on sentences that came in the time from which the kernel may be."""
    days = (since_of(each.blamed) for case in cases for each in case.divergences)
    return sum(kernel.earliest < day <= kernel.latest for day in days)


def short_version(version: str | None) -> str:
    """The version, with the first eight digits of a commit or digest."""
    return _HASH.sub(r"\1", version or "unknown version")


def version_text(kernel: KernelRecord, boots: Sequence[BootRecord]) -> str:
    """The version, and its source if no program read it from the kernel."""
    printed = printed_version(kernel, boots)
    if printed is None:
        return kernel.version
    return f"{printed.version} (from {printed.where}; no program started)"


def age_notes(report: RunReport, kernel: KernelRecord) -> tuple[str, ...]:
    """Notes on a kernel's date."""
    cases = [case for case in report.cases if case.arch == kernel.arch]
    return notes_of(kernel, cases)


def notes_of(kernel: KernelRecord, cases: Sequence[CaseResult]) -> tuple[str, ...]:
    """The same, of the cases that ran on it."""
    return tuple(_notes(kernel, cases))


def _notes(kernel: KernelRecord, cases: Sequence[CaseResult]) -> Iterator[str]:
    if kernel.earliest or kernel.latest != NEVER:
        why = f" ({kernel.age_why})" if kernel.age_why else ""
        yield f"kernel date: {Age(kernel.earliest, kernel.latest).text}{why}"
    if HORIZON <= kernel.earliest <= kernel.latest:
        day = day_text(HORIZON)
        yield f"dates of calls and prototypes are known up to {day}: later changes are not"
    if kernel.age_doubt:
        yield kernel.age_doubt
    age = Age(kernel.earliest, kernel.latest)
    yield from (other_arguments(call, age) for call in kernel.unsure)
    left_out = 0 if kernel.standin else len(unstated(kernel.earliest, kernel.latest))
    if left_out:
        yield (
            f"{counted(left_out, 'sentence')} that pages of this date do not state: not required,"
            " unless your pages (--docs) state them"
        )
    total = sum(len(case.divergences) for case in cases)
    if count := younger(kernel, cases):
        yield f"divergences from sentences newer than this kernel: {count} of {total}"
    if not kernel.standin and (count := perhaps_younger(kernel, cases)):
        yield (
            f"divergences from sentences that may be newer than this kernel: {count} of {total};"
            " give its date with --age or --repo"
        )


def pages_summary(record: PagesRecord, cases: Iterable[CaseResult]) -> str:
    """One line: how many pages were applied, for how many calls made, how many not.

    >>> pages_summary(PagesRecord("docs", ("event_create",), ()), ())
    'pages of docs: 1 applied to the kernel (0 for calls made here), 0 not'
    """
    made = {call.text.partition("(")[0] for case in cases for call in case.calls}
    used = sum(f"zx_{name}" in made for name in record.held)
    text = (
        f"pages of {record.source}: {len(record.held)} applied to the kernel "
        f"({used} for calls made here), {len(record.not_held)} not"
    )
    if record.unstated:
        text += (
            f"; {counted(len(record.unstated), 'sentence')} of zxhil's not on them: not required"
        )
    if record.no_pages:
        text += f"; {counted(len(record.no_pages), 'file')} without a documented call"
    return text


def pages_reasons(record: PagesRecord) -> Iterator[str]:
    """A line for each reason why pages were not applied, with their number and the first few."""
    for why, calls in record.by_reason.items():
        names = ", ".join(f"zx_{name}" for name in calls[:_SHOWN])
        yield f"{len(calls)}: {why}: {names}{', …' if calls[_SHOWN:] else ''}"


def pages_places(record: PagesRecord) -> Iterator[str]:
    """A line for each page that was not applied: where, and why."""
    for each in record.not_held:
        yield f"{each.place}: zx_{each.page} is not applied to the kernel: {each.why}"
