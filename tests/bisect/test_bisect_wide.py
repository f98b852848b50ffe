"""Rounds of several candidates, as on a cluster: the same answer as one by one, in fewer rounds."""

from __future__ import annotations

import itertools
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zxhil.bisect.graph import Graph
from zxhil.bisect.outcome import Policy, ProbeOutcome, Tally
from zxhil.bisect.search import Plan, Purpose, Search, Stop, StopKind

GOOD, BAD, SKIP = ProbeOutcome.GOOD, ProbeOutcome.BAD, ProbeOutcome.CANNOT_TELL


def rounds_of(plan: Plan, outcomes: dict[str, ProbeOutcome], width: int) -> tuple[Stop, list[int]]:
    """The end of a search, and how many suspects each round of narrowing began with."""
    seen: dict[str, list[ProbeOutcome]] = {}
    suspects = []
    for _ in range(1000):
        search = Search(plan, Policy(), {n: Tally.of(o) for n, o in seen.items()})
        decision = search.decide()
        if isinstance(decision, Stop):
            return decision, suspects
        tests = search.together_with(decision, width)
        names = [test.candidate for test in tests]
        assert 1 <= len(names) <= width
        assert len(set(names)) == len(names)
        if decision.purpose is Purpose.NARROW:
            suspects.append(decision.suspects)
            assert all(name not in seen for name in names)
        for name in names:
            seen.setdefault(name, []).append(outcomes[name])
    raise AssertionError("the search does not end")


def chain(count: int) -> Plan:
    return Plan(Graph.chain(str(i) for i in range(1, count)), ("0",), str(count - 1))


@pytest.mark.parametrize("width", [1, 2, 3, 8, 200])
def test_rounds_of_several_candidates_divide_the_suspects(width: int) -> None:
    count = 130
    for culprit in range(1, count):
        outcomes = {str(n): BAD if n >= culprit else GOOD for n in range(count)}
        stop, suspects = rounds_of(chain(count), outcomes, width)
        assert stop == Stop(StopKind.FOUND, (str(culprit),))
        for before, after in itertools.pairwise(suspects):
            assert after <= math.ceil(before / (width + 1)) + 1
        assert len(suspects) <= math.ceil(math.log(count, width + 1)) + 1


@settings(max_examples=200)
@given(st.integers(0, 1 << 32), st.integers(2, 40), st.integers(2, 5))
def test_any_history_with_broken_candidates_gives_the_answer_of_one_by_one(
    seed: int, count: int, width: int
) -> None:
    rng = random.Random(seed)
    culprit = rng.randrange(1, count)
    outcomes = {str(n): BAD if n >= culprit else GOOD for n in range(count)}
    for name in rng.sample(sorted(outcomes), count // 6):
        if name not in ("0", str(count - 1)):
            outcomes[name] = SKIP
    alone, _ = rounds_of(chain(count), outcomes, 1)
    together, _ = rounds_of(chain(count), outcomes, width)
    assert together == alone
