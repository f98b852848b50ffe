"""The loop: decide, look, judge, write down; until there is an answer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from zxhil.bisect.outcome import Outcome, Policy
from zxhil.bisect.prefetch import Prefetch, ProbeResult
from zxhil.bisect.probe import Probe
from zxhil.bisect.process import Cancel
from zxhil.bisect.provide import Bench, CannotTell, Fault, Provider
from zxhil.bisect.record import Observation, old_facts, tallies
from zxhil.bisect.search import Look, Plan, Search, Stop
from zxhil.bisect.session import Session
from zxhil.bisect.when import Facts
from zxhil.errors import MachineError

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0


class Bisection:
    """One bisection, begun or resumed.

    `relative` says that the probe compares with the old end. `retries` is how often in a row an
    infrastructure fault is tried again. `tell` is called with each observation, `announce` with
    each look before it is made.
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
        tell: Callable[[Observation], None] = lambda seen: None,
        announce: Callable[[Look, str], None] = lambda look, label: None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._plan = plan
        self._policy = policy
        self._provider = provider
        self._probe = probe
        self._relative = relative
        self._retries = retries
        self._tell = tell
        self._announce = announce
        self._sleep = sleep

    def run(
        self, session: Session, seen: Sequence[Observation], benches: Sequence[Bench]
    ) -> tuple[Stop, list[Observation], float]:
        """Go on from what was `seen` to the end; return it, every look, and seconds wasted.

        With more than one bench the candidates that may be next are looked at ahead of time.
        Raises MachineError when faults don't end, and whatever interrupts it: every look that was
        over by then is in the session.
        """
        observations = list(seen)
        ahead = Prefetch(benches, self._work)
        faults = 0
        try:
            while True:
                begun = time.monotonic()
                search = Search(self._plan, self._policy, tallies(observations))
                decision = search.decide()
                if isinstance(decision, Stop):
                    session.stop(decision, ahead.wasted)
                    return decision, observations, ahead.wasted
                label = self._provider.label(decision.candidate)
                self._announce(decision, label)
                ahead.want([decision.candidate, *self._next(search, decision, len(benches))])
                waiting = time.monotonic()
                glance = ahead.wait(decision.candidate)
                waited = time.monotonic() - waiting
                old = old_facts(observations, self._plan.old_ends[0])
                observation = self._judged(decision, label, glance, old)
                own = time.monotonic() - begun - waited
                own += glance.total - glance.build - glance.look
                observation = replace(observation, own=round(own, 4))
                session.look(observation, old)
                observations.append(observation)
                self._tell(observation)
                faults = self._count_faults(faults, observation)
        finally:
            ahead.close()

    def _next(self, search: Search, look: Look, benches: int) -> list[str]:
        """Return what will be looked at next: if this one is old, and if it is new."""
        if benches < 2:
            return []
        supposed = (search.supposing(look.candidate, o) for o in (self._plan.old, self._plan.new))
        decisions = (after.decide() for after in supposed)
        return [after.candidate for after in decisions if isinstance(after, Look)]

    def _work(self, candidate: str, bench: Bench, cancel: Cancel) -> ProbeResult:
        """Make one candidate and look at it once; in a worker's thread."""
        started = time.monotonic()
        glance = ProbeResult()
        try:
            supply = self._provider.provide(candidate, bench, cancel)
            glance = replace(glance, build=supply.seconds, cached=supply.cached)
            looking = time.monotonic()
            try:
                facts = self._probe.look(supply, bench, cancel)
            finally:
                supply.close()
                glance = replace(glance, look=time.monotonic() - looking)
            if why := self._provider.objection(candidate, str(facts.get("kernel", ""))):
                self._provider.reject(candidate, bench)
                raise Fault(why)
            glance = replace(glance, facts=facts)
        except CannotTell as error:
            seconds = glance.build or error.seconds
            glance = replace(
                glance, cannot_tell=error.reason, evidence=error.evidence, build=seconds
            )
        except Fault as error:
            glance = replace(glance, fault=error.reason, evidence=error.evidence)
        return replace(glance, total=time.monotonic() - started)

    def _judged(
        self, look: Look, label: str, glance: ProbeResult, old: Facts | None
    ) -> Observation:
        observation = Observation(
            look.candidate,
            label,
            look.purpose,
            Outcome.FAULT,
            suspects=look.suspects,
            cached=glance.cached,
            build=round(glance.build, 4),
            look=round(glance.look, 4),
            at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        try:
            if glance.fault:
                raise Fault(glance.fault, glance.evidence)
            if glance.facts is None:
                raise CannotTell(glance.cannot_tell, glance.evidence)
            bad = self._probe.bad(glance.facts, old)
        except Fault as error:
            return replace(observation, reason=error.reason, evidence=error.evidence)
        except CannotTell as error:
            return replace(
                observation,
                outcome=Outcome.CANNOT_TELL,
                reason=error.reason,
                evidence=error.evidence,
            )
        if self._relative:
            outcome = self._plan.new if bad else self._plan.old
        else:
            outcome = Outcome.BAD if bad else Outcome.GOOD
        return replace(observation, outcome=outcome, facts=glance.facts)

    def _count_faults(self, faults: int, seen: Observation) -> int:
        if seen.outcome is not Outcome.FAULT:
            return 0
        if faults >= self._retries:
            raise MachineError(
                f"{seen.label}: {seen.reason} ({faults + 1} times in a row); "
                "zxhil bisect --resume goes on from here",
                seen.evidence,
            )
        self._sleep(min(_FIRST_PAUSE * 2**faults, _LONGEST_PAUSE))
        return faults + 1
