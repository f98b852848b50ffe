"""Lines at the end of a terminal's output that are drawn again and again."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TextIO

# Up n lines to the first column, and clear from there to the end of the screen.
_REWIND = "\x1b[{}F\x1b[J"


class RedrawnLines:
    """The lines that `lines` returns, drawn over every `tick` seconds until `close`.

    Hold `lock` to call `draw` and `erase`, and to change what `lines` reads. Both raise OSError or
    ValueError if the terminal is gone; the thread that draws then ends.
    """

    def __init__(self, stream: TextIO, lines: Callable[[], Sequence[str]], tick: float) -> None:
        self.lock = threading.Lock()
        #: Lines that the next drawing puts above the others, where they stay.
        self.above: list[str] = []
        self._stream = stream
        self._lines = lines
        self._height = 0
        self._closed = threading.Event()
        self._ticker = threading.Thread(target=self._tick, args=(tick,), daemon=True)
        # If the host has no more threads, the display is only updated by events.
        with suppress(RuntimeError):
            self._ticker.start()

    def draw(self) -> None:
        """Draw the lines."""
        self._write(self._lines())

    def erase(self) -> None:
        """Remove the lines until they are drawn again; those of `above` stay."""
        self._write(())

    def close(self) -> None:
        """Remove the lines for good."""
        self._closed.set()
        if self._ticker.ident is not None:
            self._ticker.join()
        with self.lock:
            self.erase()

    def _tick(self, tick: float) -> None:
        while not self._closed.wait(tick):
            with self.lock:
                try:
                    self.draw()
                except (OSError, ValueError):
                    return

    def _write(self, lines: Sequence[str]) -> None:
        columns = shutil.get_terminal_size().columns
        text = _REWIND.format(self._height) if self._height else ""
        text += "".join(f"{line}\n" for line in self.above)
        text += "".join(f"{line[: columns - 1]}\n" for line in lines)
        self._height = len(lines)
        self.above.clear()
        self._stream.write(text)
        self._stream.flush()
