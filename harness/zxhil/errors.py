"""The two kinds of failure, distinguished up to the exit code.

A :class:`UserError` is something that the user can fix: a path, a
file's content, an option. A :class:`MachineError` is a fault of QEMU, of the host or of the
kernel under test. Both carry their data as attributes, so that a report can use them.
"""

from __future__ import annotations

import os

EXIT_CONFORMS = 0
EXIT_DIVERGES = 1
EXIT_USER = 2
EXIT_MACHINE = 3
EXIT_STOP_BISECT = 128
"""What `git bisect run` takes for "stop": this and above. Anything smaller is an answer to it."""


class ZxhilError(Exception):
    """Base of every failure that zxhil reports without a traceback."""

    exit_code: int


class UserError(ZxhilError):
    """The input is wrong: fix `place` as `remedy` says and run again. Exit code 2.

    `place` names the file and the place in it (item and offset, line, option).
    """

    exit_code = EXIT_USER

    def __init__(self, place: str, problem: str, remedy: str) -> None:
        super().__init__(f"{place}: {problem}\n  remedy: {remedy}")
        self.place = place
        self.problem = problem
        self.remedy = remedy


class MachineError(ZxhilError):
    """QEMU, the host or the kernel failed; the input was not at fault. Exit code 3.

    `evidence` is its output: the end of a serial log, QEMU's stderr.
    """

    exit_code = EXIT_MACHINE

    def __init__(self, problem: str, evidence: str = "") -> None:
        super().__init__(problem if not evidence else f"{problem}\n{evidence}")
        self.problem = problem
        self.evidence = evidence


def host_fault(error: BaseException) -> MachineError | None:
    """The MachineError for an exception that the host caused: any OSError, no memory, no thread.

    There is no list of errno values: whatever the host refuses is its fault. None for an exception
    that only a bug in zxhil can have raised.
    """
    match error:
        case MachineError():
            return error
        case OSError():
            why = error.strerror or str(error) or type(error).__name__
            names = [os.fsdecode(n) for n in (error.filename, error.filename2) if _is_path(n)]
            return MachineError(f"{' and '.join(names)}: {why}" if names else f"this host: {why}")
        case MemoryError():
            return MachineError("this host: out of memory for zxhil")
        case RuntimeError() if "start new thread" in str(error):
            # Python has no specific type for it.
            return MachineError("this host: no more threads or processes (see ulimit -u)")
    return None


def _is_path(name: object) -> bool:
    return isinstance(name, str | bytes) and bool(name)
