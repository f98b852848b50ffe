"""Compare two runs: what changed in verdicts and statuses, also within the allowed set.

Cases are matched by architecture and name; where the runs have no architecture in common, by name
alone (a stand-in against a real kernel, x64 against arm64). Their calls are aligned: one side may
make a call more. Handles, koids and other numbers of a call differ from run to run and are not
compared: its status and its verdict are.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.report.align import hunks, name_of, side_by_side, status_of
from zxhil.report.matrix import Clauses, pages_of
from zxhil.report.verdict import ClauseVerdict
from zxhil.run.record import RunReport


class RunChangeKind(enum.StrEnum):
    """The kinds of change, the gravest first."""

    END = "different end"
    VERDICT = "other verdict"
    STATUS = "other status, allowed too"
    CALLS = "other calls"
    GONE = "only in the old run"
    NEW = "only in the new run"


class Side(NamedTuple):
    """An architecture of a run."""

    report: RunReport
    arch: str

    @property
    def cases(self) -> dict[str, CaseResult]:
        """Its cases by ``program/case``."""
        return {case.id: case for case in self.report.cases if case.arch == self.arch}


@dataclass(frozen=True, slots=True)
class RunChange:
    """One difference; `old` and `new` describe the same aspect of each run.

    `what` is the call where it is about one (``zx_channel_write``), `call` its index in the old
    case and `new_call` in the new one, else -1. `arches` are those that were compared.
    """

    kind: RunChangeKind
    arches: tuple[str, str]
    case: str
    call: int
    what: str
    old: str
    new: str
    new_call: int = -1


@dataclass(frozen=True, slots=True)
class ClausePair:
    """A clause on both sides."""

    clause: str
    sentence: str
    arches: tuple[str, str]
    old: ClauseVerdict
    new: ClauseVerdict


@dataclass(frozen=True, slots=True)
class Comparison:
    """All differences, and every clause's verdicts. `unmatched` architectures are in one run."""

    pairs: tuple[tuple[Side, Side], ...]
    changes: tuple[RunChange, ...]
    clauses: tuple[ClausePair, ...]
    unmatched: tuple[str, ...]

    @property
    def changed(self) -> bool:
        """Is there any difference?"""
        return bool(self.changes or self.unmatched)


def compare(old: RunReport, new: RunReport) -> Comparison:
    """Compare two runs. A run without the other's architectures or cases is a difference."""
    pairs, unmatched = _pairs(old, new)
    return Comparison(
        tuple(pairs),
        tuple(change for pair in pairs for change in changes_of(*pair)),
        tuple(row for pair in pairs for row in clauses_of(*pair)),
        tuple(unmatched),
    )


def _pairs(old: RunReport, new: RunReport) -> tuple[list[tuple[Side, Side]], list[str]]:
    arches = [list(dict.fromkeys(case.arch for case in run.cases)) for run in (old, new)]
    shared = [arch for arch in arches[0] if arch in arches[1]]
    if not shared and len(arches[0]) == len(arches[1]) == 1:
        return [(Side(old, arches[0][0]), Side(new, arches[1][0]))], []
    alone = [f"{arch} exists only in the old run" for arch in arches[0] if arch not in shared]
    alone += [f"{arch} exists only in the new run" for arch in arches[1] if arch not in shared]
    return [(Side(old, arch), Side(new, arch)) for arch in shared], alone


def changes_of(old: Side, new: Side) -> Iterator[RunChange]:
    """What differs between two architectures of runs, case by case."""
    arches = (old.arch, new.arch)
    before, after = old.cases, new.cases
    for case_id in dict.fromkeys([*before, *after]):
        if case_id not in after:
            yield RunChange(
                RunChangeKind.GONE, arches, case_id, -1, "", before[case_id].end.value, "not there"
            )
        elif case_id not in before:
            yield RunChange(
                RunChangeKind.NEW, arches, case_id, -1, "", "not there", after[case_id].end.value
            )
        else:
            yield from _of_case(arches, before[case_id], after[case_id])


def _of_case(arches: tuple[str, str], old: CaseResult, new: CaseResult) -> Iterator[RunChange]:
    if old.end is not new.end:
        texts = [f"{case.end.value}{_why(case)}" for case in (old, new)]
        yield RunChange(RunChangeKind.END, arches, old.id, -1, "", texts[0], texts[1])
    pairs = side_by_side(old.calls, new.calls)
    for i, j in pairs:
        if i >= 0 and j >= 0:
            yield from _of_call(arches, old, i, new, j)
    for gone, added in hunks(pairs):
        ended_early = len(old.calls) - 1 in gone or len(new.calls) - 1 in added
        if old.end is not new.end and ended_early and not (gone and added):
            # The end is reported already.
            continue
        yield RunChange(
            RunChangeKind.CALLS,
            arches,
            old.id,
            gone[0] if gone else -1,
            "",
            _names(old, gone),
            _names(new, added),
            added[0] if added else -1,
        )


def _names(case: CaseResult, indexes: Sequence[int]) -> str:
    return ", ".join(name_of(case.calls[index]) for index in indexes) or "no call"


def _of_call(
    arches: tuple[str, str], old: CaseResult, index: int, new: CaseResult, new_index: int
) -> Iterator[RunChange]:
    calls = old.calls[index], new.calls[new_index]
    texts = _call_text(old, index), _call_text(new, new_index)
    statuses = status_of(calls[0]), status_of(calls[1])
    what = name_of(calls[0])
    if texts[0] != texts[1]:
        kind = RunChangeKind.VERDICT
        if statuses[0] != statuses[1]:
            texts = f"{statuses[0]}: {texts[0]}", f"{statuses[1]}: {texts[1]}"
    elif statuses[0] != statuses[1]:
        kind, texts = RunChangeKind.STATUS, statuses
    else:
        return
    yield RunChange(kind, arches, old.id, index, what, texts[0], texts[1], new_index)


def _why(case: CaseResult) -> str:
    interesting = case.end is not CaseEndKind.PASSED and case.detail
    return f" ({case.detail})" if interesting else ""


def _call_text(case: CaseResult, index: int) -> str:
    """The verdict on a call, with its status and the blamed clauses of a divergence."""
    found = [
        f"{d.kind.value} ({', '.join(d.blamed) or status_of(case.calls[index])})"
        for d in case.divergences
        if d.call == index
    ]
    return "; ".join(found) or case.calls[index].verdict.value


def clauses_of(old: Side, new: Side) -> Iterator[ClausePair]:
    """Each side's verdict on each clause of the pages that their cases claim."""
    cases = [*old.cases.values(), *new.cases.values()]
    before = Clauses(old.arch, old.report.cases)
    after = Clauses(new.arch, new.report.cases)
    for page in pages_of(cases):
        both = zip(before.cells(page), after.cells(page), strict=True)
        for (clause, one), (_, other) in both:
            arches = (old.arch, new.arch)
            yield ClausePair(clause.id, clause.sentence, arches, one.verdict, other.verdict)


def grouped(changes: Sequence[RunChange]) -> dict[tuple[str, ...], list[RunChange]]:
    """Group equal changes of several cases, the gravest kinds first."""
    order = list(RunChangeKind)
    groups: dict[tuple[str, ...], list[RunChange]] = {}
    for change in sorted(changes, key=lambda c: order.index(c.kind)):
        key = (change.kind.value, *change.arches, change.what, change.old, change.new)
        groups.setdefault(key, []).append(change)
    return groups
