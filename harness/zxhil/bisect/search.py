"""Decide what to test next from the results so far, and nothing else.

Everything here is a pure function of the plan, the policy, and the tallies. So a session is
resumed or replayed by reading its tests, and prefetch asks with a supposed result.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from zxhil.bisect.choice import choose, spread
from zxhil.bisect.graph import Graph
from zxhil.bisect.outcome import Policy, ProbeOutcome, Tally


@dataclass(frozen=True, slots=True)
class Plan:
    """What is bisected.

    `old_ends` and `new_end` are names; the new end is the last of the graph's candidates, unless
    the graph was limited to paths that it doesn't touch. `old` is what the old ends are expected
    to be: GOOD, or BAD when the change searched for is a fix. `merge_bases` are those of an old end
    with the new end, where that old end is no ancestor of it.
    """

    graph: Graph
    old_ends: tuple[str, ...]
    new_end: str
    old: ProbeOutcome = ProbeOutcome.GOOD
    merge_bases: tuple[str, ...] = ()

    @property
    def new(self) -> ProbeOutcome:
        """What the new end is expected to be."""
        return ProbeOutcome.BAD if self.old is ProbeOutcome.GOOD else ProbeOutcome.GOOD


class Purpose(enum.StrEnum):
    """Why a candidate is tested."""

    END = "verify an end"
    MERGE_BASE = "verify a merge base"
    NARROW = "narrow"
    REPEAT = "tests disagree"
    CONFIRM = "confirm"
    CONTRADICTION = "settle a contradiction"


@dataclass(frozen=True, slots=True)
class NextTest:
    """Test `candidate`; `suspects` is how many are left."""

    candidate: str
    purpose: Purpose
    suspects: int


class StopKind(enum.StrEnum):
    """How a bisection ends."""

    FOUND = "found"
    SET = "a set remains"
    SAME = "the ends do not differ"
    WRONG_WAY = "the ends are reversed"
    MERGE_BASE = "the merge base is already changed"
    UNCLEAR_END = "an end cannot be judged"
    ELSEWHERE = "none of the candidates did it"
    CONTRADICTION = "the verdicts contradict each other"


@dataclass(frozen=True, slots=True)
class Stop:
    """The bisection is over. `names`: the one found, the set that remains, or who caused it."""

    kind: StopKind
    names: tuple[str, ...]


Decision = NextTest | Stop


@dataclass(frozen=True, slots=True)
class Search:
    """A bisection at one moment: the plan, the policy, and a tally for each candidate seen."""

    plan: Plan
    policy: Policy
    tallies: Mapping[str, Tally]

    def tally(self, name: str) -> Tally:
        """How often `name` was tested, by outcome."""
        return self.tallies.get(name, Tally())

    def verdict(self, name: str) -> ProbeOutcome | None:
        """The verdict on `name`; None if it needs more tests."""
        return self.policy.verdict(self.tally(name))

    def supposing(self, name: str, outcome: ProbeOutcome) -> Search:
        """The same search, if every test of `name` had given `outcome`."""
        tests = max(self.policy.repeat, 1)
        supposed = Tally.of([outcome] * tests)
        return replace(self, tallies={**self.tallies, name: supposed})

    def decide(self) -> Decision:
        """Return the next test, or the end of the bisection."""
        return (
            self._unfinished()
            or self._ends()
            or self._merge_bases()
            or self._contradiction()
            or self._narrow()
        )

    def together_with(self, test: NextTest, count: int) -> list[NextTest]:
        """Return up to `count` tests to do at once, in place of `test`, which `decide` returned.

        Narrowing tests candidates that divide the suspects evenly, ends are tested together. What
        is chosen around broken candidates, and tests that are repeated, stay alone.
        """
        graph, plan = self.plan.graph, self.plan
        if test.purpose in (Purpose.END, Purpose.MERGE_BASE):
            ends = (*plan.old_ends, plan.new_end)
            names = ends if test.purpose is Purpose.END else plan.merge_bases
            left = [name for name in dict.fromkeys(names) if self.verdict(name) is None]
            return [self._test(name, test.purpose) for name in left[:count]]
        suspects = self.suspects()
        if test.purpose is not Purpose.NARROW or any(
            self.verdict(graph.names[each]) is ProbeOutcome.CANNOT_TELL for each in suspects
        ):
            return [test]
        tested = {each for each in suspects if self.tally(graph.names[each]).tests}
        chosen = spread(suspects, graph.weights(suspects), tested, count)
        return [NextTest(graph.names[each], Purpose.NARROW, len(suspects)) for each in chosen]

    def suspects(self) -> list[int]:
        """Return the candidates that may have brought the change, as indexes of the graph."""
        graph = self.plan.graph
        return graph.suspects(self._judged(self.plan.old), self._judged(self.plan.new))

    def decisive(self, found: str) -> tuple[str, ...]:
        """Return the tested candidates that support the answer `found`, `found` last.

        The others are the nearest ones that were found old: its parents themselves, or in a merge
        history ones that descend from a parent.
        """
        graph = self.plan.graph
        rests_on: list[str] = []
        old = sorted(self._judged(self.plan.old))
        for parent in graph.parents[graph.index[found]]:
            after = [o for o in old if parent in graph.ancestors(o)]
            rests_on += [graph.names[o] for o in (after[:1] if parent not in old else [parent])]
        return (*(dict.fromkeys(rests_on) or self.plan.old_ends), found)

    def _judged(self, outcome: ProbeOutcome) -> list[int]:
        index = self.plan.graph.index
        seen = (name for name in self.tallies if name in index)
        return [index[name] for name in seen if self.verdict(name) is outcome]

    def _test(self, name: str, purpose: Purpose) -> NextTest:
        return NextTest(name, purpose, len(self.suspects()))

    def _first_unjudged(self, names: Iterable[str], purpose: Purpose) -> NextTest | None:
        for name in names:
            if self.verdict(name) is None:
                return self._test(name, purpose)
        return None

    def _unfinished(self) -> Decision | None:
        for name, tally in self.tallies.items():
            if tally.tests and self.verdict(name) is None:
                return self._test(name, Purpose.REPEAT)
        return None

    def _ends(self) -> Decision | None:
        plan = self.plan
        ends = (*plan.old_ends, plan.new_end)
        if test := self._first_unjudged(ends, Purpose.END):
            return test
        verdicts = {name: self.verdict(name) for name in ends}
        if unclear := [name for name in ends if verdicts[name] is ProbeOutcome.CANNOT_TELL]:
            return Stop(StopKind.UNCLEAR_END, tuple(unclear))
        wrong = [name for name in plan.old_ends if verdicts[name] is plan.new]
        if wrong and verdicts[plan.new_end] is plan.old:
            return Stop(StopKind.WRONG_WAY, (*wrong, plan.new_end))
        if wrong or verdicts[plan.new_end] is plan.old:
            return Stop(StopKind.SAME, (*(wrong or plan.old_ends), plan.new_end))
        return None

    def _merge_bases(self) -> Decision | None:
        if test := self._first_unjudged(self.plan.merge_bases, Purpose.MERGE_BASE):
            return test
        changed = [name for name in self.plan.merge_bases if self.verdict(name) is self.plan.new]
        return Stop(StopKind.MERGE_BASE, tuple(changed)) if changed else None

    def _contradiction(self) -> Decision | None:
        """An old candidate that descends from a new one: one of the two verdicts is false."""
        graph = self.plan.graph
        new = set(self._judged(self.plan.new))
        for old in self._judged(self.plan.old):
            if before := new & graph.ancestors(old):
                pair = [graph.names[old], graph.names[max(before)]]
                again = [n for n in pair if self.tally(n).tests < self.policy.most]
                if not again:
                    return Stop(StopKind.CONTRADICTION, tuple(pair))
                least = min(again, key=lambda name: self.tally(name).tests)
                return self._test(least, Purpose.CONTRADICTION)
        return None

    def _narrow(self) -> Decision:
        graph = self.plan.graph
        suspects = self.suspects()
        if not suspects:
            return Stop(StopKind.ELSEWHERE, ())
        new = [s for s in suspects if self.verdict(graph.names[s]) is self.plan.new]
        known = new[0] if new else None
        broken = set(self._judged(ProbeOutcome.CANNOT_TELL)) & set(suspects)
        chosen = None
        if not self.policy.give_up or len(broken) < self.policy.give_up:
            chosen = choose(suspects, graph.weights(suspects), broken, known)
        if chosen is not None:
            return NextTest(graph.names[chosen], Purpose.NARROW, len(suspects))
        if len(suspects) > 1 or known is None:
            return Stop(StopKind.SET, tuple(graph.names[s] for s in suspects))
        found = graph.names[known]
        for name in self.decisive(found):
            if self.tally(name).tests < self.policy.confirm:
                return NextTest(name, Purpose.CONFIRM, 1)
        return Stop(StopKind.FOUND, (found,))
