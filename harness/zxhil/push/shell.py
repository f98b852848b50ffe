"""A shell on a serial line: a handshake, commands, and their answers.

Every answer carries a nonce that is typed split in two (``zx'hil-4f3a'``), so that the echo of the
command is never taken for the answer. Kernel log lines may interleave anywhere: a torn answer is
requested again.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from zxhil.counts import counted
from zxhil.errors import MachineError
from zxhil.machine.monitor import Event, Monitor

if TYPE_CHECKING:
    from zxhil.push.line import DuplexStream

# A running shell answers within milliseconds; one that is still starting is asked again.
ASK_AGAIN = 1.0
# The end of a silent program, or one whose last line was torn, is detected by asking the shell.
PROBE_AFTER = 2.0
# A booting system that has been silent this long is asked even if it has shown no prompt.
QUIET = 5.0
_PROMPT = re.compile(rb"(?:^|[\r\n])[$#>] ")
_ENTER = b"\r"
_LONGEST = 64
# The FIFO of a 16550A, and of a PL011.
_PIECE = 16
_ECHO_SECONDS = 0.1
# How much input is kept while waiting for the shell.
_MOST = 64 << 20

Hear = Callable[[float], bytes | None]


class NoAnswerError(Exception):
    """No shell answered in time; `asked` is how often it was asked."""

    def __init__(self, asked: int) -> None:
        super().__init__(f"asked {counted(asked, 'time')}")
        self.asked = asked


class KernelFailedError(Exception):
    """The kernel failed (`event` is its failure), or the line ended, before the shell answered."""

    def __init__(self, event: Event | None = None) -> None:
        super().__init__(event.text if event else "the line ended")
        self.event = event


class Shell:
    """The dialogue with one shell. Input that was read but not yet taken is in `heard`.

    `heard` has the bytes and the kernel's events in order.
    """

    def __init__(self, line: DuplexStream, monitor: Monitor) -> None:
        self.line = line
        self.monitor = monitor
        self.heard: list[bytes | Event] = []
        self._size = 0

    def await_prompt(self, deadline: float, quiet: float = QUIET) -> None:
        """Type nothing until a prompt appears, or a system that has printed something goes silent.

        Bytes sent before a kernel has set up its UART are not just lost: on QEMU's PL011
        Zircon of 2018 never receives another one after them. A prompt torn by a log line, or in
        another form, costs only the wait; the handshake decides.
        Raises KernelFailedError if no prompt can come.
        """
        from pexpect.exceptions import TIMEOUT

        from zxhil.push.expect import Expecting

        spawn = Expecting(self.hear)
        while (left := deadline - time.monotonic()) > 0:
            before = len(self.heard)
            try:
                spawn.expect(_PROMPT, timeout=min(quiet, left))
            except TIMEOUT:
                if self.heard and len(self.heard) == before:
                    return
            else:
                return

    def greet(self, deadline: float, ask_again: float = ASK_AGAIN) -> None:
        """Ask until the shell has answered the latest question.

        Raises NoAnswerError at the deadline (monotonic), KernelFailedError if none can come.
        """
        from pexpect.exceptions import TIMEOUT

        from zxhil.push.expect import Expecting

        spawn = Expecting(self.hear)
        asked = 0
        nonces: list[str] = []
        while time.monotonic() < deadline:
            nonces.append(self.ask())
            asked += 1
            wait = min(ask_again, max(0.01, deadline - time.monotonic()))
            try:
                spawn.expect(re.compile(answer(nonces[-1])), timeout=wait)
            except TIMEOUT:
                continue
            return
        raise NoAnswerError(asked)

    def ask(self, hear: Hear | None = None) -> str:
        """Type a question; return the nonce that its answer will carry.

        Input that arrives meanwhile is read by `hear`, by default :meth:`hear`.
        """
        nonce = secrets.token_hex(4)
        self._type(f"echo zx'hil-{nonce}'", hear or self.hear)
        return nonce

    def start(self, command: str) -> Answers:
        """Type a command; the result detects its end."""
        nonce = secrets.token_hex(4)
        self._type(f"{command}; echo zx'hil-{nonce}'=$?", self.hear)
        return Answers(nonce)

    def hear(self, deadline: float) -> bytes | None:
        """Read the line into `heard`. Raises KernelFailedError."""
        chunk = self.line.read(deadline)
        if chunk is None:
            return None
        if not chunk:
            raise KernelFailedError
        self.heard.append(chunk)
        self._size += len(chunk)
        if self._size > _MOST:
            raise MachineError(f"more than {_MOST >> 20} MiB arrived before the shell answered")
        for event in self.monitor.feed(chunk):
            self.heard.append(event)
            if event.kind.ends_machine:
                raise KernelFailedError(event)
        return chunk

    def _type(self, text: str, hear: Hear) -> None:
        """Type no faster than the echo: bytes beyond a UART's FIFO may be lost.

        An echo torn by a log line costs only a short delay.
        """
        data = text.encode("ascii")
        for start in range(0, len(data), _PIECE):
            piece = data[start : start + _PIECE]
            self.line.write(piece)
            end = time.monotonic() + _ECHO_SECONDS
            echoed = b""
            while piece not in echoed and (chunk := hear(end)):
                echoed += chunk
        self.line.write(_ENTER)

    def take(self) -> list[bytes | Event]:
        """Return and clear `heard`."""
        heard, self.heard, self._size = self.heard, [], 0
        return heard


def answer(nonce: str) -> bytes:
    """The pattern of the answer to a question, with the command's status if it has one."""
    return rb"zxhil-" + nonce.encode() + rb"(?:=(-?\d+))?[\r\n]"


class Answers:
    """Detects the end of a command in output that arrives in pieces of any size."""

    def __init__(self, nonce: str) -> None:
        self._patterns = [re.compile(answer(nonce))]
        self._tail = b""
        self.ended = False
        self.status: int | None = None
        """The command's exit status, if the answer that carries it arrived."""

    def also(self, nonce: str) -> None:
        """Accept an answer to a later question as the end, too."""
        self._patterns.append(re.compile(answer(nonce)))

    def feed(self, data: bytes) -> None:
        """Take the next bytes."""
        text = self._tail + data
        if b"zxhil-" in text:
            for pattern in self._patterns:
                found = pattern.search(text)
                if found is not None:
                    self.ended = True
                    self.status = int(found[1]) if found[1] is not None else self.status
        self._tail = text[-_LONGEST:]
