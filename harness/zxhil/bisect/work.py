"""One piece of work, in a worker's thread: get a candidate's image, and test it once."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from zxhil.bisect.live import BisectDisplay
from zxhil.bisect.prefetch import ProbeResult
from zxhil.bisect.process import Cancel
from zxhil.bisect.provide import CannotTell, ProbeFault, Provider, Supply, Workspace

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0

#: Test a candidate once and return facts, as JSON. ``facts["kernel"]`` is the version that the
#: kernel reported, if it did. Raises CannotTell, ProbeFault or Cancelled.
CandidateTest = Callable[[Supply, Workspace, Cancel], dict[str, Any]]


def pause_after(faults: int) -> float:
    """Seconds to wait before the next try, after so many infrastructure faults in a row."""
    return min(_FIRST_PAUSE * float(2**faults), _LONGEST_PAUSE)


class CandidateWork:
    """Builds or gets one candidate after another and tests it; several threads may call it."""

    def __init__(self, provider: Provider, test: CandidateTest, display: BisectDisplay) -> None:
        self._provider = provider
        self._test = test
        self._display = display

    def __call__(self, candidate: str, bench: Workspace, cancel: Cancel) -> ProbeResult:
        """Work on one candidate."""
        for name in ("stdout", "stderr"):
            # What the last candidate's commands printed is not shown for this one.
            (bench.folder / name).unlink(missing_ok=True)
        try:
            return self._supply_and_test(candidate, bench, cancel)
        finally:
            self._display.rests(bench.number)

    def _shows(self, candidate: str, bench: Workspace, phase: str) -> None:
        label = self._provider.label(candidate)
        self._display.works(bench.number, label, phase, bench.folder)

    def _supply_and_test(self, candidate: str, bench: Workspace, cancel: Cancel) -> ProbeResult:
        started = time.monotonic()
        result = ProbeResult()
        try:
            self._shows(candidate, bench, self._provider.phase)
            supply = self._provider.provide(candidate, bench, cancel)
            result = replace(result, build=supply.seconds, cached=supply.cached)
            testing = time.monotonic()
            self._shows(candidate, bench, "testing")
            try:
                facts = self._test(supply, bench, cancel)
            finally:
                supply.close()
                result = replace(result, test=time.monotonic() - testing)
            if why := self._provider.objection(candidate, str(facts.get("kernel", ""))):
                self._provider.reject(candidate, bench)
                raise ProbeFault(why)
            result = replace(result, facts=facts)
        except CannotTell as error:
            seconds = result.build or error.seconds
            result = replace(
                result, cannot_tell=error.reason, evidence=error.evidence, build=seconds
            )
        except ProbeFault as error:
            result = replace(result, fault=error.reason, evidence=error.evidence)
        return replace(result, total=time.monotonic() - started)
