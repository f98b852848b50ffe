"""A console played by a script: the shell is ours, each program runs on a stand-in machine.

The stand-in has no shell, so that this one types and answers as Zircon's does on its serial port:
what is typed before it listens is dropped, what is typed after is echoed, kernel log lines come
in between, and a program's bytes are those of a real run of it on a machine of its own.
"""

from __future__ import annotations

import os
import re
import select
import subprocess
import threading
import time
import tty
from contextlib import suppress
from dataclasses import dataclass, field

from zxhil.machine.limits import Limits, Watch
from zxhil.machine.listen import End, EndKind
from zxhil.push.bootfs import Bootfs
from zxhil.push.booting import Booting
from zxhil.push.transport import Job
from zxhil.run.plan import Task

_COMMAND = re.compile(r"/boot/bin/zxhil-(\w+)(?: select=([0-9a-f]+))? nonce=([0-9a-f]+); (echo .*)")

LOG_LINE = b"[00002.446] 01102.01116> devcoord: launch devhost 'devhost:pci'\r\n"
CRASH = (
    b"<== fatal exception: process zxhil[3021] thread initial-thread[3022]\r\n"
    b"<== fatal page fault, PC at 0x1da9ac0a4a43\r\n"
)
PANIC = b"\r\nZIRCON KERNEL PANIC\r\nUPTIME: 5000ms\r\n! "


@dataclass
class Script:
    """What goes wrong. `early`: drop what is typed before the n-th line.

    `torn`: a log line in the middle of the first answer after a program. `crash`, `hang`,
    `panic`: cases, by name, at whose beginning the program (or the kernel) does that, once.
    `deaf`: so many systems never answer; `echo_only`: something else that echoes. `wedge`: what
    is typed before the prompt makes it deaf for good. `fifo`: more bytes at once are lost.
    `panic_early`: the kernel never gets to a shell. Deafness is of one system, not of the next.
    """

    early: int = 0
    torn: bool = False
    crash: str = ""
    hang: str = ""
    panic: str = ""
    deaf: int = 0
    echo_only: bool = False
    wedge: bool = False
    fifo: int = 0
    panic_early: bool = False
    done: set[str] = field(default_factory=set)


class _OffError(Exception):
    """The system was switched off."""


class Console:
    """The console, on a pty; `url` is its device."""

    def __init__(self, booting: Booting, tasks: list[Task], script: Script) -> None:
        self._transport = Bootfs(booting)
        self._tasks = {task.program.name: task for task in tasks}
        self.script = script
        self.typed: list[str] = []
        self.starts = 0
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.url = os.ttyname(self._slave)
        self._runs = 0
        self._hung = threading.Event()
        self._switch, self._switched = os.pipe()
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def restart(self) -> None:
        """Switch it off and on: what hung hangs no more, and what was deaf hears again."""
        self.starts += 1
        self._hung.set()
        os.write(self._switched, b"on")

    def _live(self) -> None:
        while os.read(self._switch, 2) == b"on":
            with suppress(_OffError):
                self._boot()

    def _boot(self) -> None:
        """One system, from its first log line until it is switched off."""
        script = self.script
        while select.select([self._master], [], [], 0)[0]:
            os.read(self._master, 4096)
        self._hung.clear()
        self._say(LOG_LINE * 3)
        if script.panic_early:
            self._say(PANIC)
        deaf = self.starts <= script.deaf
        if select.select([self._master], [], [], 0.5)[0] and script.wedge:
            deaf = True
        if not (deaf or script.echo_only or script.panic_early or script.early):
            self._say(b"$ ")
        buffer = b""
        lines = 0
        while True:
            typed = self._typed_on()
            buffer += typed
            if lines >= script.early and not deaf:
                self._say(typed.replace(b"\r", b""))
            *whole, buffer = buffer.split(b"\r")
            for line in whole:
                lines += 1
                if lines <= script.early or deaf:
                    continue
                if script.echo_only:
                    self._say(b"\r\n")
                    continue
                self.typed.append(line.decode())
                self._say(b"\r\n")
                self._obey(line.decode())
                self._say(b"$ ")

    def _typed_on(self) -> bytes:
        """Read what was typed; a UART whose FIFO is small is polled now and then."""
        if self._switch in select.select([self._master, self._switch], [], [])[0]:
            raise _OffError
        if not self.script.fifo:
            return os.read(self._master, 4096)
        time.sleep(0.02)
        return os.read(self._master, 4096)[: self.script.fifo]

    def _obey(self, line: str) -> None:
        found = _COMMAND.fullmatch(line)
        status = 0
        if found is not None:
            chosen = bytes.fromhex(found[2]) if found[2] else None
            status = self._run(found[1], chosen, int(found[3], 16))
            line = found[4]
        said = subprocess.run(
            ["/bin/sh", "-c", f"(exit {status & 0xFF}); {line}"], capture_output=True, check=False
        ).stdout.replace(b"\n", b"\r\n")
        if self.script.torn and found is not None:
            self.script.torn = False
            said = said[:8] + LOG_LINE + said[8:]
        self._say(said)

    def _run(self, name: str, bitmap: bytes | None, nonce: int) -> int:
        """Run a program, pass its lines on, and return its status; without a choice, all of it."""
        task = self._tasks[name]
        here = [
            i
            for i in task.selected
            if bitmap is None or (i // 8 < len(bitmap) and bitmap[i // 8] >> i % 8 & 1)
        ]
        self._runs += 1
        rest, ours = b"", False
        load = Job(task.program, tuple(here), f"shell{self._runs}", nonce)
        with self._transport.push(load) as running:
            for item in running.listen(Watch(Limits(20, 20, 20))):
                if isinstance(item, bytes):
                    *lines, rest = (rest + item).split(b"\n")
                    for line in lines:
                        # What the machine says of its own start, a shell's child would not say.
                        ours = ours or line.startswith(b"~")
                        if not ours:
                            continue
                        self._say(line + b"\n")
                        if what := self._due(line.strip()):
                            return self._misbehave(what)
                        if line[:1] == b"~" and line[6:7] == b"Z":
                            return 0
                if isinstance(item, End) and item.kind is EndKind.KERNEL:
                    self._say(rest)
                    self._hung.wait(30)
                    raise _OffError
        return 228

    def _due(self, frame: bytes) -> str:
        """What the script wants to happen at the beginning of this case, if not yet done."""
        if frame[6:7] != b"B":
            return ""
        case = frame[7:-8].decode().split()[1]
        for what in ("crash", "hang", "panic"):
            if getattr(self.script, what) == case and what not in self.script.done:
                self.script.done.add(what)
                return what
        return ""

    def _misbehave(self, what: str) -> int:
        if what == "crash":
            self._say(CRASH)
            return 228
        if what == "panic":
            self._say(PANIC)
        self._hung.wait(30)
        raise _OffError

    def _say(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._master, data) :]

    def close(self) -> None:
        self._hung.set()
        os.write(self._switched, b"no")
        self._thread.join(10)
        for descriptor in (self._slave, self._master, self._switch, self._switched):
            os.close(descriptor)
