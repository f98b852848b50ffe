"""The loop of a sweep: get each kernel, run the suite on it, add the run to the history."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from zxhil.abi.ages import day_text
from zxhil.bisect.live import BisectDisplay
from zxhil.bisect.prefetch import Prefetch, ProbeResult
from zxhil.bisect.probe import run_zxhil
from zxhil.bisect.process import Cancel
from zxhil.bisect.provide import ProbeFault, Provider, Supply, Workspace
from zxhil.bisect.work import CandidateWork, pause_after
from zxhil.errors import MachineError
from zxhil.history.add import add_run, no_origin
from zxhil.history.origin import Origin, commit_of, origin_in
from zxhil.history.store import History
from zxhil.report.saved import Saved, saved_from_json
from zxhil.sweep.attempts import Attempt, AttemptOutcome, attempt_of, remember
from zxhil.sweep.kernels import SweptKernel

#: As a provider names a candidate to the user's commands.
_CANDIDATE = ("ZXHIL_COMMIT", "ZXHIL_CANDIDATE")


@dataclass(frozen=True, slots=True)
class SweepOptions:
    """`options` are those of ``zxhil run``. `arch` is empty for all that an image has.

    `repo` dates kernels by the commits that they name, where no date is known. `rules` is the
    digest of all that (`attempts.rules_digest`). `timeout` in seconds is for one run. `again`:
    kernels that were not built, refused, or not booted are tried again.
    """

    options: tuple[str, ...]
    arch: str
    repo: Path | None
    rules: str
    timeout: float | None = None
    retries: int = 3
    again: bool = False


@dataclass(frozen=True, slots=True)
class SweptResult:
    """A kernel, and what became of it. `run` is None if it has not run now.

    `before`: an earlier sweep did it. `build` and `test` are in seconds.
    """

    kernel: SweptKernel
    attempt: Attempt
    run: Saved | None = None
    before: bool = False
    build: float = 0.0
    test: float = 0.0
    cached: bool = False


class Sweep:
    """A sweep into a history. `report` is called with each result as soon as it is written."""

    def __init__(
        self,
        history: History,
        provider: Provider,
        options: SweepOptions,
        *,
        report: Callable[[SweptResult], None] = lambda result: None,
        display: BisectDisplay | None = None,
        test: Callable[[Supply, Workspace, Cancel], dict[str, Any]] | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._history = history
        self._provider = provider
        self._options = options
        self._report = report
        self._display = display or BisectDisplay()
        self._test = test or self._run
        self._sleep = sleep
        self._kernels: dict[str, SweptKernel] = {}
        self._sources: dict[str, str] = {}

    def run(
        self, kernels: Sequence[SweptKernel], benches: Sequence[Workspace]
    ) -> list[SweptResult]:
        """Sweep kernels, in this order; what the history has is skipped.

        Raises MachineError if an infrastructure fault persists, and passes interrupts on: what was
        reported by then is in the history.
        """
        self._kernels |= {kernel.candidate: kernel for kernel in kernels}
        self._sources |= {kernel.candidate: self._source(kernel) for kernel in kernels}
        prefetch = Prefetch(benches, CandidateWork(self._provider, self._test, self._display))
        try:
            return [self._swept(kernels, at, prefetch, len(benches)) for at in range(len(kernels))]
        finally:
            prefetch.close()

    def _swept(
        self, kernels: Sequence[SweptKernel], at: int, prefetch: Prefetch, width: int
    ) -> SweptResult:
        kernel = kernels[at]
        known = self._known(kernel)
        if known is not None:
            result = SweptResult(kernel, known, before=True)
            self._report(result)
            return result
        unknown = (each.candidate for each in kernels[at:] if self._known(each) is None)
        done = self._retried(kernel, list(islice(unknown, width)), prefetch)
        result = self._written(kernel, done)
        self._report(result)
        return result

    def _source(self, kernel: SweptKernel) -> str:
        """What it is made from, and its age: that of an image may be corrected."""
        return f"{self._provider.key(kernel.candidate)}-{kernel.day}"

    def _known(self, kernel: SweptKernel) -> Attempt | None:
        found = attempt_of(self._history, self._sources[kernel.candidate], self._options.rules)
        if found is None or not self._options.again:
            return found
        return None if found.outcome is not AttemptOutcome.RAN or self._is_dead(found) else found

    def _is_dead(self, attempt: Attempt) -> bool:
        """Did the kernel of a run reach no clause?"""
        sql = "SELECT max(clauses_conforming + clauses_diverging) FROM trial WHERE run_id = ?"
        with self._history.reading():
            return not self._history.one(sql, attempt.run)

    def _retried(
        self, kernel: SweptKernel, wanted: Sequence[str], prefetch: Prefetch
    ) -> ProbeResult:
        faults = 0
        while True:
            prefetch.want(wanted)
            done = prefetch.wait(kernel.candidate)
            if not done.fault:
                return done
            if faults >= self._options.retries:
                raise MachineError(
                    f"{kernel.title}: {done.fault} ({faults + 1} times in a row); "
                    "the same command goes on from here",
                    done.evidence,
                )
            self._sleep(pause_after(faults))
            faults += 1

    def _written(self, kernel: SweptKernel, done: ProbeResult) -> SweptResult:
        """Write what became of a kernel into the history."""
        options, saved = self._options, None
        source = self._sources[kernel.candidate]
        if done.facts is None:
            built = done.test > 0
            outcome = AttemptOutcome.REFUSED if built else AttemptOutcome.NOT_BUILT
            attempt = Attempt(outcome, done.cannot_tell)
        else:
            saved = saved_from_json(done.facts["report"])
            added = add_run(
                self._history, saved, Path(kernel.candidate), lambda v: self._origin(kernel, v)
            )
            attempt = Attempt(AttemptOutcome.RAN, run=added.id)
        remember(self._history, kernel, options.arch, source, options.rules, attempt)
        return SweptResult(
            kernel, attempt, saved, build=done.build, test=done.test, cached=done.cached
        )

    def _origin(self, kernel: SweptKernel, version: str) -> Origin:
        if kernel.origin.commit:
            return kernel.origin
        commit = commit_of(version)
        if self._options.repo is not None and commit:
            found = origin_in(self._options.repo, commit)
            if found is not None:
                return found
        return Origin(commit, kernel.origin.date) if kernel.origin.date else no_origin(version)

    def _run(self, supply: Supply, bench: Workspace, cancel: Cancel) -> dict[str, Any]:
        """Run the suite, in a worker's thread."""
        options = [*self._options.options, *self._age(self._kernels[_candidate(supply)])]
        report = run_zxhil(supply, bench, cancel, options, self._options.timeout)
        if stopped := report.get("interrupted"):
            raise ProbeFault(f"zxhil run stopped early: {stopped}")
        versions = [kernel["version"] for kernel in report["kernels"]]
        return {"report": report, "kernel": versions[0] if len(versions) == 1 else ""}

    def _age(self, kernel: SweptKernel) -> list[str]:
        if kernel.day:
            return ["--age", day_text(kernel.day)]
        return ["--repo", str(self._options.repo)] if self._options.repo is not None else []


def _candidate(supply: Supply) -> str:
    given: Mapping[str, str] = supply.environment
    return next(given[name] for name in _CANDIDATE if name in given)
