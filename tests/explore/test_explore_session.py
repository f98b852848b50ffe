"""Explorations that are interrupted go on as if they had not been; the model's kernel runs them."""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from explore_model import ModelRuns, ModelWork
from growth import functions_called
from zxhil.errors import MachineError
from zxhil.explore.corpus import Corpus
from zxhil.explore.journal import IDENTITY, Restored
from zxhil.explore.processes import TRIES
from zxhil.explore.program import Step, parse
from zxhil.explore.session import Exploration
from zxhil.explore.worker import Done, News, Round, Worker
from zxhil.run.journal import Journal

CALLS = 260
GIVEN = "r0 = event_create(options=0)\n"


def is_wrong(step: Step) -> bool:
    return step.name == "port_create"


def exploration(work: Any, jobs: int, journal: Journal | None = None, **more: Any) -> Exploration:
    corpus = Corpus()
    corpus.add(parse(GIVEN))

    def record(lines: Any) -> None:
        if journal is not None:
            journal.write_all(*({kind: content} for kind, content in lines))

    return Exploration(work, jobs, corpus, ModelRuns(work.is_wrong), record=record, **more)


def state_of(made: Exploration) -> Any:
    progress = made.progress
    counts = (progress.rounds, progress.calls, progress.programs, progress.boots)
    texts = [program.text for program in made.corpus.programs]
    return counts, progress.findings, made._everything(), texts


def begin(folder: Path) -> Journal:
    journal = Journal(folder)
    journal.write(IDENTITY, {"programs": 6, "corpus": [GIVEN]})
    return journal


def resumed(folder: Path, work: Any, jobs: int) -> Exploration:
    made = Exploration(work, jobs, Corpus(), ModelRuns(work.is_wrong))
    Restored(folder).into(made)
    return made


@pytest.mark.parametrize("jobs", [1, 2])
def test_resumed_exploration_counts_as_an_undisturbed_one(tmp_path: Path, jobs: int):
    work = ModelWork(is_wrong)
    undisturbed = exploration(work, jobs)
    undisturbed.run(CALLS, float("inf"))
    with begin(tmp_path) as journal:
        exploration(work, jobs, journal).run(CALLS // 8, float("inf"))
    made = resumed(tmp_path, work, jobs)
    assert made._everything().aims
    assert 0 < made.progress.calls < undisturbed.progress.calls
    made.run(CALLS, float("inf"))
    assert state_of(made) == state_of(undisturbed)
    assert made.progress.findings


def test_corpus_alone_is_run_where_no_more_calls_are_asked_for():
    made = exploration(ModelWork(), 2)
    made.run(0, float("inf"))
    assert (made.progress.rounds, made.progress.programs, made.progress.calls) == (1, 1, 1)


def test_another_process_goes_on_where_one_was_with_all_that_was_aimed_at():
    work, seen = ModelWork(programs=4), News([], Counter(), Counter())
    worker, news = Worker(work, 0), News([], Counter(), Counter())
    for number in range(1, 5):
        done = worker.play(Round(number, news))
        news = News(done.corpus, done.counts, done.aims)
        seen = News([*seen.corpus, *news.corpus], seen.counts + news.counts, seen.aims + news.aims)
    other = Worker(work, 0)
    assert other.play(Round(5, seen)).counts == worker.play(Round(5, news)).counts
    assert worker._aims == other._aims == seen.aims
    assert seen.aims.total() > 10


class KilledError(Exception):
    """Stands for the end of the process."""


@pytest.mark.parametrize("when", [1, 2, 5])
def test_round_whose_finding_was_not_recorded_is_played_again(tmp_path: Path, when: int):
    """The process ends while it reduces the first finding of a round, or before a line."""
    work, left = ModelWork(is_wrong), [when]

    def report(made: Exploration) -> None:
        left[0] -= 1
        if not left[0]:
            raise KilledError

    with begin(tmp_path) as journal, pytest.raises(KilledError):
        exploration(work, 1, journal, report=report).run(CALLS, float("inf"))
    made = resumed(tmp_path, work, 1)
    made.run(CALLS, float("inf"))
    undisturbed = exploration(work, 1)
    undisturbed.run(CALLS, float("inf"))
    assert state_of(made) == state_of(undisturbed)


class Dying(ModelWork):
    """A process that `dies` says of ends in the middle of a round."""

    dies: Callable[[], bool]

    def executor(self, name: str) -> ModelRuns:
        def check(step: Step) -> bool:
            if self.dies():
                os.kill(os.getpid(), signal.SIGKILL)
            return self.is_wrong(step)

        return ModelRuns(check)


def test_killed_process_costs_a_retry(tmp_path: Path):
    mark = tmp_path / "died"

    def dies() -> bool:
        if mark.exists():
            return False
        mark.touch()
        return True

    work = Dying(is_wrong)
    object.__setattr__(work, "dies", dies)
    made = exploration(work, 2)
    made.run(CALLS, float("inf"))
    assert mark.exists()
    undisturbed = exploration(ModelWork(is_wrong), 2)
    undisturbed.run(CALLS, float("inf"))
    assert state_of(made) == state_of(undisturbed)


def test_processes_that_always_die_are_given_up():
    work = Dying(is_wrong)
    object.__setattr__(work, "dies", lambda: True)
    with pytest.raises(MachineError, match=f"ended unexpectedly {TRIES} times in a row"):
        exploration(work, 1).run(CALLS, float("inf"))


def test_host_fault_in_a_process_is_reported():
    class Full(ModelWork):
        def executor(self, name: str) -> ModelRuns:
            def full(step: Step) -> bool:
                raise OSError(28, "No space left on device", "/tmp/x")

            return ModelRuns(full)

    with pytest.raises(MachineError, match="/tmp/x: No space left on device"):
        exploration(Full(), 1).run(CALLS, float("inf"))


def test_process_ends_with_its_parent(tmp_path: Path):
    """Killed with SIGKILL, an exploration leaves no process behind."""
    pids = tmp_path / "pids"

    class Waiting(ModelWork):
        def executor(self, name: str) -> ModelRuns:
            def wait(step: Step) -> bool:
                with pids.open("a") as file:
                    file.write(f"{os.getpid()}\n")
                signal.pause()
                return False

            return ModelRuns(wait)

    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        os.close(ours)
        try:
            # Without a corpus, whose one program would keep one process busy.
            Exploration(Waiting(), 2, Corpus(), ModelRuns()).run(CALLS, float("inf"))
        finally:
            os._exit(0)
    os.close(theirs)
    while not pids.exists() or len(pids.read_text().split()) < 2:
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    # Each of them has the pipe's other end: it closes with the last.
    ended = bool(select.select([ours], [], [], 20)[0])
    os.close(ours)
    if not ended:
        for pid in pids.read_text().split():
            os.kill(int(pid), signal.SIGKILL)
    assert ended


def test_rounds_cost_the_same_in_work_and_memory_however_many_there_were():
    worker, news = Worker(ModelWork(programs=4), 0), News([], Counter(), Counter())

    def play(rounds: range) -> None:
        nonlocal news
        for number in rounds:
            done = worker.play(Round(number, news))
            news = News(done.corpus, done.counts, done.aims)

    called, objects = list[int](), list[int]()
    for first in range(1, 33, 8):
        called.append(functions_called(lambda first=first: play(range(first, first + 8))))
        gc.collect()
        objects.append(len(gc.get_objects()))
    # Twice the rounds: the first half is nearly new, and what it reaches is kept.
    assert sum(called) < 2.4 * sum(called[:2])
    # Collections of other tests may be frozen, so that there are few objects: only growth counts.
    assert objects[3] - objects[2] < 0.8 * (objects[1] - objects[0])


def test_corpus_of_which_no_call_is_seen_is_an_error():
    lost = SimpleNamespace(play=lambda *_: [Done(programs=1, lost=1)])
    made = exploration(ModelWork(is_wrong), 1, players=lambda *_: contextlib.nullcontext(lost))
    with pytest.raises(MachineError, match="no call of the corpus was seen: 1 program ended"):
        made.run(CALLS, float("inf"))
