"""How a run stops in the middle: by a fault, or by SIGTERM; what was judged before is reported.

After the first verdict nothing is a user error any more: the input was good when the run began, so
it changed since.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from zxhil import unforeseen
from zxhil.errors import MachineError, UserError, host_fault


def why_stopped(error: Exception, judged: bool, logs: Path) -> str:
    """Why a run stops, in words; unexpected exceptions are saved in `logs`.

    Raises the error again if there is no verdict (`judged`) to report and it isn't the host's.
    """
    fault = host_fault(error)
    if fault is not None:
        return fault.problem
    if not judged:
        raise error
    if isinstance(error, UserError):
        return f"{error.place}: {error.problem}"
    return unforeseen.record(error, logs)


class _State(NamedTuple):
    """What identifies a file's version: it changes when the file is replaced or rewritten."""

    device: int
    inode: int
    size: int
    modified: int


class Unchanged:
    """The files that QEMU reads anew for each machine, as they were when the run began."""

    def __init__(self, files: Iterable[Path]) -> None:
        self._states = {path: _state(path) for path in files}

    def check(self, path: Path) -> None:
        """Raise MachineError if the file has changed: another kernel would be judged as this one.

        A file that was not named at the start is let pass.
        """
        if path in self._states and _state(path) != self._states[path]:
            raise MachineError(
                f"{path}: changed during the run; results from before the change are reported"
            )


def _state(path: Path) -> _State | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return _State(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


class Terminated(KeyboardInterrupt):
    """SIGTERM came."""


@contextlib.contextmanager
def sigterm_interrupts() -> Iterator[None]:
    """Raise Terminated in the main thread if SIGTERM comes in the block.

    Another thread can set no handler; there the block runs as it is.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: object) -> None:
        raise Terminated

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
