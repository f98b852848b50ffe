"""The loop: decide, test, judge, record, until there is an answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from zxhil.bisect.live import BisectDisplay
from zxhil.bisect.outcome import Policy, ProbeOutcome
from zxhil.bisect.prefetch import Prefetch, ProbeResult
from zxhil.bisect.probe import Probe
from zxhil.bisect.provide import CannotTell, ProbeFault, Provider, Workspace
from zxhil.bisect.record import Observation, old_facts, tallies
from zxhil.bisect.search import NextTest, Plan, Search, Stop
from zxhil.bisect.session import BisectSession
from zxhil.bisect.when import Facts
from zxhil.bisect.work import CandidateWork, pause_after
from zxhil.errors import MachineError


class Bisection:
    """One bisection, begun or resumed.

    `relative` says that the probe compares with the old end. `retries` is how often in a row an
    infrastructure fault is tried again. `report` is called with each observation; `display` is
    kept up to date while workers work.
    """

    def __init__(
        self,
        plan: Plan,
        policy: Policy,
        provider: Provider,
        probe: Probe,
        *,
        relative: bool = False,
        retries: int = 3,
        report: Callable[[Observation], None] = lambda seen: None,
        display: BisectDisplay | None = None,
        sleep: Callable[[float], None] = time.sleep,
        wide: bool = False,
    ) -> None:
        self._plan = plan
        self._policy = policy
        self._provider = provider
        self._probe = probe
        self._relative = relative
        self._retries = retries
        self._report = report
        self._display = display or BisectDisplay()
        self._sleep = sleep
        self._wide = wide

    def run(
        self, session: BisectSession, seen: Sequence[Observation], benches: Sequence[Workspace]
    ) -> tuple[Stop, list[Observation], float]:
        """Continue from what was `seen` to the end; return it, every test, and the seconds wasted.

        With more than one bench, candidates that may be next are prefetched; if the search is
        `wide`, each round tests a candidate on each bench, and all of them count.
        Raises MachineError if faults persist, and passes interrupts on: every test that was
        finished by then is in the session.
        """
        observations = list(seen)
        work = CandidateWork(self._provider, self._probe.test, self._display)
        prefetch = Prefetch(benches, work)
        faults = 0
        try:
            while True:
                begun = time.monotonic()
                search = Search(self._plan, self._policy, tallies(observations))
                decision = search.decide()
                if isinstance(decision, Stop):
                    session.stop(decision, prefetch.wasted)
                    return decision, observations, prefetch.wasted
                tests = self._round(search, decision, len(benches))
                ahead = [] if self._wide else self._next(search, decision, len(benches))
                prefetch.want([*(test.candidate for test in tests), *ahead])
                for test in tests:
                    waiting = time.monotonic()
                    result = prefetch.wait(test.candidate)
                    waited = time.monotonic() - waiting
                    old = old_facts(observations, self._plan.old_ends[0])
                    label = self._provider.label(test.candidate)
                    observation = self._judged(test, label, result, old)
                    overhead = time.monotonic() - begun - waited
                    overhead += result.total - result.build - result.test
                    observation = replace(observation, overhead=round(max(overhead, 0.0), 4))
                    session.record(observation, old)
                    observations.append(observation)
                    self._report(observation)
                    faults = self._count_faults(faults, observation)
                    begun = time.monotonic()
        finally:
            prefetch.close()

    def _round(self, search: Search, test: NextTest, benches: int) -> list[NextTest]:
        """The tests of this round: one, or if the search is wide one for each bench."""
        return search.together_with(test, benches) if self._wide else [test]

    def _next(self, search: Search, test: NextTest, benches: int) -> list[str]:
        """Return what will be tested next: if this one is old, and if it is new."""
        if benches < 2:
            return []
        supposed = (search.supposing(test.candidate, o) for o in (self._plan.old, self._plan.new))
        decisions = (after.decide() for after in supposed)
        return [after.candidate for after in decisions if isinstance(after, NextTest)]

    def _judged(
        self, test: NextTest, label: str, result: ProbeResult, old: Facts | None
    ) -> Observation:
        observation = Observation(
            test.candidate,
            label,
            test.purpose,
            ProbeOutcome.FAULT,
            suspects=test.suspects,
            cached=result.cached,
            build=round(result.build, 4),
            test=round(result.test, 4),
            at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        try:
            if result.fault:
                raise ProbeFault(result.fault, result.evidence)
            if result.facts is None:
                raise CannotTell(result.cannot_tell, result.evidence)
            bad = self._probe.bad(result.facts, old)
        except ProbeFault as error:
            return replace(observation, reason=error.reason, evidence=error.evidence)
        except CannotTell as error:
            return replace(
                observation,
                outcome=ProbeOutcome.CANNOT_TELL,
                reason=error.reason,
                evidence=error.evidence,
            )
        if self._relative:
            outcome = self._plan.new if bad else self._plan.old
        else:
            outcome = ProbeOutcome.BAD if bad else ProbeOutcome.GOOD
        words = self._probe.in_words(result.facts)
        return replace(observation, outcome=outcome, reason=words, facts=result.facts)

    def _count_faults(self, faults: int, seen: Observation) -> int:
        if seen.outcome is not ProbeOutcome.FAULT:
            return 0
        if faults >= self._retries:
            raise MachineError(
                f"{seen.label}: {seen.reason} ({faults + 1} times in a row); "
                "zxhil bisect --resume goes on from here",
                seen.evidence,
            )
        self._sleep(pause_after(faults))
        return faults + 1
