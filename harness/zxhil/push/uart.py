"""The serial transport: a board starts the program as its first process, we listen.

How the boot image gets to the board is up to its owner: the power command gets its path.
Without a power command, power is controlled externally, and whatever the board runs is accepted.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from zxhil.image.find import Image
from zxhil.machine import scratch
from zxhil.machine.limits import Watch
from zxhil.machine.listen import End, EndKind, follow
from zxhil.machine.monitor import Event, EventKind, Monitor
from zxhil.push.booting import first_process_zbi
from zxhil.push.line import Logged, given_up
from zxhil.push.port import Port, SerialLine, reopened
from zxhil.push.power import PowerSwitch
from zxhil.push.transport import Job

# Interval of checks of a silent line while the board may still be off.
_SLICE = 0.5


@dataclass(frozen=True, slots=True)
class Board:
    """A board on a cable. With `power` and `image`, each push has a separate boot image."""

    port: Port
    logs: Path
    zbis: Path
    power: PowerSwitch | None = None
    image: Image | None = None
    words: tuple[str, ...] = ()


class Uart:
    """One board, one program at a time; the port stays open from push to push."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self._line: SerialLine | None = None
        self._was_open = False
        self._busy = threading.Lock()

    @property
    def name(self) -> str:
        """The image, if one is given, and the port."""
        image = f"{self.board.image.name} on " if self.board.image else ""
        return f"{image}{self.board.port.name}"

    @property
    def parallelism(self) -> int | None:
        """One: a board runs one program at a time."""
        return 1

    @contextmanager
    def push(self, load: Job) -> Iterator[_Attached]:
        """Hand over the boot image and power on the board, if possible."""
        with self._busy, Logged(self.board.logs, load.name) as log:
            line, command = self.begin(load)
            attached = _Attached(self, line, log, command, self.nonce(load))
            yield attached
            if attached.cut:
                self.close()

    def nonce(self, load: Job) -> int | None:
        """The program's nonce; None where the boot image is not ours."""
        return load.nonce if self.board.power and self.board.image else None

    def begin(self, load: Job) -> tuple[SerialLine, tuple[str, ...]]:
        """Open the port and start the program; return it, and the command to do so by hand."""
        line = self._opened()
        if self.board.power is None:
            return line, line.command
        return line, self._cycle(self.board.power, load, line)

    def close(self) -> None:
        """Close the port."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def reopened(self) -> SerialLine:
        """Reopen the port. Raises as opening does if it does not return."""
        self.close()
        return self._opened()

    def _opened(self) -> SerialLine:
        """The port; one that disappeared (a USB adapter powered by the board) may return."""
        if self._line is None:
            port = self.board.port
            self._line = reopened(port) if self._was_open else SerialLine(port)
            self._was_open = True
        return self._line

    def _cycle(self, power: PowerSwitch, load: Job, line: SerialLine) -> tuple[str, ...]:
        variables = {
            "ZXHIL_PROGRAM": load.program.name,
            "ZXHIL_ARCH": load.program.arch.value,
            "ZXHIL_SERIAL": self.board.port.url,
        }
        if self.board.image is not None:
            zbi = self.board.zbis / f"{load.name}.zbi"
            scratch.write(zbi, first_process_zbi(self.board.image, load, self.board.words))
            variables |= {"ZXHIL_ZBI": str(zbi), "ZXHIL_KERNEL": str(self.board.image.kernel)}
        line.drain()
        power.cycle(variables)
        return (
            "env",
            *(f"{key}={value}" for key, value in variables.items()),
            "sh",
            "-c",
            power.command,
        )


class _Attached:
    """The line while waiting for one program and while it runs."""

    def __init__(
        self,
        transport: Uart,
        line: SerialLine,
        log: Logged,
        command: tuple[str, ...],
        nonce: int | None,
    ) -> None:
        self.nonce = nonce
        self._transport = transport
        self._line = line
        self._log = log
        self.command = command
        self.cut = False
        self._heard = False
        self._killed = False
        self._waiting = b""
        self._passed_on = 0
        self._begun_at: int | None = None

    @property
    def log_path(self) -> Path:
        return self._log.path

    def listen(self, watch: Watch) -> Iterator[bytes | Event | End]:
        if self._transport.board.power is not None:
            yield from self._judged(watch, Monitor())
            return
        earlier: End | None = None
        monitor, since = Monitor(), 0
        while True:
            for item in self._judged(watch, monitor):
                if isinstance(item, End):
                    if self._is_earlier(item, since):
                        # The user has not started the board yet.
                        earlier, (monitor, fed) = item, _after(item)
                        since = self._passed_on - fed
                        break
                    yield earlier if earlier and watch.booting else item
                    return
                yield item
                if isinstance(item, bytes):
                    self._passed_on += len(item)
                    if self._begun_at is None and not watch.booting:
                        self._begun_at = self._passed_on - len(item)

    def _is_earlier(self, end: End, since: int) -> bool:
        """Did this kernel fail before our program began? Then it is not this program's failure."""
        if end.kind is not EndKind.KERNEL or end.event is None:
            return False
        return self._begun_at is None or since + end.event.offset < self._begun_at

    def _judged(self, watch: Watch, monitor: Monitor) -> Iterator[bytes | Event | End]:
        """Follow the line; silence after an exception is the end of the first process."""
        exception: Event | None = None
        for item in follow(lambda end: self._read(end, watch), self._end, watch, monitor):
            match item:
                case bytes() if b"\n~" in item:
                    exception = None
                case Event(EventKind.EXCEPTION):
                    exception = item
                case End(EndKind.LIMIT) if exception is not None:
                    # A serial line does not show whether its board is off.
                    text = f"the process was terminated by an exception; {item.text}"
                    item = End(EndKind.EXITED, text, exception.text)
            yield item

    def _read(self, deadline: float, watch: Watch) -> bytes | None:
        if self._waiting or (self._transport.board.power is None and watch.booting):
            return self._read_line(deadline, watch)
        return self._read_chunk(deadline, watch)

    def _read_line(self, deadline: float, watch: Watch) -> bytes | None:
        """Pass on line by line, to separate what preceded the program's first line."""
        if not self._waiting:
            chunk = self._read_chunk(deadline, watch)
            if not chunk:
                return chunk
            self._waiting = chunk
        if not watch.booting:
            line, self._waiting = self._waiting, b""
            return line
        line, end, self._waiting = self._waiting.partition(b"\n")
        return line + end

    def _read_chunk(self, deadline: float, watch: Watch) -> bytes | None:
        while not self._killed:
            # A board that is still off is silent; that is not its fault.
            chunk = self._line.read(min(deadline, time.monotonic() + _SLICE))
            if chunk == b"" and not self._heard and self._transport.board.power is not None:
                # The board powers the port's adapter, so the port returns with it.
                self._line = self._transport.reopened()
                continue
            if chunk == b"":
                self.cut = True
            if chunk is not None:
                self._heard = True
                return self._log.keep(chunk)
            if not self._heard or (watch.booting and self._transport.board.power is None):
                watch.heard()
            if time.monotonic() >= deadline:
                return None
        return b""

    def finish(self) -> None:
        """Leave the board as it is: the next push or the user power-cycles it."""

    def kill(self) -> None:
        self._killed = True

    def _end(self) -> End:
        return given_up() if self._killed else self._line.ended()


def _after(end: End) -> tuple[Monitor, int]:
    """A monitor for what follows, and how much it was fed, so a reboot is counted once."""
    monitor, banner = Monitor(), b""
    if end.event is not None and end.event.kind is EventKind.REBOOT:
        banner = end.event.text.encode() + b"\n"
        monitor.feed(banner)
    return monitor, len(banner)
