"""The result of a bisection as one JSON object, from which every report is made.

The object (schema ``zxhil-bisect-3``): ``end`` and ``names``; ``found`` with the commit;
``confidence``, the decisive candidates with their tallies; ``clauses`` and ``differences`` between
the two sides (see `zxhil.bisect.differences`); ``steps``;
``skipped``; ``unstable``; ``range`` for the picture; ``seconds``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from zxhil.bisect.differences import ClauseChange, SideDifference, differences
from zxhil.bisect.gitrange import Repository
from zxhil.bisect.outcome import ProbeOutcome
from zxhil.bisect.record import Observation, tallies
from zxhil.bisect.search import Purpose, Search, Stop, StopKind
from zxhil.bisect.setup import BisectParts
from zxhil.bisect.when import BisectCondition

SCHEMA = "zxhil-bisect-3"
_SHOWN_NAMES = 50


def summarize(
    parts: BisectParts, stop: Stop, seen: Sequence[Observation], wasted: float, session: str
) -> dict[str, Any]:
    """Make the JSON object of a bisection that ended with `stop`."""
    search = Search(parts.plan, parts.policy, tallies(seen))
    plan = parts.plan
    found = stop.names[0] if stop.kind is StopKind.FOUND else ""
    shown = stop.names[:_SHOWN_NAMES]
    clauses, differ = _differences(parts, search, seen, found)
    return {
        "schema": SCHEMA,
        "end": stop.kind.value,
        "names": list(stop.names),
        "labels": [parts.provider.label(name) for name in shown],
        "advice": advice(parts, stop, seen),
        "what": parts.settings.when or parts.settings.when_command,
        "where": parts.settings.range,
        "old": plan.old.value,
        "new": plan.new.value,
        "found": _found(parts, found),
        "confidence": _confidence(parts, search, found),
        "clauses": [asdict(row) for row in clauses],
        "differences": [asdict(row) for row in differ],
        "steps": steps_of(seen),
        "skipped": _skipped(search, seen),
        "unstable": [name for name, tally in search.tallies.items() if tally.disagrees],
        "range": _range(parts, search, seen),
        "expected_looks": math.ceil(math.log2(max(len(plan.graph), 1))) + 2,
        "seconds": {
            "build": round(sum(test.build for test in seen), 3),
            "test": round(sum(test.test for test in seen), 3),
            "overhead": round(sum(test.overhead for test in seen), 3),
            "wasted": round(wasted, 3),
        },
        "session": session,
    }


def advice(parts: BisectParts, stop: Stop, seen: Sequence[Observation]) -> str:
    """Explain an end that is not the answer and what to do about it; "" if it is the answer."""
    old, new = parts.plan.old.value, parts.plan.new.value
    name = parts.provider.label
    match stop.kind:
        case StopKind.SAME:
            both = old if _verdict_word(seen, stop.names[-1]) == old else new
            return f"both ends are {both}: there is nothing to find between them"
        case StopKind.WRONG_WAY:
            first, last = stop.names[0], stop.names[-1]
            if parts.plan.old is ProbeOutcome.GOOD:
                return (
                    f"the older end is bad and the newer one is good. To find what fixed it: "
                    f"--find-fix --good {last} --bad {first}"
                )
            return (
                f"the older end is good and the newer one is bad. To find what broke it, without "
                f"--find-fix: --good {first} --bad {last}"
            )
        case StopKind.MERGE_BASE:
            return (
                f"the merge base {name(stop.names[0])} is {new} already: it changed back on the "
                f"way to the {old} end, not on the way to the {new} one"
            )
        case StopKind.UNCLEAR_END:
            why = [f"{test.label}: {test.reason}" for test in seen if test.candidate in stop.names]
            return f"an end could not be judged. {why[-1]}"
        case StopKind.ELSEWHERE:
            return (
                "none of the commits that touch these paths is the culprit: retry without --paths"
            )
        case StopKind.CONTRADICTION:
            return (
                f"{name(stop.names[0])} is {old} although it descends from {name(stop.names[1])}, "
                f"which is {new}: it changed more than once, or the result is "
                "unstable (see --repeat)"
            )
        case StopKind.SET:
            return "the candidates in between could not be judged"
        case StopKind.FOUND if parts.settings.paths and parts.repository:
            return _left_out(parts, parts.repository, seen, stop.names[0])
    return ""


def _left_out(
    parts: BisectParts, repository: Repository, seen: Sequence[Observation], found: str
) -> str:
    """With --paths, the first candidate that is new may only have inherited the change."""
    search = Search(parts.plan, parts.policy, tallies(seen))
    count = repository.count_between(search.decisive(found)[:-1], found) - 1
    if not count:
        return ""
    return f"{count} commits that do not touch the paths precede it and were not tested"


def _verdict_word(seen: Sequence[Observation], name: str) -> str:
    words = [test.outcome.value for test in seen if test.candidate == name]
    return words[-1] if words else ""


def steps_of(seen: Sequence[Observation]) -> list[dict[str, Any]]:
    """Return each test as JSON, numbered from 1, without its facts but for the kernel's version."""
    return [_step(number, test) for number, test in enumerate(seen, 1)]


def _step(number: int, test: Observation) -> dict[str, Any]:
    step = asdict(test)
    facts = step.pop("facts")
    kernel = facts.get("kernel", "")
    return {"number": number, **step, "kernel": kernel}


def _found(parts: BisectParts, found: str) -> dict[str, Any] | None:
    if not found:
        return None
    if parts.repository is None:
        return {"id": found, "subject": parts.provider.label(found)}
    return asdict(parts.repository.commit(found))


def _confidence(parts: BisectParts, search: Search, found: str) -> list[dict[str, Any]]:
    if not found:
        return []
    rows = []
    for name in search.decisive(found):
        tally = search.tally(name)
        rows.append({"name": name, "label": parts.provider.label(name), **asdict(tally)})
    return rows


def _differences(
    parts: BisectParts, search: Search, seen: Sequence[Observation], found: str
) -> tuple[list[ClauseChange], list[SideDifference]]:
    if not found:
        return [], []
    *olds, new = search.decisive(found)
    old_facts = _facts(seen, olds[-1], parts.plan.old)
    new_facts = _facts(seen, new, parts.plan.new)
    if not old_facts or not new_facts:
        return [], []
    return differences(parts.condition or BisectCondition("command"), old_facts, new_facts)


def _facts(seen: Sequence[Observation], name: str, outcome: ProbeOutcome) -> Mapping[str, Any]:
    return next((s.facts for s in seen if s.candidate == name and s.outcome is outcome), {})


def _skipped(search: Search, seen: Sequence[Observation]) -> list[dict[str, str]]:
    reasons = {s.candidate: s for s in seen if s.outcome is ProbeOutcome.CANNOT_TELL}
    return [
        {"name": name, "label": test.label, "reason": test.reason, "evidence": test.evidence}
        for name, test in reasons.items()
        if search.verdict(name) is ProbeOutcome.CANNOT_TELL
    ]


def _range(parts: BisectParts, search: Search, seen: Sequence[Observation]) -> dict[str, Any]:
    """Give the picture's data: candidates by position, and what was suspected at each test."""
    graph = parts.plan.graph
    rows = []
    for number, test in enumerate(seen, 1):
        before = Search(parts.plan, parts.policy, tallies(seen[: number - 1]))
        suspects = before.suspects()
        narrows = test.purpose not in (Purpose.END, Purpose.MERGE_BASE)
        rows.append(
            {
                "number": number,
                "at": graph.index.get(test.candidate, -1),
                "from": suspects[0] if suspects and narrows else 0,
                "to": suspects[-1] if suspects and narrows else len(graph) - 1,
            }
        )
    verdicts = {
        graph.index[name]: verdict.value
        for name in search.tallies
        if name in graph.index and (verdict := search.verdict(name)) is not None
    }
    return {
        "candidates": len(graph),
        "parents": [list(of) for of in graph.parents],
        "verdicts": {str(key): value for key, value in sorted(verdicts.items())},
        "suspects": search.suspects(),
        "rows": rows,
    }
