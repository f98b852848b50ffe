"""The same boots with no zxhil: QEMU started, its stream read away, killed at the same end.

The end is the last frame of the trace, or QEMU's own. Reads are put off as the harness puts them
off, so that QEMU is woken as seldom; nothing is logged, looked at or judged.
"""

from __future__ import annotations

import os
import re
import resource
import select
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from zxhil.machine.boot import Boot, Channels, command
from zxhil.machine.machine import COALESCE

_END = re.compile(rb"~[0-9a-f]{5}Z[0-9a-f ]+\r?\n")
_FIRST = re.compile(rb"~[0-9a-f]{5}V")
_TAIL = 512


class Bare(NamedTuple):
    """Seconds of one boot: to the first byte, to the trace's first line, to the end; and of CPU."""

    first_byte: float
    first_line: float
    seconds: float
    cpu: float


def boot_bare(boot: Boot) -> Bare:
    """One boot, to the end of its trace."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory(prefix="zb-", dir="/tmp") as folder:
        channels = Channels(Path(folder) / "serial", Path(folder) / "qmp")
        fds = [_fifo(channels.serial, name) for name in (".out", ".in")]
        argv = _without_qmp(command(boot, channels))
        began = time.monotonic()
        qemu = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            first_byte, first_line = _read(fds[0], qemu, began)
        finally:
            qemu.kill()
            qemu.wait()
            for fd in fds:
                os.close(fd)
    seconds = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Bare(first_byte, first_line, seconds, cpu)


def start_and_quit(boot: Boot) -> float:
    """Seconds that QEMU takes to make the machine and to end, with no guest instruction run."""
    argv = [*command(boot, None), "-S"]
    argv[argv.index("mon:stdio")] = "null"
    argv += ["-monitor", "stdio"]
    began = time.monotonic()
    subprocess.run(argv, input=b"quit\n", capture_output=True, check=False)
    return time.monotonic() - began


def _read(stream: int, qemu: subprocess.Popen[bytes], began: float) -> tuple[float, float]:
    poll = select.poll()
    poll.register(stream, select.POLLIN)
    tail, first_byte, first_line, last = b"", 0.0, 0.0, 0.0
    while True:
        if not poll.poll(30_000):
            raise RuntimeError("a bare boot brought nothing for 30 s")
        now = time.monotonic()
        if last + COALESCE > now:
            time.sleep(last + COALESCE - now)
        data = os.read(stream, 1 << 16)
        last = time.monotonic()
        if not data:
            return first_byte, first_line
        first_byte = first_byte or last - began
        tail += data
        if not first_line and _FIRST.search(tail):
            first_line = last - began
        if _END.search(tail):
            return first_byte, first_line
        tail = tail[-_TAIL:]


def _fifo(serial: Path, suffix: str) -> int:
    path = f"{serial}{suffix}"
    os.mkfifo(path)
    return os.open(path, (os.O_RDONLY if suffix == ".out" else os.O_RDWR) | os.O_NONBLOCK)


def _without_qmp(argv: Sequence[str]) -> list[str]:
    kept, words = [], iter(argv)
    for word in words:
        if word == "-mon":
            next(words)
        elif word == "-chardev":
            value = next(words)
            kept += [] if value.startswith("socket,") else [word, value]
        else:
            kept.append(word)
    return kept
