"""pexpect on our serial line: waits for an answer and keeps everything it reads."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from pexpect.exceptions import TIMEOUT
from pexpect.spawnbase import SpawnBase

if TYPE_CHECKING:
    _Base = SpawnBase[bytes]
else:
    _Base = SpawnBase


class Expecting(_Base):
    """Reads the line of a shell through `hear`, which keeps bytes and kernel events.

    `hear` takes a deadline of `time.monotonic` and returns what arrived by then, or None.
    """

    def __init__(self, hear: Callable[[float], bytes | None]) -> None:
        super().__init__(timeout=None, maxread=1 << 16, searchwindowsize=4096)
        self._hear = hear

    def read_nonblocking(self, size: int = 1, timeout: float | None = None) -> bytes:
        """Return what arrived. Raises pexpect's TIMEOUT, or KernelFailedError."""
        chunk = self._hear(time.monotonic() + max(0.0, timeout or 0.0))
        if chunk is None:
            raise TIMEOUT("the line is silent")
        return chunk
