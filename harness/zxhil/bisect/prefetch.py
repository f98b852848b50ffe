"""Test candidates in the background: the requested one first, then those that may be next."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from zxhil.bisect.process import Cancel, Cancelled
from zxhil.bisect.provide import Workspace


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """The result of one piece of work: facts, or why there are none.

    Exactly one of `facts`, `cannot_tell` and `fault` is set. Times in seconds: the user's build
    or the download, the test, and the total.
    """

    facts: dict[str, Any] | None = None
    cannot_tell: str = ""
    fault: str = ""
    evidence: str = ""
    cached: bool = False
    build: float = 0.0
    test: float = 0.0
    total: float = 0.0


Work = Callable[[str, Workspace, Cancel], ProbeResult]


class Prefetch:
    """Workers, one for each bench, that do `work` for the requested names.

    Waste is bounded: there are never more pieces of work begun than benches, and what is not
    wanted any more is cancelled at once. `wasted` counts the seconds that went into it.
    """

    def __init__(self, benches: Sequence[Workspace], work: Work) -> None:
        self._work = work
        self._changed = threading.Condition()
        self._wanted: list[str] = []
        self._running: dict[str, Cancel] = {}
        self._done: dict[str, ProbeResult | BaseException] = {}
        self._closed = False
        self.wasted = 0.0
        self._threads = [
            threading.Thread(target=self._serve, args=(bench,), daemon=True) for bench in benches
        ]
        for thread in self._threads:
            thread.start()

    def want(self, names: Sequence[str]) -> None:
        """Work on these, the first ones first, and on nothing else."""
        with self._changed:
            self._wanted = list(dict.fromkeys(names))
            for name, cancel in self._running.items():
                if name not in self._wanted:
                    cancel.set()
            for name in [name for name in self._done if name not in self._wanted]:
                self._waste(self._done.pop(name))
            self._changed.notify_all()

    def wait(self, name: str) -> ProbeResult:
        """Return the result of a requested name and drop it: requesting it again is a new test.

        Raises what the work raised.
        """
        with self._changed:
            while name not in self._done:
                self._changed.wait()
            self._wanted.remove(name)
            done = self._done.pop(name)
        if isinstance(done, BaseException):
            raise done
        return done

    def close(self) -> None:
        """Cancel everything and wait for the workers."""
        with self._changed:
            self._closed = True
            for cancel in self._running.values():
                cancel.set()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _serve(self, bench: Workspace) -> None:
        while (taken := self._take()) is not None:
            name, cancel = taken
            started = time.monotonic()
            done: ProbeResult | BaseException | None
            try:
                done = self._work(name, bench, cancel)
            except Cancelled:
                done = None
            except BaseException as error:
                done = error
            with self._changed:
                del self._running[name]
                if done is not None and name in self._wanted:
                    self._done[name] = done
                else:
                    self.wasted += time.monotonic() - started
                self._changed.notify_all()

    def _take(self) -> tuple[str, Cancel] | None:
        with self._changed:
            while True:
                if self._closed:
                    return None
                for name in self._wanted:
                    if name not in self._running and name not in self._done:
                        self._running[name] = Cancel()
                        return name, self._running[name]
                self._changed.wait()

    def _waste(self, done: ProbeResult | BaseException) -> None:
        self.wasted += done.total if isinstance(done, ProbeResult) else 0.0
