"""What a report says of the user's own pages: how many judged, how many did not, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from zxhil.counts import counted
from zxhil.docs.held import PagesRecord
from zxhil.oracle.results import CaseResult

_SHOWN = 6


def pages_summary(record: PagesRecord, cases: Iterable[CaseResult]) -> str:
    """One line: how many pages were held against the kernel, of how many calls made, how many not.

    >>> pages_summary(PagesRecord("docs", ("event_create",), ()), ())
    'pages of docs: 1 applied to the kernel (0 for calls made here), 0 not'
    """
    made = {call.text.partition("(")[0] for case in cases for call in case.calls}
    used = sum(f"zx_{name}" in made for name in record.held)
    text = (
        f"pages of {record.source}: {len(record.held)} applied to the kernel "
        f"({used} for calls made here), {len(record.not_held)} not"
    )
    if record.no_pages:
        text += f"; {counted(len(record.no_pages), 'file')} without a documented call"
    return text


def pages_reasons(record: PagesRecord) -> Iterator[str]:
    """A line for each reason why pages were not held, with their number and the first of them."""
    for why, calls in record.by_reason.items():
        names = ", ".join(f"zx_{name}" for name in calls[:_SHOWN])
        yield f"{len(calls)}: {why}: {names}{', …' if calls[_SHOWN:] else ''}"


def pages_places(record: PagesRecord) -> Iterator[str]:
    """A line for each page that was not held: where, and why."""
    for each in record.not_held:
        yield f"{each.place}: zx_{each.page} is not applied to the kernel: {each.why}"
