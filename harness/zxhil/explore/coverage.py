"""What programs have reached of the model: clauses, pairs of them, statuses, objects by call.

A feature is a short text, so that a journal can keep it and a person can read it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from zxhil.abi.calls import BY_NAME
from zxhil.abi.status import status_name
from zxhil.model.judge import reached
from zxhil.oracle.render import HandleSeen
from zxhil.oracle.sentence import Judged

CLAUSE, ALONE, PAIR, STATUS, OBJECT = "clause", "alone", "pair", "status", "object"
STATE = "state"
"""A call with the state of an object that it is given, as the generator has it by the model."""


def features(judged: Judged) -> Iterator[str]:
    """The features of a call that was judged."""
    verdict, status = judged.verdict, judged.outcome.status
    held = [c.id for c in reached(verdict.allowed, status)]
    for clause in held:
        yield f"{CLAUSE} {clause}"
    if len(held) == 1:
        yield f"{ALONE} {held[0]}"
    for n, one in enumerate(held):
        for other in held[n + 1 :]:
            yield f"{PAIR} {' '.join(sorted((one, other)))}"
    name = status_name(status) if BY_NAME[judged.name].has_status else "returned"
    yield f"{STATUS} {judged.name} {name} {held[0] if len(held) == 1 else len(held)}"
    for parameter in BY_NAME[judged.name].parameters:
        if parameter.kind.is_value and parameter.kind.is_handle:
            seen = judged.known.get(getattr(judged.call, parameter.name))
            yield f"{OBJECT} {judged.name} {parameter.name} {_object(seen)} {name}"


def _object(seen: HandleSeen | None) -> str:
    if seen is None:
        return "none"
    life = {True: "", False: " closed", None: " maybe"}[seen.live]
    return f"{seen.type or 'unknown'}{life}"


class ModelCoverage:
    """How often each feature was reached."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def add(self, found: Iterable[str]) -> list[str]:
        """Count the features of a program; returns those that are new."""
        new = []
        for feature in sorted(found):
            if feature not in self.counts:
                new.append(feature)
            self.counts[feature] += 1
        return new

    def of(self, kind: str) -> int:
        """How many features of a kind were reached."""
        return sum(1 for feature in self.counts if feature.startswith(f"{kind} "))

    def clauses(self) -> frozenset[str]:
        """The clauses that were reached, by id."""
        lead = f"{CLAUSE} "
        return frozenset(f.removeprefix(lead) for f in self.counts if f.startswith(lead))
