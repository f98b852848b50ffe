"""Run programs on kernels until each case has a result, however often the kernel fails.

After a boot that ended in the middle, the culprit keeps its result and the next boot goes on
with the cases after it. A damaged case is run again once, and the rerun is counted. A kernel that
fails alike in every boot is given up (`zxhil.run.stop`).
"""

from __future__ import annotations

import queue
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from zxhil import __version__
from zxhil.abi.arch import Arch
from zxhil.errors import MachineError
from zxhil.oracle.oracle import KernelSeen
from zxhil.oracle.results import CaseEndKind, CaseResult, agreed
from zxhil.push.transport import Running
from zxhil.run.balance import pieces
from zxhil.run.boot import BootOnce, Observer, cut_off, run_boot
from zxhil.run.durations import NOTHING_MEASURED, SAVED_BOOT, Durations
from zxhil.run.ending import FINISHED, SwitchedOff, never_came
from zxhil.run.fault import keep_initrd
from zxhil.run.gather import Gathered, GivenUp, Key, journal_json, listed, run_line
from zxhil.run.journal import Journal
from zxhil.run.late import Terminated, Unchanged, why_stopped
from zxhil.run.listener import Listener
from zxhil.run.plan import Task
from zxhil.run.record import UNKNOWN_VERSION, BootRecord, Rerun, RunReport
from zxhil.run.setup import Setup, kernel_record
from zxhil.run.stop import StopRules, boot_title, is_sign_of_life, never_started

#: Boots in a row without a result before a program is abandoned.
FRUITLESS_BOOTS = 2

INTERRUPTED, TERMINATED = "interrupted by the user", "interrupted by SIGTERM"


class _Stopped(Exception):  # noqa: N818 - no error
    """The run was stopped during the boot."""


@dataclass(slots=True)
class _Progress:
    """The remaining work of one program in one round."""

    task: Task
    round: int
    left: list[int]
    rerun: set[int] = field(default_factory=set)
    fruitless: int = 0
    switched_off: SwitchedOff = field(default_factory=SwitchedOff)
    numbers: dict[str, int] = field(default_factory=dict)
    """The index of each case of the program, by name."""

    def number_of(self, result: CaseResult) -> int:
        """The index of the result's case in the program's table; -1 for one that is not there."""
        if not self.numbers:
            self.numbers.update((c.name, c.index) for c in self.task.program.cases)
        return self.numbers.get(result.info.name, -1)


class Session:
    """One run: `setups` says how each architecture boots; `jobs` machines run side by side.

    Each case runs `rounds` times. `earlier` has the results from before it was stopped.
    """

    def __init__(
        self,
        setups: dict[Arch, Setup],
        journal: Journal,
        jobs: int = 1,
        listener: Listener | None = None,
        *,
        rounds: int = 1,
        durations: Durations = NOTHING_MEASURED,
        earlier: Gathered | None = None,
        rules: StopRules | None = None,
        boot: BootOnce | None = None,
    ) -> None:
        self._setups = setups
        self._journal = journal
        self._jobs = jobs
        self._listener = listener or Listener()
        self._rounds = rounds
        self._durations = durations
        self._got = earlier or Gathered((), rounds)
        self._got.given_up.clear()
        self._rules = rules or StopRules()
        self._boot_by = boot
        self._lock = threading.Lock()
        self._names = Counter(f"{b.arch}-{b.program}" for b in self._got.boots.values())
        self._running: set[Running] = set()
        self._stop = threading.Event()
        self._kernels = Unchanged(s.image for s in setups.values() if s.image is not None)

    def run(self, tasks: Sequence[Task], identity: dict[str, Any] | None = None) -> RunReport:
        """Run the tasks. After an interrupt or a fault of the host, report what there is.

        `identity` goes into the journal: what must be the same to resume this run.
        Raises UserError if the input can't be booted at all. After the first verdict nothing is
        the user's mistake any more: the target has changed under the run.
        """
        if not self._got.listed:
            self._got.listed = listed(tasks)
            self._journal.write("run", run_line(self._got, identity or {}))
        interrupted = ""
        try:
            self._run_all(self._left(tasks))
            self._journal.write("end", {"cases": len(self._got.cases)})
        except KeyboardInterrupt as error:
            interrupted = TERMINATED if isinstance(error, Terminated) else INTERRUPTED
        except Exception as error:
            with self._lock:
                judged = bool(self._got.cases)
            interrupted = why_stopped(error, judged, self._journal.folder)
        if interrupted:
            self._say_stopped(interrupted)
        with self._lock:
            return self._got.report(__version__, interrupted)

    def _left(self, tasks: Sequence[Task]) -> list[_Progress]:
        """The remaining work, the longest first; the rounds one after the other."""
        todo: list[_Progress] = []
        for number in range(1, self._rounds + 1):
            left = [self._without_done(task, number) for task in tasks]
            divided = pieces([t for t in left if t.selected], self._jobs, self._durations_here())
            todo += [_Progress(task, number, list(task.selected)) for task in divided]
        return todo

    def _durations_here(self) -> Durations:
        """Measured durations, including those of boots that resume from a saved start."""
        saved = {a.value: SAVED_BOOT for a, setup in self._setups.items() if setup.saved}
        return self._durations._replace(boots={**self._durations.boots, **saved})

    def _without_done(self, task: Task, number: int) -> Task:
        program, got = task.program, self._got.cases
        done = {
            case.index
            for case in program.cases
            if Key(program.arch.value, f"{program.name}/{case.name}", number) in got
        }
        return replace(task, selected=tuple(i for i in task.selected if i not in done))

    def _run_all(self, todo: Sequence[_Progress]) -> None:
        """Worker threads do the work, so that Ctrl-C interrupts each between two steps."""
        waiting: queue.SimpleQueue[_Progress] = queue.SimpleQueue()
        for progress in todo:
            waiting.put(progress)
        ends: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
        workers = [
            threading.Thread(target=self._worker, args=(waiting, ends))
            for _ in range(min(self._jobs, len(todo)))
        ]
        try:
            for worker in workers:
                worker.start()
            for _ in workers:
                error = ends.get()
                if error is not None:
                    raise error
        finally:
            self._end_machines()
            for worker in workers:
                if worker.ident is not None:
                    worker.join()

    def _worker(
        self, waiting: queue.SimpleQueue[_Progress], ends: queue.SimpleQueue[BaseException | None]
    ) -> None:
        try:
            self._work(waiting)
        except BaseException as error:
            ends.put(error)
        else:
            ends.put(None)

    def _end_machines(self) -> None:
        """Accept no further results and kill the machines: do not wait for a hung guest."""
        self._stop.set()
        for setup in self._setups.values():
            if setup.saved is not None:
                setup.saved.kill()
        with self._lock:
            for running in self._running:
                running.kill()

    def _work(self, waiting: queue.SimpleQueue[_Progress]) -> None:
        while not self._stop.is_set():
            try:
                progress = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                while progress.left and not self._is_over(progress.task):
                    if not self._boot_once(progress):
                        # The other programs first: they may all fail in the same way.
                        waiting.put(progress)
                        break
            except _Stopped:
                return

    def _is_over(self, task: Task) -> bool:
        return self._stop.is_set() or (task.program.arch.value, "") in self._got.given_up

    def _boot_once(self, progress: _Progress) -> bool:
        """Boot for the rest of a program. Did a case finish, or is there another way to start?"""
        task, selected = progress.task, tuple(progress.left)
        name, setup = self._new_name(task), self._setups[task.program.arch]
        self._listener.booting(name, task, selected)
        watcher = _Watcher(self, progress, selected)
        began = time.monotonic()
        try:
            if setup.image is not None:
                self._kernels.check(setup.image.kernel)
            record = (self._boot_by or run_boot)(setup, task, selected, name, watcher)
        finally:
            self.ended(watcher)
        self._stop_if_requested()
        if never_started(record):
            record = self._keep_initrd(record)
        self.boot(progress, record)
        self._listener.boot(record)
        self.kernel(task, KernelSeen(None, frozenset()))
        progress.fruitless = 0 if len(progress.left) < len(selected) else progress.fruitless + 1
        if watcher.carried or record.end == FINISHED:
            self._give_up_fruitless(progress, record)
            return True
        self._failed_alike(task, record, began)
        self._give_up_fruitless(progress, record)
        return False

    def _failed_alike(self, task: Task, record: BootRecord, began: float) -> None:
        """Count a boot in which no case finished, including one that was to be saved."""
        saved, arch = self._setups[task.program.arch].saved, record.arch
        with self._lock:
            if saved is not None and saved.failed_boot:
                self._rules.failed(arch, saved.failed_boot, False, began, began)
                saved.failed_boot = ""
            title, started = boot_title(record), not never_started(record)
            if why := self._rules.failed(arch, title, started, began, time.monotonic()):
                self._give_up(GivenUp(arch, "", why))

    def _keep_initrd(self, record: BootRecord) -> BootRecord:
        """Keep the boot image of the first such boot, so that its command can be repeated."""
        with self._lock:
            return keep_initrd(record, self._journal.folder, self._got.boots.values())

    def _give_up_fruitless(self, progress: _Progress, record: BootRecord) -> None:
        if not progress.left or progress.fruitless < FRUITLESS_BOOTS:
            return
        if never_started(record):
            with self._lock:
                self._give_up(GivenUp(record.arch, record.program, boot_title(record)))
        else:
            for result in never_came(progress.task, progress.left, record):
                self.keep(progress, result, "")
        progress.left.clear()

    def _give_up(self, given_up: GivenUp) -> None:
        """Record that no further boot is made; the caller holds the lock."""
        self._journal.write("given up", given_up._asdict())
        self._got.give_up(given_up)

    def _new_name(self, task: Task) -> str:
        name = f"{task.program.arch}-{task.program.name}"
        with self._lock:
            self._names[name] += 1
            return name if self._names[name] == 1 else f"{name}.{self._names[name]}"

    def _stop_if_requested(self) -> None:
        if self._stop.is_set():
            raise _Stopped

    def _say_stopped(self, why: str) -> None:
        # If a full disk stopped the run, this fails as well.
        with suppress(MachineError):
            self._journal.write("stopped", {"why": why})

    # Called by a boot's watcher; each event is on disk before it counts.

    def started(self, watcher: _Watcher, running: Running) -> None:
        """A machine started."""
        task = watcher.progress.task
        with self._lock:
            watcher.running = running
            self._running.add(running)
        setup = self._setups[task.program.arch]
        self.boot(watcher.progress, cut_off(setup, running, task, watcher.selected))

    def ended(self, watcher: _Watcher) -> None:
        """The machine ended."""
        with self._lock:
            if watcher.running is not None:
                self._running.discard(watcher.running)

    def boot(self, progress: _Progress, record: BootRecord) -> None:
        """How a boot ended, as far as that is known: before the results that follow from it."""
        self._stop_if_requested()
        record = replace(record, round=progress.round)
        with self._lock:
            self._journal.write("boot", asdict(record))
            self._got.boots[record.serial] = record

    def kernel(self, task: Task, kernel: KernelSeen) -> None:
        """A kernel identified itself; its version is None if its boot ended before that."""
        arch = task.program.arch
        with self._lock:
            known = self._got.kernels.get(arch.value)
            if known is not None and (known.version != UNKNOWN_VERSION or not kernel.version):
                return
            record = kernel_record(self._setups[arch], arch, kernel)
            self._journal.write("kernel", asdict(record))
            self._got.kernels[arch.value] = record

    def case(self, progress: _Progress, result: CaseResult, serial: str) -> None:
        """A case ended: keep its result, or leave a damaged one for the next boot, once."""
        self._stop_if_requested()
        number = progress.number_of(result)
        if result.end is CaseEndKind.LOST and number not in progress.rerun:
            progress.rerun.add(number)
            rerun = Rerun(result.arch, result.id, result.detail)
            with self._lock:
                self._journal.write("rerun", asdict(rerun))
                self._got.reruns.append(rerun)
            return
        progress.left.remove(number)
        self.keep(progress, result, serial)

    def again(self, progress: _Progress, result: CaseResult, serial: str) -> None:
        """Another result of a case from the same boot: they agree, or the case is lost."""
        key = Key(result.arch, result.id, progress.round)
        with self._lock:
            before = self._got.cases.get(key)
            if before is None or (both := agreed(before, result)) is before:
                return
            if before.end is not CaseEndKind.LOST:
                self._journal.write("case", journal_json(key, both, serial))
                self._got.cases[key] = both

    def keep(self, progress: _Progress, result: CaseResult, serial: str) -> None:
        """Keep a result; `serial` names the log that shows it, if one does."""
        key = Key(result.arch, result.id, progress.round)
        line = journal_json(key, result, serial)
        with self._lock:
            self._journal.write("case", line)
            self._got.cases[key] = result
            kernel = self._got.kernels.get(result.arch)
            self._rules.ended(result, kernel)
            enough = self._rules.enough(result, kernel)
            if enough and not self._stop.is_set():
                self._give_up(GivenUp("", "", enough, fault=False))
        self._listener.case(result)
        if enough:
            self._end_machines()


class _Watcher(Observer):
    """Passes on the results of the selected cases of one boot."""

    def __init__(self, session: Session, progress: _Progress, selected: tuple[int, ...]) -> None:
        self.progress = progress
        self.selected = selected
        self.running: Running | None = None
        self.carried = False
        """A case came through."""
        self._session = session
        self._waited_for = set(selected)

    def started(self, running: Running) -> None:
        self._session.started(self, running)

    def kernel(self, kernel: KernelSeen) -> None:
        self._session.kernel(self.progress.task, kernel)

    def began(self, case: str) -> None:
        program = self.progress.task.program
        self._session._listener.began(program.arch.value, program.name, case)

    def case(self, result: CaseResult, serial: str) -> None:
        number = self.progress.number_of(result)
        if number in self._waited_for:
            self._waited_for.discard(number)
            self.carried = self.carried or is_sign_of_life(result)
            self._session.case(self.progress, result, serial)
        elif number in self.selected:
            self._session.again(self.progress, result, serial)

    def ended(self, record: BootRecord) -> None:
        self._session.boot(self.progress, record)

    def switched_off(self, result: CaseResult) -> bool:
        return self.progress.switched_off.again(result)
