"""A shell on a serial line: awaited by a handshake, given commands, its answers told apart.

Every answer carries a nonce that is typed broken in two (``zx'hil-4f3a'``), so that the echo of
what was typed is never taken for the answer. Kernel log lines may come in between anywhere: an
answer that was torn is asked for again.
"""

from __future__ import annotations

import re
import secrets
import time
from typing import TYPE_CHECKING

from harness.machine.monitor import Event, Monitor

if TYPE_CHECKING:
    from harness.push.line import Line

# A shell that is there answers within milliseconds; one that is still starting is asked again.
ASK_AGAIN = 1.0
# A program that has ended in silence, or whose end was torn, is found by asking.
PROBE_AFTER = 2.0
_ENTER = b"\r"
_LONGEST = 64


class NoAnswerError(Exception):
    """No shell answered in time; `asked` is how often it was asked."""

    def __init__(self, asked: int) -> None:
        super().__init__(f"asked {asked} times")
        self.asked = asked


class KernelFailedError(Exception):
    """The kernel failed (`event` tells how), or the line ended, before the shell answered."""

    def __init__(self, event: Event | None = None) -> None:
        super().__init__(event.text if event else "the line ended")
        self.event = event


class Shell:
    """The dialogue with one shell. What was read and not yet taken is in `heard`.

    `heard` has the bytes and the kernel's events in order. `early` counts the questions that
    went unanswered because they were typed before the shell listened.
    """

    def __init__(self, line: Line, monitor: Monitor) -> None:
        self.line = line
        self.monitor = monitor
        self.heard: list[bytes | Event] = []
        self.early = 0

    def greet(self, deadline: float, ask_again: float = ASK_AGAIN) -> None:
        """Ask until the shell has answered the last question that was asked.

        Answers to earlier questions are taken, too: they were typed early and waited somewhere.
        Raises NoAnswerError at the deadline (monotonic), KernelFailedError where none can come.
        """
        from pexpect.exceptions import TIMEOUT

        from harness.push.expect import Expecting

        spawn = Expecting(self)
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
            self.early = asked - 1
            return
        raise NoAnswerError(asked)

    def ask(self) -> str:
        """Type a question; return the nonce that its answer will carry."""
        nonce = secrets.token_hex(4)
        self.line.write(f"echo zx'hil-{nonce}'".encode() + _ENTER)
        return nonce

    def start(self, command: str) -> Answers:
        """Type a command; what tells of its end is looked for by the result."""
        nonce = secrets.token_hex(4)
        self.line.write(f"{command}; echo zx'hil-{nonce}'=$?".encode() + _ENTER)
        return Answers(nonce)

    def take(self) -> list[bytes | Event]:
        """Return what was heard, and forget it."""
        heard, self.heard = self.heard, []
        return heard


def answer(nonce: str) -> bytes:
    """The pattern of the answer to a question, with the command's status if it told one."""
    return rb"zxhil-" + nonce.encode() + rb"(?:=(-?\d+))?[\r\n]"


class Answers:
    """Looks for the end of a command in what comes, in pieces of any size."""

    def __init__(self, nonce: str) -> None:
        self._patterns = [re.compile(answer(nonce))]
        self._tail = b""
        self.ended = False
        self.status: int | None = None
        """The command's exit status, if the answer that told it came through."""

    def also(self, nonce: str) -> None:
        """Take an answer to a later question for the end, too."""
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
