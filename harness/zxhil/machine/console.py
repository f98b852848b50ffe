"""An interactive console: bytes from stdin to serial and back."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

from zxhil.machine.machine import Machine

ESCAPE = b"\x1d"
ESCAPE_NAME = "Ctrl-]"
_READ_SIZE = 4096
# There is no limit, but a wait needs a timeout.
_LONG = 3600.0


def converse(machine: Machine, source: int, sink: int) -> bool:
    """Pass bytes between the machine and two descriptors.

    Return True when the guest's stream has ended, False when the escape key came. The end of
    `source` does not end it: the guest may print more.
    """
    also: int | None = source
    while True:
        chunk = machine.read(time.monotonic() + _LONG, also)
        if chunk == b"":
            return True
        if chunk is not None:
            _write_all(sink, chunk)
            continue
        if also is None or not _readable(also):
            continue
        typed = os.read(also, _READ_SIZE)
        if not typed:
            also = None
        before, escape, _ = typed.partition(ESCAPE)
        machine.write(before)
        if escape:
            return False


@contextmanager
def raw_terminal(fd: int) -> Iterator[None]:
    """Pass every key on `fd` to the guest, Ctrl-C too, and restore the terminal afterwards.

    A descriptor that is no terminal is left alone.
    """
    if not os.isatty(fd):
        yield
        return
    import termios
    import tty

    before = termios.tcgetattr(fd)
    with _ended_by(signal.SIGTERM), _ended_by(signal.SIGHUP):
        try:
            tty.setraw(fd)
            yield
        finally:
            termios.tcsetattr(fd, termios.TCSADRAIN, before)


@contextmanager
def _ended_by(number: signal.Signals) -> Iterator[None]:
    """Turn a signal into an exception, so that the terminal does not stay raw."""

    def end(received: int, frame: object) -> None:
        raise SystemExit(128 + received)

    before = signal.signal(number, end)
    try:
        yield
    finally:
        signal.signal(number, before)


def _readable(fd: int) -> bool:
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(0))


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
