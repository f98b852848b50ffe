"""One process of an exploration: it makes programs, runs them, and judges them."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import NamedTuple

from zxhil.errors import MachineError, UserError, ZxhilError
from zxhil.explore.against import PairExecutor
from zxhil.explore.coverage import ModelCoverage, features
from zxhil.explore.execute import Executor, Ran, Runs
from zxhil.explore.findings import KnownList, Shown, shown_by
from zxhil.explore.generate import Generator
from zxhil.explore.program import MOST_CALLS, CallProgram, parse
from zxhil.explore.survey import Surveyed
from zxhil.guest.source import Program as Built
from zxhil.run.setup import Setup

#: Programs of one round of one process. A round ends with a boot, so they are not too few.
PROGRAMS = 320
_FEWEST = 20
#: Programs before a crash that may have a part in it.
_BEFORE = 12
#: How many calls a program has, about.
_LENGTH = 14
#: Of so many, one is new; the others are made of the corpus.
_FRESH_OF = 3


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

    def executor(self, name: str) -> Runs:
        """What runs the programs; `name` begins the names of its logs."""
        first = Executor(self.setup, self.built, name=name)
        if self.other is None:
            return first
        return PairExecutor(first, Executor(*self.other, name=f"{name}-other"))


def programs_for(calls: int, jobs: int) -> int:
    """How many programs a round has for an exploration of so many calls: one of few is short."""
    return min(PROGRAMS, max(_FEWEST, calls // (_LENGTH * jobs)))


class Round(NamedTuple):
    """An order: `corpus` and `counts` are what the other processes have found since the last one.

    `replay` are programs to run as they are, in place of those that the process would make.
    """

    number: int
    corpus: Sequence[str]
    counts: Counter[str]
    replay: Sequence[str] = ()


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
    corpus: list[str] = field(default_factory=list)
    """Programs that reached something new."""
    hits: list[Hit] = field(default_factory=list)
    lost: int = 0
    """Programs whose output was damaged."""
    making: float = 0.0
    """Seconds spent on making programs; the rest of `seconds` is running and judging them."""
    seconds: float = 0.0


class Worker:
    """Plays rounds; all that it does follows from the seed, its number, and what it is sent."""

    def __init__(self, work: Work, number: int) -> None:
        self._work = work
        self._number = number
        self._coverage = ModelCoverage()
        self._corpus: list[CallProgram] = []
        self._aims = Counter[str]()
        name = f"{work.built.arch}-explore-{number}"
        self._executor = work.executor(name)

    def play(self, order: Round) -> Done:
        """Play a round. Raises MachineError if the kernel does not boot any more."""
        begun = time.monotonic()
        self._coverage.counts.update(order.counts)
        self._corpus += [parse(text) for text in order.corpus]
        done = Done()
        programs = [parse(text) for text in order.replay] or self._made(order.number)
        done.making = time.monotonic() - begun
        before = self._executor.boots
        # Results come as boots end; what a round reached must not depend on that order.
        for number, ran in sorted(self._executor.run(programs), key=lambda each: each[0]):
            self._take(ran, done, programs[max(number - _BEFORE, 0) : number])
        done.boots = self._executor.boots - before
        done.seconds = time.monotonic() - begun
        return done

    def _made(self, number: int) -> list[CallProgram]:
        rng = random.Random(f"{self._work.seed}/{self._number}/{number}")
        generator = Generator(rng, self._work.kernel, self._coverage.counts, self._aims)
        made: list[CallProgram] = []
        while len(made) < self._work.programs:
            if not self._corpus or rng.randrange(_FRESH_OF) == 0:
                program = generator.fresh()
            else:
                program = generator.mutated(self._parent(rng), self._corpus)
            if 0 < len(program) <= MOST_CALLS:
                made.append(program)
        return made

    def _parent(self, rng: random.Random) -> CallProgram:
        """The latest that reached something new, half of the time."""
        return rng.choice(self._corpus[-40:] if rng.random() < 0.5 else self._corpus)

    def _take(self, ran: Ran, done: Done, before: Sequence[CallProgram]) -> None:
        done.programs += 1
        done.calls += len(ran.calls)
        if ran.result.end.is_machine_fault and not ran.crash:
            done.lost += 1
            return
        found = {feature for judged in ran.calls for feature in features(judged)}
        new = [f for f in found if f not in self._coverage.counts and f not in done.counts]
        done.counts.update(found)
        earlier = tuple(program.text for program in before) if ran.crash else ()
        shown = shown_by(ran, self._work.known)
        done.hits += [Hit(ran.program.text, each, earlier) for each in shown]
        if new and not ran.crash:
            done.corpus.append(ran.program.text)


class Failed(NamedTuple):
    """What a process could not do: the parts of an error, which itself does not go over a pipe."""

    place: str
    problem: str
    more: str

    @classmethod
    def of(cls, error: ZxhilError) -> Failed:
        """Take an error apart."""
        if isinstance(error, UserError):
            return cls(error.place, error.problem, error.remedy)
        assert isinstance(error, MachineError)
        return cls("", error.problem, error.evidence)

    @property
    def error(self) -> ZxhilError:
        """The error again."""
        if self.place:
            return UserError(self.place, self.problem, self.more)
        return MachineError(self.problem, self.more)


def serve(pipe: Connection, work: Work, number: int) -> None:
    """The process's main function: plays each round that is sent, until None is."""
    # Its parent gets the signals, and ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    worker = Worker(work, number)
    while (order := pipe.recv()) is not None:
        try:
            answer: Done | Failed = worker.play(order)
        except (MachineError, UserError) as error:
            answer = Failed.of(error)
        pipe.send(answer)
