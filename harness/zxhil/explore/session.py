"""An exploration: rounds of programs on one or more processes, findings reduced as they come.

All processes play a round, then what they found is put together in their order: the same seed,
number of processes and version make the same programs.
"""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from typing import Any

from zxhil.errors import MachineError
from zxhil.explore.corpus import Corpus
from zxhil.explore.coverage import ModelCoverage
from zxhil.explore.execute import Ran, Runs
from zxhil.explore.findings import ExploreFinding, FindingKey, shows
from zxhil.explore.program import MOST_CALLS, CallProgram, parse
from zxhil.explore.reduce import Reducer
from zxhil.explore.worker import Done, Failed, Hit, Round, Work, serve

#: Findings that are reduced; more are counted only.
MOST_FINDINGS = 100
_GRACE = 5.0


@dataclass(slots=True)
class ExploreProgress:
    """How far an exploration is."""

    rounds: int = 0
    calls: int = 0
    programs: int = 0
    boots: int = 0
    lost: int = 0
    seconds: float = 0.0
    making: float = 0.0
    findings: dict[FindingKey, ExploreFinding] = field(default_factory=dict)
    known: Counter[FindingKey] = field(default_factory=Counter)
    unreduced: Counter[FindingKey] = field(default_factory=Counter)
    """Found after `MOST_FINDINGS`."""

    @property
    def rate(self) -> float:
        """Judged calls a second, end to end."""
        return self.calls / self.seconds if self.seconds else 0.0

    def add(self, done: Done) -> None:
        """Count a round of a process."""
        self.calls += done.calls
        self.programs += done.programs
        self.boots += done.boots
        self.lost += done.lost
        self.making += done.making


class Exploration:
    """`work` says what is explored; `report` is called after each round and finding.

    `record` gets each round and finding, as JSON, before they count: the journal. `reducing` runs
    the candidates of reductions.
    """

    def __init__(
        self,
        work: Work,
        jobs: int,
        corpus: Corpus,
        reducing: Runs,
        *,
        report: Callable[[Exploration], None] = lambda self: None,
        record: Callable[[str, dict[str, Any]], None] = lambda kind, content: None,
        last: Callable[[ExploreFinding, Ran], None] = lambda finding, ran: None,
    ) -> None:
        self.progress = ExploreProgress()
        self.coverage = ModelCoverage()
        self.corpus = corpus
        self._work = work
        self._jobs = jobs
        self._reducing = reducing
        self._report = report
        self._record = record
        self._last = last
        self._began = 0.0
        self._sent: list[str] = []
        """Programs that the processes have not been sent yet."""

    def run(self, most_calls: int, most_seconds: float, *, fail_fast: bool = False) -> None:
        """Explore until so many calls were made, or so much time has passed.

        With `fail_fast`, also until something is found.

        The corpus is run first. Raises MachineError if the kernel does not boot any more.
        """
        self._began = time.monotonic() - self.progress.seconds
        counts = Counter(self.coverage.counts)
        self._sent = [program.text for program in self.corpus.programs]
        replay = [] if self.progress.rounds else list(self._sent)
        with _processes(self._work, self._jobs) as pipes:
            while True:
                counts = self._round(pipes, counts, replay)
                replay = []
                self.progress.seconds = self._elapsed()
                self._report(self)
                found = fail_fast and bool(self.progress.findings)
                if (
                    found
                    or self.progress.calls >= most_calls
                    or self.progress.seconds >= most_seconds
                ):
                    return

    def _elapsed(self) -> float:
        return time.monotonic() - self._began

    def _round(
        self, pipes: Sequence[Connection], counts: Counter[str], replay: Sequence[str]
    ) -> Counter[str]:
        """One round of all processes; returns what of the coverage they do not know yet."""
        self.progress.rounds += 1
        number, texts, self._sent = self.progress.rounds, self._sent, []
        for place, pipe in enumerate(pipes):
            pipe.send(Round(number, texts, counts, replay[place :: len(pipes)]))
        results = [_answer(pipe) for pipe in pipes]
        return self._merge(results)

    def _merge(self, results: Sequence[Done]) -> Counter[str]:
        """Put together what the processes found; returns how often each feature was reached."""
        progress, counts, added = self.progress, Counter[str](), list[str]()
        for done in results:
            counts += done.counts
            progress.add(done)
            added += [text for text in done.corpus if self.corpus.add(parse(text))]
        new = [feature for feature in counts if feature not in self.coverage.counts]
        self.coverage.counts.update(counts)
        self._sent += added
        progress.seconds = self._elapsed()
        hits = [hit for done in results for hit in done.hits]
        known = Counter(hit.shown.key for hit in hits if hit.shown.known)
        progress.known.update(known)
        self._record("round", self._round_json(results, new, added, known))
        for hit in hits:
            if not hit.shown.known:
                self._hit(hit)
        return counts

    def _round_json(
        self,
        results: Sequence[Done],
        new: Sequence[str],
        added: Sequence[str],
        known: Mapping[FindingKey, int],
    ) -> dict[str, Any]:
        return {
            "number": self.progress.rounds,
            "calls": sum(done.calls for done in results),
            "programs": sum(done.programs for done in results),
            "boots": sum(done.boots for done in results),
            "lost": sum(done.lost for done in results),
            "seconds": round(self.progress.seconds, 3),
            "new": sorted(new),
            "corpus": list(added),
            "known": [[*key[:3], times] for key, times in sorted(known.items())],
        }

    # ---- findings

    def _hit(self, hit: Hit) -> None:
        key, progress = hit.shown.key, self.progress
        if (found := progress.findings.get(key)) is not None:
            progress.findings[key] = replace(found, seen=found.seen + 1)
        elif len(progress.findings) >= MOST_FINDINGS:
            progress.unreduced[key] += 1
        else:
            finding = self.reduced(hit)
            progress.findings[key] = finding
            self._record("finding", finding_json(finding))
            self._report(self)

    def reduced(self, hit: Hit) -> ExploreFinding:
        """Reduce what a program shows."""
        key, original = hit.shown.key, parse(hit.text)

        def together(programs: Sequence[CallProgram]) -> Iterator[Ran]:
            found = sorted(self._reducing.run(programs), key=lambda each: each[0])
            return (ran for _, ran in found)

        def alone(programs: Sequence[CallProgram]) -> Iterator[Ran]:
            return (ran for program in programs for _, ran in self._reducing.run([program]))

        def shown(ran: Ran) -> int | None:
            found = shows(ran, key)
            return None if found is None else found.call

        # A crash may be due to what candidates before it did: each has a boot of its own.
        reducer = Reducer(alone if key.crash else together, shown)
        program = reducer.reduce(original)
        if not key.crash and all(shown(ran) is None for ran in alone([program])):
            reducer = Reducer(alone, shown)
            program = reducer.reduce(original)
        if reducer.last is None and hit.before:
            # What the programs before it did may have added up.
            original = _joined((*map(parse, hit.before), original))
            program = reducer.reduce(original)
        ran = reducer.last
        if ran is None:
            return ExploreFinding(key, original, hit.shown.text, (), False, original=len(original))
        found = shows(ran, key)
        assert found is not None
        calls = tuple(f"{c.text}\n= {c.status}" for c in ran.result.calls)
        finding = ExploreFinding(
            key, program, found.text, calls, True, evidence=ran.result.evidence,
            original=len(original),
        )  # fmt: skip
        self._last(finding, ran)
        return finding


def _joined(programs: Sequence[CallProgram]) -> CallProgram:
    """The programs as one: the last ones, as far as one program is that long."""
    joined = programs[-1]
    for program in reversed(programs[:-1]):
        if len(program) + len(joined) > MOST_CALLS:
            break
        joined = program.then(joined)
    return joined


@contextmanager
def _processes(work: Work, jobs: int) -> Iterator[list[Connection]]:
    """Processes that wait for rounds. They are forked: what they need is there already."""
    context = multiprocessing.get_context("fork")
    pipes, processes = [], []
    try:
        for number in range(jobs):
            ours, theirs = context.Pipe()
            process = context.Process(target=serve, args=(theirs, work, number), daemon=True)
            process.start()
            theirs.close()
            pipes.append(ours)
            processes.append(process)
        yield pipes
        for pipe in pipes:
            pipe.send(None)
        for process in processes:
            process.join(_GRACE)
    finally:
        for process in processes:
            if process.is_alive():
                process.terminate()
                process.join(_GRACE)


def _answer(pipe: Connection) -> Done:
    try:
        answer = pipe.recv()
    except EOFError:
        raise MachineError("a process of the exploration ended unexpectedly") from None
    if isinstance(answer, Failed):
        raise answer.error
    assert isinstance(answer, Done)
    return answer


def finding_json(finding: ExploreFinding) -> dict[str, Any]:
    """A finding as the journal and the JSON report have it."""
    return {
        "call": finding.key.call,
        "clause": finding.key.clause,
        "kind": finding.key.kind,
        "crash": finding.key.crash,
        "text": finding.text,
        "program": finding.program.text,
        "calls": list(finding.calls),
        "reproduced": finding.reproduced,
        "seen": finding.seen,
        "evidence": finding.evidence,
        "original": finding.original,
    }
