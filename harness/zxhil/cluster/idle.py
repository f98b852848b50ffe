"""How long the work of one job on a worker has had nothing to do."""

from __future__ import annotations

import threading
import time
from typing import Generic, TypeVar

_Busy = TypeVar("_Busy")


class Idle(Generic[_Busy]):
    """What is being worked on, and since when that is nothing; threads may share it.

    `lock` guards all of it. `given_up` is set by a cancellation: whoever wanted the work is gone.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.busy: list[_Busy] = []
        self.given_up = False
        self._used = time.monotonic()

    def ended(self, work: _Busy) -> None:
        """Remove what has ended; the caller holds the lock."""
        self.busy.remove(work)
        self._used = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds since the last work ended; 0 while there is some, endless once given up."""
        with self.lock:
            if self.busy:
                return 0.0
            return float("inf") if self.given_up else time.monotonic() - self._used
