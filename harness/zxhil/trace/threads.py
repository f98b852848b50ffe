"""Which threads and processes a case has, and which call each thread is in.

A trace in which a thread makes a call while it is in another, or in which one that never started
makes one, is damaged.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from zxhil.abi.runtime import MOST_PROCESSES, MOST_THREADS
from zxhil.trace.stamp import Clock

C = TypeVar("C")


class Threads(Generic[C]):
    """The threads of the running case; `C` is what is kept of a call while a thread is in it.

    A trace of a version before 4 is not `stamped`: nothing of it is checked, and it has no times.

    All methods but `begin`, `end` and `lose` raise ValueError for what no guest writes.
    """

    def __init__(self, *, stamped: bool) -> None:
        self._stamped = stamped
        self._calls: dict[int, C] = {}
        self._threads: set[int] = {0}
        self._processes: set[int] = {0}
        self._clock = Clock()
        self._lost = True
        """Records may be missing: whatever comes may be right, and no time is known."""

    def begin(self) -> None:
        """A case begins."""
        self.end()
        self._clock = Clock()
        self._lost = not self._stamped

    def end(self) -> None:
        """A case ended: none of its threads is left."""
        self._calls = {}
        self._threads, self._processes = {0}, {0}

    def lose(self) -> None:
        """Records are missing."""
        self._calls = {}
        self._lost = True

    def called(self, thread: int, call: C, value: int) -> int:
        """A thread makes a call; return the time in ns, 0 if it is not known."""
        if thread not in self._threads:
            self._check(thread)
        if thread in self._calls and not self._lost:
            raise ValueError(f"thread {thread} makes a call and is in another")
        self._calls[thread] = call
        time = self._clock.called(value)
        return 0 if self._lost else time

    def returned(self, thread: int, value: int) -> tuple[C, int]:
        """The call that a thread is in returns; the call, and the time likewise."""
        if thread not in self._threads:
            self._check(thread)
        call = self._calls.pop(thread, None)
        if call is None:
            raise ValueError("no call was made" if not thread else f"thread {thread} is in no call")
        time = self._clock.returned(value)
        return call, 0 if self._lost else time

    def started(self, thread: int, process: int) -> None:
        """A thread started, perhaps the first of a new process."""
        if not 0 < thread <= MOST_THREADS or not 0 <= process <= MOST_PROCESSES:
            raise ValueError(f"thread {thread} of process {process}")
        if thread in self._threads and not self._lost:
            raise ValueError(f"thread {thread} started again")
        self._threads.add(thread)
        self._processes.add(process)

    def known(self, thread: int) -> int:
        """The thread, if it started."""
        self._check(thread)
        return thread

    def process(self, number: int) -> int:
        """A process that the case started, if it did."""
        if not 0 < number <= MOST_PROCESSES or (number not in self._processes and not self._lost):
            raise ValueError(f"process {number} did not start")
        return number

    def _check(self, thread: int) -> None:
        if thread not in self._threads and not self._lost:
            raise ValueError(f"thread {thread} did not start")
