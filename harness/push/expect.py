"""pexpect on a serial line of ours: it waits for an answer, and nothing that it reads is lost."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pexpect.exceptions import TIMEOUT
from pexpect.spawnbase import SpawnBase

from harness.push.shell import KernelFailedError

if TYPE_CHECKING:
    from harness.push.shell import Shell

    _Base = SpawnBase[bytes]
else:
    _Base = SpawnBase


class Expecting(_Base):
    """Reads the line of a shell, and keeps bytes and kernel events in `Shell.heard`."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(timeout=None, maxread=1 << 16, searchwindowsize=4096)
        self._shell = shell

    def read_nonblocking(self, size: int = 1, timeout: float | None = None) -> bytes:
        """Return what came. Raises pexpect's TIMEOUT, or KernelFailedError."""
        shell = self._shell
        chunk = shell.line.read(time.monotonic() + max(0.0, timeout or 0.0))
        if chunk is None:
            raise TIMEOUT("the line is silent")
        if not chunk:
            raise KernelFailedError
        shell.heard.append(chunk)
        for event in shell.monitor.feed(chunk):
            shell.heard.append(event)
            if event.kind.ends_machine:
                raise KernelFailedError(event)
        return chunk
