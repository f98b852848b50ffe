"""A live display of a bisection: what each worker is doing, and what its command prints."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from zxhil.plain import plain

#: Seconds between two drawings.
_TICK = 0.5
#: Bytes at the end of a command's output that are searched for its last line.
_TAIL = 2048
# Up n lines to the first column, and clear from there to the end of the screen.
_REWIND = "\x1b[{}F\x1b[J"


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
        self._stream = stream
        self._clock = clock
        self._height = 0
        self._works: dict[int, _Work] = {}
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._ticker = threading.Thread(target=self._go_on, args=(tick,), daemon=True)
        # A host that gives no more threads gets a display that stands still in between.
        with suppress(RuntimeError):
            self._ticker.start()

    def works(self, bench: int, label: str, phase: str, folder: Path) -> None:
        """Show what a worker begins."""
        with self._lock:
            self._works[bench] = _Work(label, phase, folder, self._clock())
            self._draw()

    def rests(self, bench: int) -> None:
        """Remove a worker's lines."""
        with self._lock:
            self._works.pop(bench, None)
            self._draw()

    def say(self, text: str) -> None:
        """Print lines above the display (which is on stderr)."""
        with self._lock:
            self._write([])
            super().say(text)
            self._draw()

    def close(self) -> None:
        """Remove the display."""
        self._closed.set()
        if self._ticker.ident is not None:
            self._ticker.join()
        with self._lock:
            self._write([])

    def _go_on(self, tick: float) -> None:
        while not self._closed.wait(tick):
            with self._lock:
                self._draw()

    def _draw(self) -> None:
        lines = []
        now = self._clock()
        for _, work in sorted(self._works.items()):
            lines.append(f"{work.phase} {work.label}, for {now - work.since:.0f} s")
            if last := last_line(work.folder):
                lines.append(f"  | {last}")
        self._write(lines)

    def _write(self, lines: list[str]) -> None:
        columns = shutil.get_terminal_size().columns
        text = _REWIND.format(self._height) if self._height else ""
        text += "".join(f"{line[: columns - 1]}\n" for line in lines)
        self._height = len(lines)
        # If the terminal is gone, the thread that reports the tests will notice.
        with suppress(OSError, ValueError):
            self._stream.write(text)
            self._stream.flush()


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
