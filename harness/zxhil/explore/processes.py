"""The processes of an exploration. One that ends unexpectedly costs a retry, and nothing is left.

A process's work follows from what it is sent alone, so another one can do it again.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import NamedTuple

from zxhil import unforeseen
from zxhil.errors import MachineError, UserError, host_fault
from zxhil.explore.worker import Done, News, Round, Work, Worker

_GRACE = 5.0
#: How often in a row a process may end unexpectedly in one round.
TRIES = 3


class Failed(NamedTuple):
    """What a process could not do: the parts of an error, which itself does not go over a pipe."""

    place: str
    problem: str
    more: str

    @classmethod
    def of(cls, error: Exception) -> Failed:
        """Take an error apart; one that is a bug of zxhil is saved to a file."""
        if isinstance(error, UserError):
            return cls(error.place, error.problem, error.remedy)
        fault = host_fault(error)
        if fault is None:
            return cls("", unforeseen.record(error), "")
        return cls("", fault.problem, fault.evidence)

    @property
    def error(self) -> MachineError | UserError:
        """The error again."""
        if self.place:
            return UserError(self.place, self.problem, self.more)
        return MachineError(self.problem, self.more)


class Processes:
    """`jobs` processes that play rounds, from `with` to the end of the block.

    They are forked: what they need is there already. `everything` returns what a process that
    knows nothing needs before it plays its first round.
    """

    def __init__(self, work: Work, jobs: int, everything: Callable[[], News]) -> None:
        self.jobs = jobs
        self._work = work
        self._everything = everything
        self._members: list[_Member | None] = [None] * jobs

    def __enter__(self) -> Processes:
        return self

    def __exit__(self, *error: object) -> None:
        for member in self._members:
            if member is not None:
                member.end()

    def play(self, number: int, news: News, replay: Sequence[str] | None) -> list[Done]:
        """Play a round in all processes; returns what came of it, in their order.

        `news` is what they do not know yet; `replay` as in `Round`. Raises MachineError or
        UserError if one of them fails.
        """
        tries = dict.fromkeys(range(self.jobs), 0)
        results: dict[int, Done] = {}
        while left := [place for place in tries if place not in results]:
            for place in left:
                mine = None if replay is None else replay[place :: self.jobs]
                order = Round(number, news, mine)
                self._send(place, order, again=tries[place] > 0)
            for place in left:
                done = self._answer(place)
                if done is not None:
                    results[place] = done
                    continue
                tries[place] += 1
                if tries[place] == TRIES:
                    raise MachineError(
                        f"a process of the exploration ended unexpectedly {TRIES} times in a row"
                    )
        return [results[place] for place in range(self.jobs)]

    def _send(self, place: int, order: Round, *, again: bool) -> None:
        member = self._members[place]
        if member is None or again:
            member = _Member(self._work, place)
            self._members[place] = member
            order = order._replace(news=self._everything())
        try:
            member.pipe.send(order)
        except OSError:
            # It has ended: there will be no answer.
            return

    def _answer(self, place: int) -> Done | None:
        """What a process answers; None if it has ended."""
        member = self._members[place]
        assert member is not None
        try:
            answer = member.pipe.recv()
        except (EOFError, OSError):
            member.end()
            return None
        if isinstance(answer, Failed):
            raise answer.error
        assert isinstance(answer, Done)
        return answer


class ThisProcess:
    """Plays rounds in this process: for a system that no other process can reach meanwhile."""

    def __init__(self, work: Work) -> None:
        self._worker = Worker(work, 0)

    def __enter__(self) -> ThisProcess:
        return self

    def __exit__(self, *error: object) -> None:
        return None

    def play(self, number: int, news: News, replay: Sequence[str] | None) -> list[Done]:
        """As `Processes.play`."""
        return [self._worker.play(Round(number, news, replay))]


class _Member:
    """One process, and the pipe to it."""

    def __init__(self, work: Work, place: int) -> None:
        context = multiprocessing.get_context("fork")
        self.pipe, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(
            target=serve, args=(theirs, self.pipe, work, place), daemon=True
        )
        self.process.start()
        theirs.close()

    def end(self) -> None:
        """End it; its machines and files go with it (`zxhil.machine.reaper`)."""
        self.pipe.close()
        self.process.terminate()
        self.process.join(_GRACE)
        if self.process.is_alive():
            self.process.kill()
            self.process.join(_GRACE)


def serve(pipe: Connection, parents: Connection, work: Work, number: int) -> None:
    """The process's main function: plays each round that it is sent, until the parent is gone."""
    # Its parent gets the signals, and ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # Forked with it: open here, it would keep the pipe alive after the parent's end.
    parents.close()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    worker = Worker(work, number)
    while True:
        try:
            order = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            answer: Done | Failed = worker.play(order)
        except Exception as error:
            answer = Failed.of(error)
        pipe.send(answer)


def _end_with_parent() -> None:
    """End this process when its parent ends, `kill -9` included; the reaper cleans up."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)
