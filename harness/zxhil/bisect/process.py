"""The user's commands, each in its own process group, which is always terminated.

The reaper knows each group before its command runs, so that nothing of a build or a test goes on
after zxhil, however it ends.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from zxhil.errors import MachineError
from zxhil.guest.tool import head_and_tail
from zxhil.machine.reaper import the_reaper

#: Seconds that a command gets between SIGTERM and SIGKILL.
GRACE = 2.0

_LONGEST_NAP = 0.02
_TAIL = 4000
# Bytes of each output that are held in memory: a build may print hundreds of megabytes.
_HEAD_KEPT = 1 << 16
_TAIL_KEPT = 1 << 18

# Arguments: a file for stdout, one for stderr, the folder, then the command.
_SCRIPT = 'exec >"$1" 2>"$2" && cd "$3" && shift 3 && exec "$@"'


class Cancelled(Exception):  # noqa: N818 - a request, not an error
    """The work was cancelled; there is no result."""


class Cancel:
    """A request to cancel work; set once, seen by whoever runs commands for it."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._ends: list[Callable[[], None]] = []

    def set(self) -> None:
        """Cancel the work."""
        self._event.set()
        with self._lock:
            for end in self._ends:
                end()

    @contextmanager
    def ending(self, end: Callable[[], None]) -> Iterator[None]:
        """Call `end`, from any thread, if the work is cancelled before or during the block."""
        with self._lock:
            self._ends.append(end)
        try:
            if self._event.is_set():
                end()
            yield
        finally:
            with self._lock:
                self._ends.remove(end)

    def check(self) -> None:
        """Raise Cancelled if the work was cancelled."""
        if self._event.is_set():
            raise Cancelled

    def nap(self, seconds: float) -> None:
        """Sleep, unless the work is or gets cancelled: then raise Cancelled."""
        if self._event.wait(seconds):
            raise Cancelled


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit code (negative: the signal), and what it printed.

    `timed_out` says that it was killed because its time was over.
    """

    code: int
    timed_out: bool
    seconds: float
    stdout: str
    stderr: str

    @property
    def tail(self) -> str:
        """The end of what it said, for a person."""
        return (self.stderr.strip() or self.stdout.strip())[-_TAIL:]


def run(
    argv: Sequence[str],
    folder: Path,
    logs: Path,
    cancel: Cancel,
    environment: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> Ended:
    """Run a command in `folder`; its output goes to files in `logs`, which exists.

    `environment` is added to this process's. Whatever the command leaves running in its group is
    killed. Raises Cancelled, after the group is gone, and MachineError if nothing can be started.
    """
    cancel.check()
    out, err = logs / "stdout", logs / "stderr"
    env = ["env", *(f"{key}={value}" for key, value in (environment or {}).items())]
    shell = ["/bin/sh", "-c", _SCRIPT, "sh", str(out), str(err), str(folder), *env, *argv]
    reaper = the_reaper()
    key = reaper.hold("")
    started = time.monotonic()
    try:
        process = reaper.start(key, shell)
    except OSError as error:
        reaper.drop(key)
        raise MachineError(f"/bin/sh cannot be started: {error.strerror}") from None
    try:
        timed_out = not _wait(process.pid, cancel, timeout)
        if timed_out:
            _end_group(process.pid)
    except BaseException:
        _end_group(process.pid)
        raise
    finally:
        # The leader is not reaped yet, so its group's number cannot be reused.
        _signal(process.pid, signal.SIGKILL)
        code = process.wait()
        if process.stderr:
            process.stderr.close()
        reaper.drop(key)
    seconds = time.monotonic() - started
    return Ended(code, timed_out, seconds, _text(out), _text(err))


def _wait(pid: int, cancel: Cancel, timeout: float | None) -> bool:
    """Wait for the leader's end without reaping it; False if the time was over first."""
    deadline = None if timeout is None else time.monotonic() + timeout
    nap = 0.001
    while not _has_ended(pid):
        if deadline is not None and time.monotonic() > deadline:
            return False
        cancel.nap(nap)
        nap = min(nap * 1.5, _LONGEST_NAP)
    return True


def _has_ended(pid: int) -> bool:
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _end_group(pid: int) -> None:
    """Terminate the group; the caller kills what remains."""
    _signal(pid, signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    while not _has_ended(pid) and time.monotonic() < deadline:
        time.sleep(0.01)


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _text(path: Path) -> str:
    """What a command printed; of much, the head and the tail (the file has all of it)."""
    try:
        with path.open("rb") as file:
            return head_and_tail(file, _HEAD_KEPT, _TAIL_KEPT)
    except FileNotFoundError:
        return ""


def ran_out_of_something(ended: Ended, folder: Path) -> str:
    """Explain a failure that the host caused, not the input; "" if it did not.

    It was killed from outside (exit code 128 and above, or a signal), or the disk is full.
    """
    if ended.code < 0:
        return f"killed by {_signal_name(-ended.code)}"
    if ended.code > 128 and ended.code - 128 in (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP):
        return f"killed by {_signal_name(ended.code - 128)}"
    free = os.statvfs(folder)
    if free.f_bavail * free.f_frsize < 1 << 20:
        return f"no space left on the disk of {folder}"
    if "No space left on device" in ended.stderr:
        return "no space left on device"
    return ""


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
