"""Stop a run early, by a fault or SIGTERM, and still report what was judged before.

After the first verdict there are no user errors: the input was valid when the run began, so
it has changed since.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from zxhil import unforeseen
from zxhil.errors import MachineError, UserError, host_fault
from zxhil.regular_file import file_state

if TYPE_CHECKING:
    from zxhil.image.find import Image


def why_stopped(error: Exception, judged: bool, logs: Path) -> str:
    """Why a run stops, in words; unexpected exceptions are saved in `logs`.

    Raises the error again if there is no verdict (`judged`) to report and the host is not at fault.
    """
    fault = host_fault(error)
    if fault is not None:
        return fault.problem
    if not judged:
        raise error
    if isinstance(error, UserError):
        return f"{error.place}: {error.problem}"
    return unforeseen.record(error, logs)


class Unchanged:
    """The files that QEMU reads again for each machine, as they were before zxhil read them."""

    def __init__(self, images: Iterable[Image]) -> None:
        self._states = {image.kernel: image.kernel_state for image in images}

    def check(self, path: Path) -> None:
        """Raise MachineError if the file has changed: another kernel would be judged as this one.

        A file that was not named at the start is not checked.
        """
        if path in self._states and file_state(path) != self._states[path]:
            raise MachineError(
                f"{path}: changed during the run; results from before the change are reported"
            )


class Terminated(KeyboardInterrupt):
    """SIGTERM came."""


@contextlib.contextmanager
def sigterm_interrupts() -> Iterator[None]:
    """Raise Terminated in the main thread if SIGTERM comes in the block.

    In another thread, which can't set a handler, nothing changes.
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
