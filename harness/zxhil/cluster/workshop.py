"""The boots of one run on one worker: its setup, its saved start, and what a boot left behind."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

from zxhil.cluster.content import PortableSetup
from zxhil.cluster.idle import Idle
from zxhil.cluster.sealed import packed_answer
from zxhil.errors import MachineError
from zxhil.guest.source import Program
from zxhil.guest.suite import Suite
from zxhil.machine.scratch import scratch_folder
from zxhil.oracle.oracle import KernelSeen
from zxhil.oracle.results import CaseResult, to_json
from zxhil.push.saved import SavedStart
from zxhil.push.transport import Running
from zxhil.run.boot import Observer, run_boot
from zxhil.run.plan import Task
from zxhil.run.record import BootRecord

#: What a boot leaves in its folder, beside the journal lines.
SUFFIXES = (".serial", ".times", ".stderr")
#: Files of the boot that this one went on from have names that begin so.
START = "start"
#: The lines of an answer that no journal has: what the trace says of the kernel, and a case that
#: was open when the machine was switched off, which the caller concludes.
SEEN, OPEN = "seen", "open"


@dataclass(frozen=True, slots=True)
class BootJob:
    """What all boots of a run on one architecture share; with a `suite` they resume from its start.

    Its contents are sent to a worker once.
    """

    setup: PortableSetup
    programs: tuple[Program, ...]
    suite: Suite | None

    def open(self, read: Callable[[str], bytes]) -> Workshop:
        """What does the work of orders; `read` returns contents."""
        return Workshop(self)


@dataclass(slots=True)
class BootOrder:
    """One boot: the `job` by digest, a program by name, its cases, and the name of the log."""

    job: str
    version: str
    program: str
    selected: tuple[int, ...]
    name: str


@dataclass(slots=True)
class _Recorder(Observer):
    """Keeps what a boot reports as lines, and ends the boot when its work is cancelled."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    running: Running | None = None
    cancelled: bool = False
    open_case: str = ""

    def started(self, running: Running) -> None:
        self.running = running
        if self.cancelled:
            running.kill()

    def cancel(self) -> None:
        self.cancelled = True
        if self.running is not None:
            self.running.kill()

    def kernel(self, kernel: KernelSeen) -> None:
        seen = {
            "version": kernel.version,
            "absent": sorted(kernel.absent),
            "unsure": sorted(kernel.unsure),
            "earliest": kernel.age.earliest,
            "latest": kernel.age.latest,
            "why": kernel.age.why,
        }
        self.lines.append({SEEN: seen})

    def switched_off(self, result: CaseResult) -> bool:
        # Whether it happened before is known where all boots of the run are.
        self.open_case = result.id
        self.lines.append({OPEN: to_json(result)})
        return False

    def case(self, result: CaseResult, serial: str) -> None:
        if self.open_case != result.id:
            self.lines.append({"case": {**to_json(result), "round": 1, "serial": serial}})
        self.open_case = ""


class Workshop:
    """Boots of one job; threads may share it. `close` ends its machines and removes its files."""

    def __init__(self, job: BootJob) -> None:
        self._stack = ExitStack()
        self._folder = self._stack.enter_context(scratch_folder())
        self._programs = {program.name: program for program in job.programs}
        self._idle: Idle[_Recorder] = Idle()
        self._saved: SavedStart | None = None
        setup = job.setup.at(self._folder)
        if job.suite is not None:
            # Logs of several workers get into one folder.
            name = f"{setup.booting.image.arch}-start-{secrets.token_hex(4)}"
            saved = SavedStart(setup.booting, setup.limits, partial(_same, job.suite), name)
            self._stack.callback(saved.close)
            self._saved, setup = saved, replace(setup, saved=saved)
        self.setup = setup

    @property
    def idle(self) -> float:
        """Seconds since the last boot ended, as `Idle.seconds` has it."""
        return self._idle.seconds

    def do(self, order: BootOrder, watch: Any) -> dict[str, Any]:
        """Boot once. `watch(end)` is a block in which `end` is called if the work is cancelled.

        Returns the journal's lines and the files, and a digest of both. Raises what a boot raises,
        and MachineError if it was cancelled: how such a boot ended says nothing of the kernel.
        """
        recorder = _Recorder()
        with self._idle.lock:
            self._idle.busy.append(recorder)
        try:
            task = Task(self._programs[order.program], order.selected)
            with watch(partial(self._cancel, recorder)):
                record = run_boot(self.setup, task, order.selected, order.name, recorder)
            if recorder.cancelled:
                raise MachineError("the boot was cancelled")
            return packed_answer([*recorder.lines, {"boot": asdict(record)}], self._files(record))
        finally:
            self._forget(order.name)
            with self._idle.lock:
                self._idle.ended(recorder)

    def _cancel(self, recorder: _Recorder) -> None:
        """Cancel a boot; with the last one also the boot that is to be saved."""
        recorder.cancel()
        with self._idle.lock:
            self._idle.given_up = all(each.cancelled for each in self._idle.busy)
        if self._idle.given_up and self._saved is not None:
            self._saved.kill()

    def _files(self, record: BootRecord) -> dict[str, bytes]:
        logs = {"": record.serial, START: record.went_on_from}
        paths = {
            f"{role}{suffix}": (self._folder / log).with_suffix(suffix)
            for role, log in logs.items()
            for suffix in SUFFIXES
            if log
        }
        return {name: path.read_bytes() for name, path in paths.items() if path.exists()}

    def _forget(self, name: str) -> None:
        """Remove what a boot left; a machine that is kept still has its disk."""
        for path in self._folder.glob(f"{name}.*"):
            if path.suffix in (*SUFFIXES, ".zbi"):
                path.unlink(missing_ok=True)

    def close(self) -> None:
        """End all machines, from any thread, and remove all files."""
        with self._idle.lock:
            for recorder in self._idle.busy:
                recorder.cancel()
        self._stack.close()


def _same(suite: Suite) -> Suite:
    return suite
