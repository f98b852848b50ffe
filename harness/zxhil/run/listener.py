"""The interface for a run's progress."""

from __future__ import annotations

from collections.abc import Sequence

from zxhil.oracle.results import CaseResult
from zxhil.run.plan import Task
from zxhil.run.record import BootRecord


class Listener:
    """Notified of a run's progress; a display or a log overrides what it needs.

    Machines run side by side: any thread may call.
    """

    def booting(self, name: str, task: Task, selected: Sequence[int]) -> None:
        """A boot begins: the machine's name, and the indexes of the cases that it is to run."""

    def began(self, arch: str, program: str, case: str) -> None:
        """A case began, by its name in its program."""

    def case(self, result: CaseResult) -> None:
        """A case ended."""

    def boot(self, record: BootRecord) -> None:
        """A boot ended."""
