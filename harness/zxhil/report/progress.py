"""Progress of a run: a live display on a terminal, one line per case in a log."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.redraw import RedrawnLines
from zxhil.report.terminal import Style
from zxhil.run.listener import Listener
from zxhil.run.plan import Task
from zxhil.run.record import BootRecord

#: Seconds between two drawings of the live display.
_PERIOD = 0.1
#: Seconds between updates of the clock while nothing happens.
_TICK = 0.5
#: Seconds after which the time that a machine spends in a case is shown.
_LONG = 1.0
#: Fraction of cases that must be done before the remaining time is estimated.
_ESTIMATE_FROM = 0.05


class Progress(Listener):
    """A listener that is closed when the run is over."""

    def close(self) -> None:
        """The run is over."""


class Silent(Progress):
    """Shows nothing."""


ProgramCases = Mapping[tuple[str, str], int]
"""How many results are expected, by architecture and program."""


class Lines(Progress):
    """For logs: a line for each finished program and for each case that ended badly.

    With `verbose`, one for each case. `total` results of `programs` programs are expected.
    """

    def __init__(
        self,
        stream: TextIO,
        total: int,
        style: Style,
        verbose: bool,
        programs: ProgramCases | None = None,
    ) -> None:
        self._stream = stream
        self._total = total
        self._style = style
        self._verbose = verbose
        self._programs = programs or {}
        self._ended: dict[tuple[str, str], Counter[CaseEndKind]] = {}
        self._done = 0
        self._lock = threading.Lock()

    def case(self, result: CaseResult) -> None:
        """Write the case's line, and that of its program if this finishes it."""
        program = result.arch, result.info.program
        with self._lock:
            self._done += 1
            ended = self._ended.setdefault(program, Counter())
            ended[result.end] += 1
            if self._verbose or not result.end.is_clean:
                self._write(case_line(result, self._style, self._verbose))
            if ended.total() == self._programs.get(program):
                counts = ", ".join(f"{ended[end]} {end.value}" for end in CaseEndKind if ended[end])
                self._write(f"{result.info.program} on {result.arch}: {counts}")

    def _write(self, line: str) -> None:
        count = f"[{self._done:>{len(str(self._total))}}/{self._total}]"
        self._stream.write(f"{count} {line}\n")
        self._stream.flush()

    def boot(self, record: BootRecord) -> None:
        """With -v, write the boot's line as well."""
        if self._verbose:
            with self._lock:
                self._stream.write(boot_line(record) + "\n")
                self._stream.flush()


def case_line(result: CaseResult, style: Style, verbose: bool) -> str:
    """One case on one line: what is wrong with it, and with `verbose` how many calls it made."""
    line = f"{style(result.end.value, result.end.style)} {result.id} on {result.arch}"
    if verbose:
        line += f", {len(result.calls)} call{'' if len(result.calls) == 1 else 's'}"
    why = result.detail
    if result.divergences:
        first = result.divergences[0]
        about = f" ({first.blamed[0]})" if first.blamed else ""
        why = f"{first.kind.value}{about}: {first.text}"
    shown = why and (verbose or not result.end.is_clean)
    return f"{line}: {_plain(why)}" if shown else line


def boot_line(record: BootRecord) -> str:
    """One boot on one line."""
    return (
        f"boot of {record.program} on {record.arch}: {_plain(record.end_text)}, "
        f"first line after {record.first_line:.2f} s, {record.seconds:.2f} s in all"
    )


@dataclass(slots=True)
class _Machine:
    """A running machine: its cases, and how many of them have ended.

    `since` is when its current activity began.
    """

    program: tuple[str, str]
    cases: list[str]
    since: float
    done: int = 0
    started: bool = False

    def line(self, now: float) -> str:
        """Its current activity. Cases run in the table's order, so the current one is the next."""
        what = "ending" if self.done == len(self.cases) else "booting"
        if self.done < len(self.cases) and (self.started or self.done):
            what = self.cases[self.done]
        seconds = now - self.since
        long = f", for {seconds:.0f} s" if seconds >= _LONG else ""
        return f"{self.done}/{len(self.cases)}  {what}{long}"


class Live(Progress):
    """A live display: each machine with its case, and the totals.

    Cases that end badly are printed above it; with `verbose`, all are. A thread updates its clock
    every `tick` seconds, until `close`.
    """

    def __init__(
        self,
        stream: TextIO,
        total: int,
        style: Style,
        verbose: bool,
        clock: Callable[[], float] = time.monotonic,
        tick: float = _TICK,
    ) -> None:
        self._total = total
        self._style = style
        self._verbose = verbose
        self._clock = clock
        self._started = clock()
        self._drawn_at = float("-inf")
        self._machines: dict[str, _Machine] = {}
        self._done = self._divergences = self._faults = 0
        self._shown = RedrawnLines(stream, self._lines, tick)

    def booting(self, name: str, task: Task, selected: Sequence[int]) -> None:
        """Show a machine."""
        names = {case.index: case.name for case in task.program.cases}
        with self._shown.lock:
            program = task.program.arch.value, task.program.name
            cases = [names[index] for index in selected]
            self._machines[name] = _Machine(program, cases, self._clock())
            self._draw()

    def began(self, arch: str, program: str, case: str) -> None:
        """Show the case that runs now."""
        with self._shown.lock:
            machine = self._machine_at((arch, program), case)
            if machine is not None:
                machine.done = machine.cases.index(case)
                machine.started = True
                machine.since = self._clock()
            self._draw()

    def case(self, result: CaseResult) -> None:
        """Count a case."""
        with self._shown.lock:
            self._done += 1
            self._divergences += len(result.divergences)
            self._faults += result.end.is_machine_fault
            machine = self._machine_at((result.arch, result.info.program), result.info.name)
            if machine is not None:
                # Not just one more: a damaged case has no result and runs again in another boot.
                machine.done = machine.cases.index(result.info.name) + 1
                machine.since = self._clock()
            if self._verbose or not result.end.is_clean:
                self._shown.above.append(case_line(result, self._style, self._verbose))
            self._draw()

    def boot(self, record: BootRecord) -> None:
        """Remove a machine."""
        with self._shown.lock:
            self._machines.pop(self._name_of(record), None)
            self._draw()

    def close(self) -> None:
        """Remove the display; the lines above it stay."""
        self._shown.close()

    def _name_of(self, record: BootRecord) -> str:
        """The name of a boot's machine: that of its log, unless already used."""
        name = record.serial.removesuffix(".serial")
        program = record.arch, record.program
        same = (each for each, machine in self._machines.items() if machine.program == program)
        return name if name in self._machines else next(same, name)

    def _machine_at(self, program: tuple[str, str], name: str) -> _Machine | None:
        """The machine that runs this case: a program may be split over several."""
        left = (
            machine
            for machine in self._machines.values()
            if machine.program == program and name in machine.cases[machine.done :]
        )
        return next(left, None)

    def _draw(self) -> None:
        now = self._clock()
        if now - self._drawn_at >= _PERIOD:
            self._drawn_at = now
            self._shown.draw()

    def _lines(self) -> list[str]:
        now = self._clock()
        seconds = now - self._started
        machines = [(" ".join(m.program), m.line(now)) for m in self._machines.values()]
        width = max((len(name) for name, _ in machines), default=0)
        lines = [f"{name:<{width}}  {line}" for name, line in machines]
        left = ""
        if self._total * _ESTIMATE_FROM <= self._done < self._total:
            left = f", about {seconds / self._done * (self._total - self._done):.0f} s left"
        lines.append(
            f"{self._done}/{self._total} cases, divergences: {self._divergences}, "
            f"faults: {self._faults}, {seconds:.0f} s{left}"
        )
        return lines


def _plain(text: str) -> str:
    """One line without control sequences."""
    return "".join(char if char.isprintable() else " " for char in text)
