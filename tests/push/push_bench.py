"""What the transport tests share: a bench with the stand-in, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from zxhil.abi.arch import Arch
from zxhil.image.find import Image
from zxhil.machine.limits import Limits
from zxhil.oracle.results import CaseEndKind
from zxhil.push.transport import Transport
from zxhil.run.journal import Journal
from zxhil.run.plan import Task, plan
from zxhil.run.record import RunReport
from zxhil.run.session import Session
from zxhil.run.setup import Setup

LIMITS = Limits(30.0, 10.0, 10.0)

_EXITS = {"program_exits", "first_thread_exits", "program_kills_itself"}


def staying(tasks: list[Task]) -> list[Task]:
    """The tasks without the cases that end the program: the stand-in then falls silent.

    On a board that is a hang. A real kernel reports that its last process has ended.
    """
    return [
        replace(
            task,
            selected=tuple(
                case.index
                for case in task.program.cases
                if case.index in task.selected and case.name not in _EXITS
            ),
        )
        for task in tasks
    ]


class Bench(NamedTuple):
    """The stand-in, tasks for it, and how to run them."""

    image: Image
    tasks: list[Task]
    folder: Path

    def run(
        self, transport: Transport | None, name: str, limits: Limits = LIMITS, case: str = "*"
    ) -> RunReport:
        logs = self.folder / name
        logs.mkdir()
        tasks = self.tasks if case == "*" else plan([Arch.X64], case=case)
        setup = Setup(self.image, limits, logs, logs, transport=transport)
        try:
            with Journal(logs) as journal:
                return Session({Arch.X64: setup}, journal, 1).run(tasks)
        finally:
            if transport is not None:
                transport.close()


def verdicts(report: RunReport) -> list[tuple[object, ...]]:
    """What a run found out, without what differs from boot to boot (handles, koids, times)."""
    return [
        (case.id, case.end, [(d.kind, d.blamed, d.call) for d in case.divergences], case.reached)
        for case in report.cases
    ]


@dataclass(frozen=True, slots=True)
class Reported:
    """All that a case came to but for what differs from boot to boot: handles, koids, offsets.

    `divergences` are (kind, blamed clauses, call, blamed call), `statuses` (call, status).
    """

    id: str
    end: CaseEndKind
    detail: str
    divergences: tuple[tuple[str, tuple[str, ...], int, int], ...]
    clauses: tuple[tuple[str, ...], ...]
    statuses: tuple[tuple[str, str], ...]


def reported(report: RunReport) -> list[Reported]:
    """Each case of a run. Each transport words a machine fault differently."""
    return [
        Reported(
            case.id,
            case.end,
            "" if case.end.is_machine_fault else case.detail,
            tuple((d.kind.value, d.blamed, d.call, d.blamed_call) for d in case.divergences),
            (case.reached, case.returned),
            tuple((c.text.partition("(")[0], c.status.partition(",")[0]) for c in case.calls),
        )
        for case in report.cases
    ]


class Recorded(NamedTuple):
    folder: Path
    report: RunReport
