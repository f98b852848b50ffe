"""Run programs on a kernel: many in one boot, each a case that the oracle judges.

A program that ends its boot costs itself alone: the next boot goes on after it.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple, Protocol

from zxhil.errors import MachineError
from zxhil.explore.encode import encode, fits
from zxhil.explore.guest import NAME, ExploreSuite, with_programs
from zxhil.explore.program import CallProgram
from zxhil.guest.source import Program as Built
from zxhil.machine.crash import crash_title
from zxhil.machine.streamlog import StreamLog
from zxhil.oracle.oracle import KernelSeen
from zxhil.oracle.results import Calls, CaseEndKind, CaseResult, Divergence, JudgedCall
from zxhil.oracle.sentence import Judged
from zxhil.push.saved import SavedStart
from zxhil.push.transport import Running
from zxhil.run.boot import Observer, run_boot
from zxhil.run.plan import Task
from zxhil.run.record import BootRecord
from zxhil.run.setup import Setup

#: Boots in a row in which no program ends, before the kernel is given up.
_FRUITLESS = 3
#: Bytes of a stream may be lost; a program that is damaged as often is left out.
_TRIES = 2


class Ran(NamedTuple):
    """What came of a program: its case, and the calls that were judged."""

    program: CallProgram
    result: CaseResult
    other: Ran | None = None
    """The same on another kernel, if it is compared with one."""

    @property
    def calls(self) -> Sequence[Judged]:
        """The calls, as they were judged."""
        calls = self.result.calls
        return calls.items if isinstance(calls, Calls) else ()

    @property
    def steps(self) -> Sequence[int | None]:
        """Which call of the program each call is; None: it starts or ends the second thread."""
        if not self.program.beside:
            return range(len(self.calls))
        waiting = {second: list(_expected(self.program, second)) for second in (False, True)}
        found: list[int | None] = []
        for judged in self.calls:
            left = waiting[judged.thread > 0]
            # A thread that could not be started has no calls.
            while left and left[0][1] != judged.name and left[0][0] is None:
                left.pop(0)
            found.append(left.pop(0)[0] if left else None)
        return found

    @property
    def crash(self) -> str:
        """The title of what ended the boot or the program; "" if nothing did."""
        end = self.result.end
        if not end.is_machine_fault or end is CaseEndKind.LOST:
            return ""
        if end is CaseEndKind.PANIC:
            return crash_title(self.result.detail, self.result.evidence)
        return end.value

    def text(self, call: int) -> JudgedCall:
        """A call, decoded for people."""
        return self.result.calls[call]

    def divergences(self) -> tuple[Divergence, ...]:
        """What diverges."""
        return self.result.divergences


def _expected(program: CallProgram, second: bool) -> Iterator[tuple[int | None, str]]:
    """The calls that a thread makes, with their place in the program."""
    beside = program.beside
    for number, step in enumerate(program.steps):
        if not second and number == beside.start:
            yield from ((None, "thread_create"), (None, "thread_start"))
        if not second and number == beside.stop:
            yield from ((None, "object_wait_one"), (None, "handle_close"))
        if step.second == second:
            yield number, step.name
    if second:
        yield None, "thread_exit"


@dataclass(slots=True)
class _Watcher(Observer):
    """Keeps the results of one boot."""

    begun: Callable[[Running], None]
    results: dict[str, CaseResult] = field(default_factory=dict)
    seen: KernelSeen | None = None

    def started(self, running: Running) -> None:
        self.begun(running)

    def kernel(self, kernel: KernelSeen) -> None:
        self.seen = kernel

    def case(self, result: CaseResult, serial: str) -> None:
        self.results[result.info.name] = result


class Cancellation:
    """Ends the boot in progress on request, and all that would follow; threads may share it."""

    def __init__(self) -> None:
        self.cancelled = False
        self._running: Running | None = None
        self._lock = threading.Lock()

    def cancel(self) -> None:
        """Request it, from any thread."""
        with self._lock:
            self.cancelled = True
            if self._running is not None:
                self._running.kill()

    def begun(self, running: Running) -> None:
        """A boot is in progress."""
        with self._lock:
            self._running = running
            if self.cancelled:
                running.kill()

    def check(self) -> None:
        """Raise MachineError if it was requested."""
        if self.cancelled:
            raise MachineError("the exploration was cancelled")


class Runs(Protocol):
    """What runs programs."""

    @property
    def boots(self) -> int:
        """How many boots there were so far."""

    @property
    def kernel(self) -> KernelSeen | None:
        """What the last boot said of the kernel."""

    def run(self, programs: Sequence[CallProgram]) -> Iterator[tuple[int, Ran]]:
        """Run programs; yields the index and the result of each as its boot ends."""

    def close(self) -> None:
        """End what is kept for the next programs."""


class Executor:
    """Boots a kernel as `setup` says, with programs in the interpreter `built`.

    An emulated machine boots once, and is restored for each batch of programs. `name` is that of
    all boots: each replaces the files of the one before. The serial log of a boot with a crash is
    copied to the folder `crashes`.
    """

    def __init__(
        self,
        setup: Setup,
        built: Built,
        *,
        name: str = NAME,
        crashes: Path | None = None,
        cancellation: Cancellation | None = None,
    ) -> None:
        self.setup = setup
        self.boots = 0
        self.kernel: KernelSeen | None = None
        """What the last boot said of the kernel."""
        self._built = built
        self._name = name
        self._crashes = crashes
        self._cancellation = cancellation or Cancellation()
        self._saved: SavedStart | None = None
        if setup.transport is None and setup.accel == "tcg":
            suite = partial(ExploreSuite, built)
            self._saved = SavedStart(setup.booting, setup.limits, suite, f"{name}-start")

    def close(self) -> None:
        """End the machine that is kept for the next programs."""
        if self._saved is not None:
            self._saved.close()

    def run(self, programs: Sequence[CallProgram]) -> Iterator[tuple[int, Ran]]:
        """Run programs; yields the index and the result of each as its boot ends.

        Raises MachineError if the kernel does not boot, or on a cancellation, and UserError if it
        can't be booted.
        """
        texts = [encode(program) for program in programs]
        left = list(range(len(programs)))
        tries: dict[int, int] = {}
        fruitless = 0
        while left:
            self._cancellation.check()
            now = left[: fits([texts[n] for n in left])]
            if not now:
                raise ValueError("a program does not fit into the guest")
            results, record = self._boot([texts[n] for n in now])
            done = set()
            for place, number in enumerate(now):
                result = results.get(place)
                if result is None:
                    continue
                tries[number] = tries.get(number, 0) + 1
                if result.end is CaseEndKind.LOST and tries[number] < _TRIES:
                    continue
                done.add(number)
                yield number, Ran(programs[number], result)
            fruitless = 0 if done else fruitless + 1
            if fruitless >= _FRUITLESS:
                raise MachineError(
                    f"no program ended in {fruitless} boots: {record.end_text}", record.evidence
                )
            left = [number for number in left if number not in done]

    def _boot(self, texts: Sequence[str]) -> tuple[dict[int, CaseResult], BootRecord]:
        built = with_programs(self._built, texts)
        selected = tuple(range(len(texts)))
        self.boots += 1
        watcher = _Watcher(self._cancellation.begun)
        setup = replace(self.setup, saved=self._saved)
        record = run_boot(setup, Task(built, selected), selected, self._name, watcher)
        self.kernel = watcher.seen or self.kernel
        results = {int(case[1:]): result for case, result in watcher.results.items()}
        crashed = any(r.end.is_machine_fault for r in results.values()) or not results
        self._put_away(self.setup.logs / record.serial, crashed)
        return results, record

    def _put_away(self, log: Path, crashed: bool) -> None:
        """Remove the log of a boot; keep a copy of one that shows what the results do not have."""
        if crashed and self._crashes is not None and log.exists():
            kept = StreamLog.create(self._crashes, self._name)
            with kept:
                kept.append(log.read_bytes(), 0.0)
        for path in (log, log.with_suffix(".times")):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
