"""The two families of failure, kept apart all the way to the exit code.

A :class:`UserError` is something that the person at the keyboard can put right: a path, a
file's content, an option. A :class:`MachineError` is a fault of QEMU, of the host or of the
kernel under test. Both carry their data as attributes, so that a report can use them.
"""

from __future__ import annotations

EXIT_CONFORMS = 0
EXIT_DIVERGES = 1
EXIT_USER = 2
EXIT_MACHINE = 3


class ZxhilError(Exception):
    """Base of every failure that zxhil reports without a traceback."""

    exit_code: int


class UserError(ZxhilError):
    """The input is wrong: mend `place` as `remedy` says and run again. Exit code 2.

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

    `evidence` is what it said: the end of a serial log, QEMU's stderr.
    """

    exit_code = EXIT_MACHINE

    def __init__(self, problem: str, evidence: str = "") -> None:
        super().__init__(problem if not evidence else f"{problem}\n{evidence}")
        self.problem = problem
        self.evidence = evidence
