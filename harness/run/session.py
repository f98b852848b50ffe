"""Programs on kernels until each case has a result, however often the kernel falls over.

After a boot that ended in the middle, the culprit keeps its result and the next boot goes on
with the cases after it. A damaged case is run again once, and the rerun is counted.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any

from harness import __version__
from harness.abi.arch import Arch
from harness.errors import MachineError
from harness.oracle.results import CaseEndKind, CaseResult, to_json
from harness.run.boot import Booted, Setup, run_boot
from harness.run.ending import FINISHED, Ending, never_run
from harness.run.identity import held_version, is_standin
from harness.run.journal import Journal
from harness.run.plan import Task
from harness.run.record import BootRecord, KernelRecord, Rerun, RunReport, in_order

#: Boots in a row that bring no result before a program is given up.
FRUITLESS_BOOTS = 2


class Listener:
    """Told of a run's progress; a display or a log overrides what it wants to know.

    Machines run side by side: any thread may call.
    """

    def booting(self, name: str, task: Task, selected: Sequence[int]) -> None:
        """A boot begins: the machine's name, and the indexes of the cases that it is to run."""

    def case(self, result: CaseResult) -> None:
        """A case ended."""

    def boot(self, record: BootRecord) -> None:
        """A boot ended."""


@dataclass(slots=True)
class _Progress:
    """What is left to do of one task."""

    task: Task
    left: list[int]
    rerun: set[int] = field(default_factory=set)
    boots: int = 0
    fruitless: int = 0

    def number_of(self, result: CaseResult) -> int:
        """The index of the result's case in the program's table; -1 for one that is not there."""
        cases = self.task.program.cases
        return next((c.index for c in cases if c.name == result.info.name), -1)


class Session:
    """One run: `setups` says how each architecture boots; `jobs` machines run side by side."""

    def __init__(
        self,
        setups: dict[Arch, Setup],
        journal: Journal,
        jobs: int = 1,
        listener: Listener | None = None,
    ) -> None:
        self._setups = setups
        self._journal = journal
        self._jobs = jobs
        self._listener = listener or Listener()
        self._lock = threading.Lock()
        self._cases: list[CaseResult] = []
        self._boots: list[BootRecord] = []
        self._reruns: list[Rerun] = []
        self._kernels: dict[Arch, KernelRecord] = {}
        self._stop = threading.Event()

    def run(self, tasks: Sequence[Task]) -> RunReport:
        """Run the tasks. After an interrupt or a fault of the host, report what there is.

        Raises UserError if the input can't be booted at all.
        """
        self._journal.write("run", {"zxhil": __version__, "cases": _listed(tasks)})
        interrupted = ""
        try:
            self._run_all(tasks)
        except KeyboardInterrupt:
            interrupted = "interrupted by the user"
        except MachineError as error:
            interrupted = error.problem
        finally:
            self._stop.set()
        report = self._report(tasks, interrupted)
        if not interrupted:
            self._journal.write("end", {"cases": len(report.cases)})
        return report

    def _run_all(self, tasks: Sequence[Task]) -> None:
        waiting: queue.SimpleQueue[Task] = queue.SimpleQueue()
        for task in sorted(tasks, key=lambda t: -len(t.selected)):
            waiting.put(task)
        if self._jobs == 1:
            self._work(waiting)
            return
        with ThreadPoolExecutor(self._jobs) as pool:
            workers = [pool.submit(self._work, waiting) for _ in range(self._jobs)]
            try:
                for worker in workers:
                    worker.result()
            except BaseException:
                self._stop.set()
                raise

    def _work(self, waiting: queue.SimpleQueue[Task]) -> None:
        while not self._stop.is_set():
            try:
                task = waiting.get_nowait()
            except queue.Empty:
                return
            self._one(_Progress(task, list(task.selected)))

    def _one(self, progress: _Progress) -> None:
        task = progress.task
        while progress.left and not self._stop.is_set():
            progress.boots += 1
            name = f"{task.program.arch}-{task.program.name}"
            stem = name if progress.boots == 1 else f"{name}.{progress.boots}"
            before = len(progress.left)
            self._listener.booting(stem, task, tuple(progress.left))
            booted = run_boot(
                self._setups[task.program.arch],
                task,
                tuple(progress.left),
                stem,
                lambda result: self._ended(progress, result),
            )
            self._note(booted, task)
            progress.fruitless = 0 if len(progress.left) < before else progress.fruitless + 1
            if progress.left and progress.fruitless >= FRUITLESS_BOOTS:
                for result in _given_up(progress, booted.record):
                    self._keep(result)
                progress.left.clear()

    def _ended(self, progress: _Progress, result: CaseResult) -> None:
        """A case ended: keep its result, or leave a damaged one for the next boot, once."""
        number = progress.number_of(result)
        if number not in progress.left:
            return
        if result.end is CaseEndKind.LOST and number not in progress.rerun:
            progress.rerun.add(number)
            rerun = Rerun(result.arch, result.id, result.detail)
            self._journal.write("rerun", asdict(rerun))
            with self._lock:
                self._reruns.append(rerun)
            return
        progress.left.remove(number)
        self._keep(result)

    def _keep(self, result: CaseResult) -> None:
        self._journal.write("case", to_json(result))
        with self._lock:
            self._cases.append(result)
        self._listener.case(result)

    def _note(self, booted: Booted, task: Task) -> None:
        self._journal.write("boot", asdict(booted.record))
        self._listener.boot(booted.record)
        with self._lock:
            self._boots.append(booted.record)
            if task.program.arch not in self._kernels or booted.kernel.version:
                self._kernels[task.program.arch] = self._kernel(booted, task)
        self._journal.write("kernel", asdict(self._kernels[task.program.arch]))

    def _kernel(self, booted: Booted, task: Task) -> KernelRecord:
        image = self._setups[task.program.arch].image
        version = booted.kernel.version or "unknown"
        held = held_version(image.zbi)
        return KernelRecord(
            task.program.arch.value,
            image.name,
            version,
            is_standin(image.zbi),
            image.found,
            tuple(sorted(booted.kernel.absent)),
            held if held and booted.kernel.version not in (None, held) else "",
        )

    def _report(self, tasks: Sequence[Task], interrupted: str) -> RunReport:
        programs = {(t.program.arch.value, t.program.name): i for i, t in enumerate(tasks)}
        with self._lock:
            boots = sorted(self._boots, key=lambda b: programs[b.arch, b.program])
            cases = in_order(self._cases, _order(tasks))
            kernels = [self._kernels[arch] for arch in Arch if arch in self._kernels]
            reruns = tuple(sorted(self._reruns))
        return RunReport(
            __version__, tuple(kernels), tuple(boots), tuple(cases), reruns, interrupted
        )


def _order(tasks: Sequence[Task]) -> list[tuple[str, str]]:
    return [(task.program.arch.value, info.id) for task in tasks for info in task.chosen]


def _listed(tasks: Sequence[Task]) -> list[list[Any]]:
    """(architecture, ``program/case``, claims, source) of every case to run, in order."""
    return [
        [task.program.arch.value, info.id, list(info.claims), info.source]
        for task in tasks
        for info in task.chosen
    ]


def _given_up(progress: _Progress, record: BootRecord) -> list[CaseResult]:
    infos = progress.task.infos
    names = {case.index: case.name for case in progress.task.program.cases}
    ending = Ending(record.end, record.end_text, record.evidence)
    if record.end == FINISHED:
        ending = Ending(record.end, "the program ended without it")
    arch = progress.task.program.arch.value
    return [
        never_run(CaseResult(infos[names[i]], arch, CaseEndKind.LOST, (), (), (), ()), ending)
        for i in progress.left
    ]
