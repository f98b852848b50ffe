"""A live display of a bisection: what each worker is doing, and what its command prints."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from zxhil.plain import plain
from zxhil.redraw import RedrawnLines

#: Seconds between two drawings.
_TICK = 0.5
#: Bytes at the end of a command's output that are searched for its last line.
_TAIL = 2048


@dataclass(frozen=True, slots=True)
class _Work:
    label: str
    phase: str
    folder: Path
    since: float


class BisectDisplay:
    """A display that shows nothing; base class of `LiveDisplay`."""

    def works(self, bench: int, label: str, phase: str, folder: Path) -> None:
        """A worker begins "building" or "testing"; its output goes to `folder`."""

    def rests(self, bench: int) -> None:
        """A worker has nothing to do."""

    def say(self, text: str) -> None:
        """Print lines that stay, on standard output."""
        print(text, flush=True)

    def close(self) -> None:
        """The bisection is over."""


class LiveDisplay(BisectDisplay):
    """Two lines for each worker, drawn over every `tick` seconds until `close`."""

    def __init__(
        self,
        stream: TextIO,
        clock: Callable[[], float] = time.monotonic,
        tick: float = _TICK,
    ) -> None:
        self._clock = clock
        self._works: dict[int, _Work] = {}
        self._shown = RedrawnLines(stream, self._lines, tick)

    def works(self, bench: int, label: str, phase: str, folder: Path) -> None:
        """Show what a worker begins."""
        with self._shown.lock:
            self._works[bench] = _Work(label, phase, folder, self._clock())
            self._draw()

    def rests(self, bench: int) -> None:
        """Remove a worker's lines."""
        with self._shown.lock:
            self._works.pop(bench, None)
            self._draw()

    def say(self, text: str) -> None:
        """Print lines above the display (which is on stderr)."""
        with self._shown.lock:
            with suppress(OSError, ValueError):
                self._shown.erase()
            super().say(text)
            self._draw()

    def close(self) -> None:
        """Remove the display."""
        with suppress(OSError, ValueError):
            self._shown.close()

    def _draw(self) -> None:
        # If the terminal is gone, the thread that reports the tests will notice.
        with suppress(OSError, ValueError):
            self._shown.draw()

    def _lines(self) -> list[str]:
        lines = []
        now = self._clock()
        for _, work in sorted(self._works.items()):
            lines.append(f"{work.phase} {work.label}, for {now - work.since:.0f} s")
            if last := last_line(work.folder):
                lines.append(f"  | {last}")
        return lines


def last_line(folder: Path) -> str:
    """The last line that a command has printed so far (see `zxhil.bisect.process.run`)."""
    newest, found = -1, ""
    for name in ("stdout", "stderr"):
        try:
            with (folder / name).open("rb") as file:
                state = os.fstat(file.fileno())
                file.seek(max(0, state.st_size - _TAIL))
                lines = plain(file.read(_TAIL)).split("\n")
        except OSError:
            continue
        lines = [line.strip() for line in lines if line.strip()]
        if lines and state.st_mtime_ns > newest:
            newest, found = state.st_mtime_ns, lines[-1]
    return found
