"""One process of an exploration: it makes programs, runs them, and judges them."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from zxhil.explore.against import PairExecutor
from zxhil.explore.coverage import ModelCoverage, features
from zxhil.explore.examples import Examples
from zxhil.explore.execute import Cancellation, Executor, Ran, Runs
from zxhil.explore.findings import KnownList, Shown, shown_by
from zxhil.explore.generate import Generator
from zxhil.explore.mutate import Mutator
from zxhil.explore.program import MOST_CALLS, CallProgram, parse
from zxhil.explore.seconds import only_possible, with_second
from zxhil.explore.survey import Surveyed
from zxhil.guest.source import Program as Built
from zxhil.run.setup import Setup

#: Programs of one round of one process. A round ends with a boot, so they are not too few.
PROGRAMS = 320
_FEWEST = 8
#: Programs before a crash that may have a part in it.
BEFORE = 12
#: How many calls a program has, about.
_LENGTH = 14
#: Of so many, one is new; the others are made of the corpus. A new one costs five times as much as
#: another one, so there are fewer once the corpus has most of what new ones reach.
_FRESH_OF, _FRESH_OF_LATER = 2, 8
#: The first round that is later.
_LATER = 12


@dataclass(frozen=True, slots=True)
class Work:
    """What all processes of an exploration have in common."""

    setup: Setup
    built: Built
    kernel: Surveyed
    known: KnownList
    seed: int
    programs: int = PROGRAMS
    other: tuple[Setup, Built] | None = None
    """Another kernel that runs the same programs."""
    crashes: Path | None = None
    """The folder that the serial logs of crashes are kept in."""
    only: Runs | None = None
    """What runs all programs where there is one system: rounds are played in this process then."""
    threads: float = 0.0
    """How many of the programs get a second thread, from 0 to 1."""
    cancellation: Cancellation | None = None
    """What may end the work of a worker elsewhere."""

    def executor(self, name: str) -> Runs:
        """What runs the programs; `name` is that of its boots."""
        if self.only is not None:
            return self.only
        crashes, ended = self.crashes, self.cancellation
        first = Executor(self.setup, self.built, name=name, crashes=crashes, cancellation=ended)
        if self.other is None:
            return first
        name = f"{name}-other"
        other = Executor(*self.other, name=name, crashes=crashes, cancellation=ended)
        return PairExecutor(first, other)


def share_name(work: Work, share: int) -> str:
    """The name of a share's boots, and of the logs of its crashes."""
    return f"{work.built.arch}-explore-{share}"


def programs_for(calls: int, jobs: int) -> int:
    """How many programs a round has for an exploration of so many calls: one of few is short."""
    return min(PROGRAMS, max(_FEWEST, calls // (_LENGTH * jobs)))


def round_size(number: int, most: int) -> int:
    """How many programs a process makes in a round: the first ones are short, and soon of use."""
    return min(most, _FEWEST << min(number - 1, 32))


class News(NamedTuple):
    """What processes have found since the last round: all of them, so that they know the same.

    `corpus`: the texts of programs; `counts`: how often each feature was reached; `aims`: how often
    a condition was aimed at (`zxhil.explore.generate.Generator`).
    """

    corpus: Sequence[str]
    counts: Counter[str]
    aims: Counter[str]


class Round(NamedTuple):
    """An order to play one round.

    `replay` are programs to run as they are, in place of those that the process would make.
    """

    number: int
    news: News
    replay: Sequence[str] | None = None


class Hit(NamedTuple):
    """A program that shows something; `before` are those that ran before a crash."""

    text: str
    shown: Shown
    before: tuple[str, ...] = ()


@dataclass(slots=True)
class Done:
    """What came of a round."""

    calls: int = 0
    programs: int = 0
    boots: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    aims: Counter[str] = field(default_factory=Counter)
    corpus: list[str] = field(default_factory=list)
    """Programs that reached something new."""
    hits: list[Hit] = field(default_factory=list)
    lost: int = 0
    """Programs whose output was damaged."""
    making: float = 0.0
    """Seconds of the processor spent on making programs."""
    seconds: float = 0.0


class Worker:
    """Plays one share of each round.

    All that it does follows from the seed, the number of its share, and what it is sent, so that
    another process can go on in its place.
    """

    def __init__(self, work: Work, share: int) -> None:
        self.share = share
        self._work = work
        self._coverage = ModelCoverage()
        self._corpus: list[CallProgram] = []
        self._examples = Examples()
        self._aims = Counter[str]()
        self._states: list[frozenset[str]] = []
        """The states of objects by call that each program of the round should meet."""
        self._executor = work.executor(share_name(work, share))

    def play(self, order: Round) -> Done:
        """Play a round. Raises MachineError if the kernel does not boot any more."""
        begun, worked = time.monotonic(), time.process_time()
        self._coverage.counts.update(order.news.counts)
        self._aims.update(order.news.aims)
        for text in order.news.corpus:
            self._corpus.append(parse(text))
            self._examples.learn(self._corpus[-1])
        done = Done()
        self._states = []
        if order.replay is None:
            programs = self._made(order.number, done)
        else:
            programs = [parse(text) for text in order.replay]
        done.making = time.process_time() - worked
        before = self._executor.boots
        # Results come as boots end; what a round reached must not depend on that order.
        for number, ran in sorted(self._executor.run(programs), key=lambda each: each[0]):
            states = self._states[number] if self._states else frozenset()
            self._take(ran, done, programs[max(number - BEFORE, 0) : number], states)
        done.boots = self._executor.boots - before
        done.seconds = time.monotonic() - begun
        return done

    def forget(self) -> None:
        """Forget all that it was sent."""
        self._coverage, self._corpus, self._aims = ModelCoverage(), [], Counter[str]()
        self._examples = Examples()

    def close(self) -> None:
        """End its machine."""
        self._executor.close()

    def _made(self, number: int, done: Done) -> list[CallProgram]:
        rng = random.Random(f"{self._work.seed}/{self.share}/{number}")
        aims = self._aims.copy()
        generator = Generator(rng, self._work.kernel, self._coverage.counts, aims, self._examples)
        mutator, made = Mutator(generator), list[CallProgram]()
        fresh_of = _FRESH_OF if number < _LATER else _FRESH_OF_LATER
        while len(made) < round_size(number, self._work.programs):
            generator.states.clear()
            if not self._corpus or rng.randrange(fresh_of) == 0:
                program = generator.fresh()
            else:
                program = mutator.mutated(self._parent(rng), self._corpus)
            if 0 < len(program) < MOST_CALLS:
                more = rng.random() < self._work.threads
                if more or program.beside:
                    program = with_second(rng, program) if more else only_possible(program)
                made.append(program)
                self._states.append(frozenset(generator.states))
        done.aims = aims - self._aims
        return made

    def _parent(self, rng: random.Random) -> CallProgram:
        """The latest that reached something new, half of the time; the shorter one of two."""
        among = self._corpus[-40:] if rng.random() < 0.5 else self._corpus
        return min(rng.choices(among, k=2), key=len)

    def _take(
        self, ran: Ran, done: Done, before: Sequence[CallProgram], states: frozenset[str]
    ) -> None:
        done.programs += 1
        done.calls += len(ran.calls)
        if ran.result.end.is_machine_fault and not ran.crash:
            done.lost += 1
            return
        found = {feature for judged in ran.calls for feature in features(judged)} | states
        new = [f for f in found if f not in self._coverage.counts and f not in done.counts]
        done.counts.update(found)
        earlier = tuple(program.text for program in before) if ran.crash else ()
        shown = shown_by(ran, self._work.known)
        done.hits += [Hit(ran.program.text, each, earlier) for each in shown]
        if new and not ran.crash:
            done.corpus.append(ran.program.text)
