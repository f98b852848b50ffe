"""What differs between the two sides of the change that was found: by clause, then by call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zxhil.bisect.when import BisectCondition, Facts, in_words
from zxhil.model.judge import VerdictKind
from zxhil.oracle.cases import CaseInfo
from zxhil.oracle.results import CaseEndKind, CaseResult, Divergence, JudgedCall
from zxhil.report.compare import RunChange, Side, changes_of, clauses_of, grouped
from zxhil.run.record import RunReport

_FRAMES = 8


@dataclass(frozen=True, slots=True)
class ClauseChange:
    """A documented sentence whose verdict is another one on the new side."""

    clause: str
    sentence: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class SideDifference:
    """One difference, and all `places` (``case (call 3)``) where it is the same.

    `example` are the first place's calls, decoded, on the old and on the new side; empty if it
    is not about a call.
    """

    what: str
    old: str
    new: str
    places: tuple[str, ...] = ()
    example: tuple[str, ...] = ()


def differences(
    condition: BisectCondition, old: Facts, new: Facts
) -> tuple[list[ClauseChange], list[SideDifference]]:
    """List the clauses with another verdict, and what differs in the cases that count."""
    if "exit" in new:
        return [], [SideDifference("exit code", str(old.get("exit")), str(new.get("exit")))]
    if condition.subject in ("boots", "panics"):
        return [], [SideDifference("boot", in_words(old, _FRAMES), in_words(new, _FRAMES))]
    before, after = condition.outcomes(old), condition.outcomes(new)
    both = sorted(before.keys() & after.keys())
    sides = _side(old, both), _side(new, both)
    clauses = [
        ClauseChange(row.clause, row.sentence, row.old.value, row.new.value)
        for row in clauses_of(*sides)
        if row.old is not row.new
    ]
    changed = [key for key in both if before[key] != after[key]]
    sides = _side(old, changed), _side(new, changed)
    groups = grouped(list(changes_of(*sides))).values()
    return clauses, [_difference(members, *sides) for members in groups]


def _difference(members: Sequence[RunChange], old: Side, new: Side) -> SideDifference:
    first = members[0]
    example = (
        _decoded(old.cases[first.case], first.call),
        _decoded(new.cases[first.case], first.new_call),
    )
    places = tuple(_place(change) for change in members)
    return SideDifference(
        first.what or first.kind.value,
        first.old,
        first.new,
        places,
        example if any(example) else (),
    )


def _place(change: RunChange) -> str:
    call = change.call if change.call >= 0 else change.new_call
    return f"{change.case} (call {call})" if call >= 0 else change.case


def _decoded(case: CaseResult, index: int) -> str:
    if index < 0:
        return ""
    call = case.calls[index]
    return f"{call.text} -> {call.status}"


def _side(facts: Facts, keys: Iterable[str]) -> Side:
    """The facts' cases as a run's. What facts do not hold of a call is not compared."""
    cases = tuple(_case(key, facts["cases"][key]) for key in keys)
    return Side(RunReport("", (), (), cases, ()), "")


def _case(key: str, case: Mapping[str, Any]) -> CaseResult:
    program, _, name = key.partition("/")
    return CaseResult(
        CaseInfo(program, name, (), ""),
        "",
        CaseEndKind(case["end"]),
        tuple(
            JudgedCall(text, status, VerdictKind.CONFORMS, (), 0) for text, status in case["calls"]
        ),
        tuple(
            Divergence(
                d["call"], VerdictKind(d["kind"]), tuple(d["blamed"]), (), d["call"], d["text"]
            )
            for d in case["divergences"]
        ),
        tuple(case["reached"]),
        tuple(case["returned"]),
        case["detail"],
    )
