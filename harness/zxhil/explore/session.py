"""An exploration: rounds of programs in one or more shares, findings reduced as they come.

Processes, or workers of a cluster, play a round, then what they found is put together in the order
of shares: the same seed, number of shares and version make the same programs.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from zxhil.counts import counted
from zxhil.errors import MachineError
from zxhil.explore.corpus import Corpus
from zxhil.explore.coverage import ModelCoverage
from zxhil.explore.execute import Ran, Runs
from zxhil.explore.findings import ExploreFinding, FindingKey, shows
from zxhil.explore.processes import Processes, ThisProcess
from zxhil.explore.program import MOST_CALLS, CallProgram, parse
from zxhil.explore.reduce import Reducer
from zxhil.explore.tally import NameTally
from zxhil.explore.worker import Done, Hit, News, Work

#: Kinds of lines in the journal.
ROUND, FINDING = "round", "finding"
Line = tuple[str, dict[str, Any]]
"""A line of the journal: its kind, and what it says."""

#: How often a candidate with two threads runs.
_TRIES_OF_THREADS = 3
#: Findings that are reduced; more are counted only.
MOST_FINDINGS = 100


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


class Playing(Protocol):
    """What plays rounds."""

    def play(self, number: int, news: News, replay: Sequence[str] | None) -> list[Done]:
        """As `Processes.play`."""


#: Makes what plays the rounds of some work in so many shares; see `Processes`.
Players = Callable[[Work, int, Callable[[], News]], AbstractContextManager[Playing]]


class Exploration:
    """`work` says what is explored; `report` is called after each round and finding.

    `record` gets the lines of a round before they count, all at once: the journal. `reducing` runs
    the candidates of reductions. `players` play the rounds, in `jobs` shares.
    """

    def __init__(
        self,
        work: Work,
        jobs: int,
        corpus: Corpus,
        reducing: Runs,
        *,
        report: Callable[[Exploration], None] = lambda self: None,
        record: Callable[[Sequence[Line]], None] = lambda lines: None,
        last: Callable[[ExploreFinding, Ran], None] = lambda finding, ran: None,
        players: Players = Processes,
    ) -> None:
        self.progress = ExploreProgress()
        self.coverage = ModelCoverage()
        self.corpus = corpus
        self._tally = NameTally(self.coverage.counts)
        self._aims = NameTally()
        self._work = work
        self._jobs = jobs
        self._reducing = reducing
        self._report = report
        self._record = record
        self._last = last
        self._players = players
        self._began = 0.0

    def run(self, most_calls: int, most_seconds: float, *, fail_fast: bool = False) -> None:
        """Explore until so many calls were made, or so much time has passed.

        With `fail_fast`, also until something is found.

        The corpus is run first, whatever the limits. Raises MachineError if the kernel does not
        boot any more, or if no program of the corpus makes a call.
        """
        progress = self.progress
        self._began = time.monotonic() - progress.seconds
        news = self._everything()
        replay = None if progress.rounds or not news.corpus else news.corpus
        with self._playing() as playing:
            while replay or (progress.calls < most_calls and progress.seconds < most_seconds):
                if fail_fast and progress.findings:
                    return
                news = self._merge(playing.play(progress.rounds + 1, news, replay))
                if replay and not (progress.calls or progress.findings):
                    lost = counted(progress.programs, "program")
                    raise MachineError(f"no call of the corpus was seen: {lost} ended before one")
                replay = None
                self._report(self)

    def _playing(self) -> AbstractContextManager[Playing]:
        if self._work.only is not None:
            return ThisProcess(self._work)
        return self._players(self._work, self._jobs, self._everything)

    def _everything(self) -> News:
        """What a process that knows nothing is sent."""
        texts = [program.text for program in self.corpus.programs]
        return News(texts, Counter(self.coverage.counts), Counter(self._aims.counts))

    def _merge(self, results: Sequence[Done]) -> News:
        """Put together what the processes found; returns what they do not know yet."""
        progress, hits = self.progress, [hit for done in results for hit in done.hits]
        known = Counter(hit.shown.key for hit in hits if hit.shown.known)
        lines, again = self._hits([hit for hit in hits if not hit.shown.known])
        counts = sum((done.counts for done in results), Counter[str]())
        aims = sum((done.aims for done in results), Counter[str]())
        content = {
            "number": progress.rounds + 1,
            "calls": sum(done.calls for done in results),
            "programs": sum(done.programs for done in results),
            "boots": sum(done.boots for done in results),
            "lost": sum(done.lost for done in results),
            "seconds": round(time.monotonic() - self._began, 3),
            "making": round(sum(done.making for done in results), 3),
            "counts": self._tally.change(counts),
            "aims": self._aims.change(aims),
            "corpus": [text for done in results for text in done.corpus],
            "known": [[*key, times] for key, times in sorted(known.items())],
            "again": [[*key, times] for key, times in sorted(again.items())],
        }
        self._record([*lines, (ROUND, content)])
        return self.take(content)

    def take(self, content: Mapping[str, Any]) -> News:
        """Count a round, as the journal has it. Raises ValueError or TypeError for a bad one."""
        progress = self.progress
        progress.rounds = int(content["number"])
        progress.calls += int(content["calls"])
        progress.programs += int(content["programs"])
        progress.boots += int(content["boots"])
        progress.lost += int(content["lost"])
        progress.seconds = float(content["seconds"])
        progress.making += float(content["making"])
        for *key, times in content["known"]:
            progress.known[FindingKey(*key)] += int(times)
        for *parts, times in content["again"]:
            if (found := progress.findings.get(key := FindingKey(*parts))) is not None:
                progress.findings[key] = replace(found, seen=found.seen + int(times))
            else:
                progress.unreduced[key] += int(times)
        texts = [text for text in content["corpus"] if self.corpus.add(parse(text, "the journal"))]
        counts, aims = self._tally.take(content["counts"]), self._aims.take(content["aims"])
        return News(texts, counts, aims)

    # ---- findings

    def _hits(self, hits: Sequence[Hit]) -> tuple[list[Line], Counter[FindingKey]]:
        """Reduce what is new; returns its lines, and how often each finding was found again."""
        lines, again, findings = list[Line](), Counter[FindingKey](), self.progress.findings
        for hit in hits:
            key, program = hit.shown.key, parse(hit.text)
            if key in findings or len(findings) >= MOST_FINDINGS:
                again[key] += 1
                continue
            # The report has it even if the reduction is interrupted.
            findings[key] = ExploreFinding(
                key, program, hit.shown.text, (), None, original=len(program)
            )
            findings[key] = self.reduced(hit)
            lines.append((FINDING, finding_json(findings[key])))
            self._report(self)
        return lines, again

    def reduced(self, hit: Hit) -> ExploreFinding:
        """Reduce what a program shows."""
        key, original = hit.shown.key, parse(hit.text)

        def together(programs: Sequence[CallProgram]) -> Iterator[Ran]:
            # The order of two threads' calls is the kernel's: it may show at another try only.
            tries = _TRIES_OF_THREADS if any(program.beside for program in programs) else 1
            found = dict(self._reducing.run([*programs] * tries))
            for number in range(len(programs)):
                runs = [found[n] for n in range(number, len(found), len(programs))]
                yield next((ran for ran in runs if shown(ran) is not None), runs[0])

        def alone(programs: Sequence[CallProgram]) -> Iterator[Ran]:
            return (ran for program in programs for _, ran in self._reducing.run([program]))

        def shown(ran: Ran) -> int | None:
            found = shows(ran, key)
            if found is not None and ran.program.beside:
                return len(ran.program) - 1
            return None if found is None else found.call

        # A crash may be due to what candidates before it did: each has a boot of its own.
        reducer = Reducer(alone if key.crash else together, shown, together=not key.crash)
        program = reducer.reduce(original)
        if not key.crash and all(shown(ran) is None for ran in alone([program])):
            reducer = Reducer(alone, shown, together=False)
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
