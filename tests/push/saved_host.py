"""Boots of an image whose saved start the tests look at, and one that is kept."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from zxhil.guest.build import build_suite
from zxhil.image.find import Image
from zxhil.machine.limits import Limits
from zxhil.oracle.results import CaseResult
from zxhil.push.booting import Booting
from zxhil.push.kept import Keeping, KeptStarts
from zxhil.push.saved import SavedStart
from zxhil.push.transport import Job
from zxhil.run.boot import Observer, run_boot
from zxhil.run.plan import Task
from zxhil.run.record import BootRecord
from zxhil.run.setup import Setup
from zxhil.trace.frame import FrameReader, Record
from zxhil.trace.stamp import taken

LIMITS = Limits(60.0, 30.0, 30.0)


class Results(Observer):
    def __init__(self) -> None:
        self.all: list[CaseResult] = []

    def case(self, result: CaseResult, serial: str) -> None:
        self.all.append(result)


class Host:
    """Boots of one image, in a folder; `saved` is its saved start."""

    def __init__(
        self,
        image: Image,
        folder: Path,
        tasks: Sequence[Task],
        memory_mib: int = 64,
        memory_trace: bool = True,
        starts: Path | None = None,
    ) -> None:
        (folder / "zbis").mkdir(parents=True)
        self.folder = folder
        self.tasks = {task.program.name: task for task in tasks}
        self.plain = Setup(
            image,
            LIMITS,
            folder / "logs",
            folder / "zbis",
            memory_mib=memory_mib,
            memory_trace=memory_trace,
        )
        programs = [task.program for task in tasks]
        keeping = None
        if starts is not None:
            kept = KeptStarts(self.plain.booting, programs, starts)
            keeping = Keeping(kept, kept.find(1))
        self.saved = SavedStart(
            self.plain.booting,
            LIMITS,
            lambda: build_suite(programs),
            f"{image.arch}-start",
            keeping,
        )

    @property
    def booting(self) -> Booting:
        return self.plain.booting

    def run(
        self, program: str, name: str, full: bool = False, cases: Sequence[int] | None = None
    ) -> tuple[BootRecord, list[CaseResult]]:
        setup = self.plain if full else replace(self.plain, saved=self.saved)
        task, results = self.tasks[program], Results()
        selected = task.selected if cases is None else tuple(cases)
        record = run_boot(setup, task, selected, name, results)
        return record, results.all

    def load(self, program: str, name: str) -> Job:
        task = self.tasks[program]
        return Job(task.program, task.selected, name)

    def serial(self, record: BootRecord) -> bytes:
        return (self.folder / "logs" / record.serial).read_bytes()

    def records(self, record: BootRecord) -> list[tuple[str, str]]:
        """Kind and body of each to the first Z, written several times; no nonce, no time."""
        items = FrameReader(int(record.nonce, 16)).feed(self.serial(record))
        bodies = [(r.kind, _untimed(r.kind, r.body)) for r in items if isinstance(r, Record)]
        assert bodies[0][1].endswith(f" {record.nonce}")
        bodies = bodies[: 1 + [kind for kind, _ in bodies].index("Z")]
        return [("V", bodies[0][1].rpartition(" ")[0]), *bodies[1:]]


def _untimed(kind: str, body: str) -> str:
    return body[taken(body)[2] :] if kind in "CR" else body


def keep(image: Image, folder: Path, tasks: Sequence[Task], starts: Path) -> None:
    """Keep a saved start, as a run does once a program has finished on it."""
    host = Host(image, folder, tasks, starts=starts)
    with contextlib.closing(host.saved):
        host.run("socket_share", "x", cases=(0,))
    assert not host.saved.notes
    assert len(list(starts.iterdir())) == 1
