"""The search alone: always the right candidate or set, in few tests, whatever is broken."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import bisect_histories
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zxhil.bisect.graph import Graph
from zxhil.bisect.outcome import Policy, ProbeOutcome, Rule, Tally
from zxhil.bisect.search import NextTest, Plan, Purpose, Search, Stop, StopKind

GOOD, BAD, SKIP = ProbeOutcome.GOOD, ProbeOutcome.BAD, ProbeOutcome.CANNOT_TELL


def drive(
    plan: Plan, test: Callable[[str], ProbeOutcome], policy: Policy | None = None
) -> tuple[Stop, list[NextTest], Search]:
    """Run a search to its end against a fake target."""
    search = Search(plan, policy or Policy(), {})
    seen: dict[str, list[ProbeOutcome]] = {}
    tests = []
    while True:
        decision = search.decide()
        if isinstance(decision, Stop):
            return decision, tests, search
        tests.append(decision)
        assert len(tests) < 10_000
        seen.setdefault(decision.candidate, []).append(test(decision.candidate))
        search = Search(plan, search.policy, {n: Tally.of(o) for n, o in seen.items()})


def chain(count: int, old: ProbeOutcome = GOOD) -> Plan:
    """Candidates 1..count-1 after the old end 0."""
    return Plan(Graph.chain(str(i) for i in range(1, count)), ("0",), str(count - 1), old)


def bound(count: int) -> int:
    """log2 of the candidates, and the two ends."""
    return math.ceil(math.log2(count)) + 2


@pytest.mark.parametrize("count", [2, 3, 4, 5, 17, 100, 1000])
def test_every_change_of_a_linear_history_is_found_in_few_tests(count: int) -> None:
    for culprit in {*range(1, count, max(count // 50, 1)), count - 1}:
        stop, tests, _ = drive(chain(count), lambda n, c=culprit: BAD if int(n) >= c else GOOD)
        assert stop == Stop(StopKind.FOUND, (str(culprit),))
        assert len(tests) <= bound(count - 1)
        assert [test.purpose for test in tests[:2]] == [Purpose.END, Purpose.END]


def test_a_fix_is_found_like_a_fault() -> None:
    stop, _, _ = drive(chain(100, old=BAD), lambda n: GOOD if int(n) >= 37 else BAD)
    assert stop == Stop(StopKind.FOUND, ("37",))


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (GOOD, GOOD, StopKind.SAME),
        (BAD, BAD, StopKind.SAME),
        (BAD, GOOD, StopKind.WRONG_WAY),
        (SKIP, BAD, StopKind.UNCLEAR_END),
        (GOOD, SKIP, StopKind.UNCLEAR_END),
    ],
)
def test_ends_are_verified_before_anything_else(
    old: ProbeOutcome, new: ProbeOutcome, kind: StopKind
) -> None:
    stop, tests, _ = drive(chain(1000), lambda n: old if n == "0" else new)
    assert stop.kind is kind
    assert len(tests) == 2


def test_untestable_candidates_leave_a_set() -> None:
    """The change is between the last that works and the first that works again."""

    def test(name: str) -> ProbeOutcome:
        return SKIP if 40 <= int(name) <= 42 else BAD if int(name) >= 41 else GOOD

    stop, _, _ = drive(chain(100), test)
    assert stop == Stop(StopKind.SET, ("40", "41", "42", "43"))


@pytest.mark.parametrize("length", [1, 10, 50, 200, 400])
def test_a_broken_stretch_in_the_middle_costs_few_tests(length: int) -> None:
    """Steps away from the broken area double instead of walking through it."""
    count = 1000
    first = count // 2 - length // 2
    broken = range(first, first + length)
    worst = 0
    for culprit in [*range(1, first, 29), first - 1, first + length + 1, count - 1]:

        def test(name: str, culprit: int = culprit) -> ProbeOutcome:
            return SKIP if int(name) in broken else BAD if int(name) >= culprit else GOOD

        stop, tests, _ = drive(chain(count), test)
        assert stop == Stop(StopKind.FOUND, (str(culprit),))
        worst = max(worst, len(tests))
    assert worst <= bound(count) + 2 + math.log2(length)


@settings(max_examples=150)
@given(st.data())
def test_on_any_history_the_answer_is_right(data: st.DataObject) -> None:
    """With merges and broken candidates anywhere: the one, or a set that has it."""
    count = data.draw(st.integers(4, 40))
    parents = bisect_histories.merges(count, data.draw(st.integers(0, 10**6)))
    graph = Graph(
        tuple(str(i) for i in range(1, count)),
        tuple(tuple(p - 1 for p in of if p) for of in parents[1:]),
    )
    culprit = data.draw(st.integers(1, count - 1))
    broken = data.draw(st.sets(st.integers(1, count - 2), max_size=count // 3))
    new = {i for i in range(1, count) if culprit - 1 in graph.ancestors(i - 1)}

    def test(name: str) -> ProbeOutcome:
        return SKIP if int(name) in broken else BAD if int(name) in new else GOOD

    if count - 1 not in new:
        return
    stop, tests, search = drive(Plan(graph, ("0",), str(count - 1)), test)
    assert len({test.candidate for test in tests}) == len(tests)
    assert str(culprit) in stop.names
    if stop.kind is StopKind.FOUND:
        assert stop.names == (str(culprit),)
    else:
        assert stop.kind is StopKind.SET
        left = set(stop.names)
        judged = {n for n in left if search.verdict(n) in (GOOD, BAD)}
        assert len(judged) == 1, "everything that can be judged was judged"


def test_weights_are_those_of_sets_of_ancestors() -> None:
    graph = Graph(tuple("abcdefg"), ((), (0,), (0,), (1, 2), (2,), (3, 4), (5,)))
    suspects = graph.suspects([], [6])
    expected = {i: len(graph.ancestors(i)) for i in suspects}
    assert graph.weights(suspects) == expected


def unsteady(culprit: int, share: float, seed: int) -> Callable[[str], ProbeOutcome]:
    """A target whose every answer is wrong with probability `share`."""
    rng = random.Random(seed)

    def test(name: str) -> ProbeOutcome:
        right = BAD if int(name) >= culprit else GOOD
        wrong = GOOD if right is BAD else BAD
        return wrong if rng.random() < share else right

    return test


def test_repeating_finds_the_change_under_wrong_answers() -> None:
    """One result in ten is wrong: one test often misleads the search, seven hardly ever."""

    def right(policy: Policy) -> int:
        found = 0
        for seed in range(100):
            culprit = 1 + seed * 97 % 199
            stop, _, _ = drive(chain(200), unsteady(culprit, 0.1, seed), policy)
            found += stop == Stop(StopKind.FOUND, (str(culprit),))
        return found

    assert right(Policy()) < 75
    assert right(Policy(repeat=7, confirm=7)) >= 97


def test_one_bad_among_repeats_makes_a_candidate_bad() -> None:
    """An intermittent fault: bad three times in ten, and never before the culprit."""
    rng = random.Random(5)

    def test(name: str) -> ProbeOutcome:
        return BAD if int(name) >= 61 and rng.random() < 0.3 else GOOD

    policy = Policy(repeat=25, rule=Rule.ANY_BAD)
    stop, _, search = drive(chain(100), test, policy)
    assert stop == Stop(StopKind.FOUND, ("61",))
    assert search.tally("60") == Tally(good=25)
    assert search.tally("61").bad == 1


def test_disagreeing_tests_are_decided_by_the_rule() -> None:
    both = Tally(good=2, bad=1)
    assert Policy(repeat=3, rule=Rule.SKIP).verdict(both) is SKIP
    assert Policy(repeat=3, rule=Rule.ANY_BAD).verdict(both) is BAD
    assert Policy(repeat=3).verdict(both) is None
    assert Policy(repeat=3).verdict(Tally(good=3, bad=1)) is GOOD
    assert Policy(repeat=3).verdict(Tally(good=4, bad=5)) is BAD
    assert Policy(repeat=1).verdict(Tally(good=2, bad=2)) is None or both.disagrees


def test_a_wrong_verdict_is_retracted_on_confirmation() -> None:
    """39 says good once, by mistake; confirming it, a decisive candidate, reveals that."""
    first = {"39"}

    def test(name: str) -> ProbeOutcome:
        if name in first:
            first.discard(name)
            return GOOD
        return BAD if int(name) >= 33 else GOOD

    plan = Plan(Graph.chain(str(i) for i in range(1, 80)), ("0",), "79")
    stop, tests, search = drive(plan, test, Policy(confirm=3))
    assert any(test.candidate == "39" for test in tests), "else the test tests nothing"
    assert stop == Stop(StopKind.FOUND, ("33",))
    assert all(search.tally(name).tests >= 3 for name in search.decisive("33"))


def test_a_false_verdict_is_final_without_confirming() -> None:
    """The counterpart: so confirming is what the test before shows."""
    first = {"39"}

    def test(name: str) -> ProbeOutcome:
        if name in first:
            first.discard(name)
            return GOOD
        return BAD if int(name) >= 33 else GOOD

    stop, _, _ = drive(Plan(Graph.chain(str(i) for i in range(1, 80)), ("0",), "79"), test)
    assert stop == Stop(StopKind.FOUND, ("40",))


def test_a_contradiction_is_tested_again_then_reported() -> None:
    """A good that descends from a bad: one of the two must be wrong."""
    plan = chain(10)
    tallies = {"0": Tally(good=1), "9": Tally(bad=1), "3": Tally(bad=1), "6": Tally(good=1)}
    search = Search(plan, Policy(), tallies)
    assert search.decide() == NextTest("6", Purpose.CONTRADICTION, 3)
    often = {**tallies, "3": Tally(bad=3), "6": Tally(good=3)}
    assert Search(plan, Policy(), often).decide() == Stop(StopKind.CONTRADICTION, ("6", "3"))


def test_prefetch_supposes_an_answer() -> None:
    plan = chain(9)
    search = Search(plan, Policy(), {"0": Tally(good=1), "8": Tally(bad=1)})
    assert search.decide() == NextTest("4", Purpose.NARROW, 8)
    assert search.supposing("4", GOOD).decide() == NextTest("6", Purpose.NARROW, 4)
    assert search.supposing("4", BAD).decide() == NextTest("2", Purpose.NARROW, 4)


def test_the_merge_base_is_verified_where_an_end_is_no_ancestor() -> None:
    plan = Plan(Graph.chain("abc"), ("side",), "c", merge_bases=("base",))
    stop, tests, _ = drive(plan, lambda n: GOOD if n == "side" else BAD)
    assert stop == Stop(StopKind.MERGE_BASE, ("base",))
    assert [test.candidate for test in tests] == ["side", "c", "base"]
    stop, _, _ = drive(plan, lambda n: GOOD if n in ("side", "base", "a") else BAD)
    assert stop == Stop(StopKind.FOUND, ("b",))


def test_no_candidate_did_it_when_paths_leave_the_change_out() -> None:
    plan = Plan(Graph.chain("ab"), ("old",), "new")
    stop, _, _ = drive(plan, lambda n: BAD if n == "new" else GOOD)
    assert stop == Stop(StopKind.ELSEWHERE, ())


def test_give_up_lists_untested_candidates() -> None:
    """Forty broken candidates in a row are not all built when five are enough."""
    broken = range(30, 70)

    def test(name: str) -> ProbeOutcome:
        return SKIP if int(name) in broken else BAD if int(name) >= 50 else GOOD

    stop, tests, _ = drive(chain(100), test, Policy(give_up=5))
    assert stop.kind is StopKind.SET
    assert sum(int(x.candidate) in broken for x in tests) == 5
    assert set(map(str, broken)) <= set(stop.names)


def test_a_candidate_whose_tests_disagree_is_settled_before_another_is_tested() -> None:
    tallies = {"0": Tally(good=1), "99": Tally(bad=1), "20": Tally(good=1, bad=1)}
    search = Search(chain(100), Policy(), tallies)
    decision = search.decide()
    assert isinstance(decision, NextTest)
    assert (decision.candidate, decision.purpose) == ("20", Purpose.REPEAT)
