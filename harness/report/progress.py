"""How a run gets on: a live display on a terminal, one line per case in a log."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TextIO

from harness.oracle.results import CaseEndKind, CaseResult
from harness.report.terminal import Style
from harness.run.plan import Task
from harness.run.record import BootRecord
from harness.run.session import Listener

#: Seconds between two drawings of the live display.
_PERIOD = 0.1
#: The part of all cases that must be done before the time left is worth telling.
_TELLING = 0.05
# Up n lines to the first column, and clear from there to the end of the screen.
_REWIND = "\x1b[{}F\x1b[J"

_GOOD = (CaseEndKind.PASSED, CaseEndKind.SKIPPED)


class Progress(Listener):
    """A listener that is closed when the run is over."""

    def close(self) -> None:
        """The run is over."""


class Silent(Progress):
    """Shows nothing."""


class Lines(Progress):
    """One line per case, as it ends: for logs."""

    def __init__(self, stream: TextIO, total: int, style: Style, verbose: bool) -> None:
        self._stream = stream
        self._total = total
        self._style = style
        self._verbose = verbose
        self._done = 0
        self._lock = threading.Lock()

    def case(self, result: CaseResult) -> None:
        """Write the case's line."""
        with self._lock:
            self._done += 1
            count = f"[{self._done:>{len(str(self._total))}}/{self._total}]"
            line = case_line(result, self._style, self._verbose)
            self._stream.write(f"{count} {line}\n")
            self._stream.flush()

    def boot(self, record: BootRecord) -> None:
        """With -v, tell of the boot, too."""
        if self._verbose:
            with self._lock:
                self._stream.write(boot_line(record) + "\n")
                self._stream.flush()


def case_line(result: CaseResult, style: Style, verbose: bool) -> str:
    """One case on one line: what is wrong with it, and with `verbose` how many calls it made."""
    what = {CaseEndKind.PASSED: "good", CaseEndKind.SKIPPED: "dim"}.get(result.end, "bad")
    line = f"{style(result.end.value, what)} {result.id} on {result.arch}"
    if verbose:
        line += f", {len(result.calls)} call{'' if len(result.calls) == 1 else 's'}"
    why = result.detail
    if result.divergences:
        first = result.divergences[0]
        about = f" ({first.blamed[0]})" if first.blamed else ""
        why = f"{first.kind.value}{about}: {first.text}"
    shown = why and (verbose or result.end not in _GOOD)
    return f"{line}: {_plain(why)}" if shown else line


def boot_line(record: BootRecord) -> str:
    """One boot on one line."""
    return (
        f"boot of {record.program} on {record.arch}: {_plain(record.end_text)}, "
        f"first line after {record.first_line:.2f} s, {record.seconds:.2f} s in all"
    )


@dataclass(slots=True)
class _Machine:
    """A machine that runs: the cases that it was given, and how many of them have ended."""

    cases: list[str]
    done: int = 0

    def line(self) -> str:
        """What it is doing. Cases run in the table's order, so the current one is the next."""
        count = f"{self.done}/{len(self.cases)}"
        if self.done == len(self.cases):
            return f"{count}  ending"
        return f"{count}  {self.cases[self.done] if self.done else 'booting'}"


class Live(Progress):
    """A display that is drawn over: each machine with its case, and the sums.

    Cases that end badly stay above it; with `verbose` all do.
    """

    def __init__(
        self,
        stream: TextIO,
        total: int,
        style: Style,
        verbose: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream = stream
        self._total = total
        self._style = style
        self._verbose = verbose
        self._clock = clock
        self._started = clock()
        self._drawn_at = float("-inf")
        self._height = 0
        self._machines: dict[tuple[str, str], _Machine] = {}
        self._above: list[str] = []
        self._done = self._divergences = self._faults = 0
        self._lock = threading.Lock()

    def booting(self, name: str, task: Task, selected: Sequence[int]) -> None:
        """Show a machine."""
        names = {case.index: case.name for case in task.program.cases}
        with self._lock:
            machine = _Machine([names[index] for index in selected])
            self._machines[task.program.arch.value, task.program.name] = machine
            self._draw()

    def case(self, result: CaseResult) -> None:
        """Count a case."""
        with self._lock:
            self._done += 1
            self._divergences += len(result.divergences)
            self._faults += result.end.is_machine_fault
            machine = self._machines.get((result.arch, result.info.program))
            if machine is not None:
                machine.done = min(machine.done + 1, len(machine.cases))
            if self._verbose or result.end not in _GOOD:
                self._above.append(case_line(result, self._style, self._verbose))
            self._draw()

    def boot(self, record: BootRecord) -> None:
        """Take a machine off."""
        with self._lock:
            self._machines.pop((record.arch, record.program), None)
            self._draw()

    def close(self) -> None:
        """Take the display away; the lines above it stay."""
        with self._lock:
            self._write([])

    def _draw(self) -> None:
        now = self._clock()
        if now - self._drawn_at >= _PERIOD:
            self._drawn_at = now
            self._write(self._lines(now - self._started))

    def _lines(self, seconds: float) -> list[str]:
        width = max((len(f"{arch} {name}") for arch, name in self._machines), default=0)
        lines = [
            f"{f'{arch} {name}':<{width}}  {machine.line()}"
            for (arch, name), machine in self._machines.items()
        ]
        left = ""
        if self._total * _TELLING <= self._done < self._total:
            left = f", about {seconds / self._done * (self._total - self._done):.0f} s left"
        lines.append(
            f"{self._done}/{self._total} cases, divergences: {self._divergences}, "
            f"faults: {self._faults}, {seconds:.0f} s{left}"
        )
        return lines

    def _write(self, lines: list[str]) -> None:
        columns = shutil.get_terminal_size().columns
        text = _REWIND.format(self._height) if self._height else ""
        text += "".join(f"{line}\n" for line in self._above)
        text += "".join(f"{line[: columns - 1]}\n" for line in lines)
        self._height = len(lines)
        self._above.clear()
        self._stream.write(text)
        self._stream.flush()


def _plain(text: str) -> str:
    """One line, in which nothing steers the terminal."""
    return "".join(char if char.isprintable() else " " for char in text)
