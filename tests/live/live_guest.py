"""A guest of the test's own: speaks the requests of docs/shell.md over a line that does damage."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from zxhil.abi.calls import CALLS
from zxhil.abi.runtime import MAX_BODY
from zxhil.machine.listen import End, EndKind
from zxhil.trace.encode import NONCE
from zxhil.trace.wire import encode

ARGUMENTS = {slot: len(call.parameters) for slot, call in enumerate(CALLS)}
_LINE = re.compile(rb"~([0-9a-f]{3})([0-9a-f]{3})(.*)([0-9a-f]{8})\n")


class FakeGuest:
    """A stream with a guest at its end, which knows calls with scalar arguments alone.

    `lose`, `damage` are the numbers, counted from 0, of the requests that never arrive and that
    arrive damaged; `cut` those of the frames that it writes that arrive damaged. `hangs`: calls do
    not return. `repeats`: how often it writes what it is asked to write again. `made` are
    the arguments of the calls that were made.
    """

    def __init__(self) -> None:
        self.lose: set[int] = set()
        self.damage: set[int] = set()
        self.cut: set[int] = set()
        self.hangs = False
        self.absent = False
        self.repeats = 1
        self.slow = 0.0
        self.made: list[str] = []
        self.reported: list[str] = []
        self.requests = 0
        self.scratch = bytearray(0x20000)
        self._out = b""
        self._frames = 0
        self._written = 0
        self._last_call = -1
        self._kept: list[tuple[str, str]] = []
        self._held = 0.0
        self._log: list[bytes] = []
        self._logged = 0.0

    def preamble(self) -> None:
        self.introduce()
        self.say("A", "- ready")

    def introduce(self) -> None:
        self._frames = 0
        self.say("V", f"2 x64 live 1 {NONCE:x}")
        self.say("D", " ".join(call.name for call in CALLS))
        self.say("B", "0 dialogue")
        self._last_call = -1

    def say(self, kind: str, body: str) -> None:
        while len(body) > MAX_BODY:
            self.frame("+", body[:MAX_BODY])
            body = body[MAX_BODY:]
        self.frame(kind, body)

    def frame(self, kind: str, body: str) -> None:
        frame = encode(self._frames, kind, body, NONCE)
        if self._written in self.cut:
            frame = frame[:9] + bytes([frame[9] ^ 1]) + frame[10:]
        self._frames += 1
        self._written += 1
        self._out += frame.replace(b"\n", b"\r\n")

    @property
    def written(self) -> int:
        """How many frames it wrote."""
        return self._written

    def slow_log(self, lines: int, then: Callable[[], None]) -> None:
        """Log a line each 10 ms, and do something `then`."""
        self._log = [b"[00000.123] the kernel's log\r\n"] * lines
        self._then = then

    def _more_log(self) -> None:
        if self._log and time.monotonic() >= self._logged + 0.01:
            self._logged = time.monotonic()
            self._out += self._log.pop()
            if not self._log:
                self._then()

    def read(self, deadline: float) -> bytes | None:
        if not self._out:
            self._more_log()
        if not self._out or time.monotonic() < self._held:
            time.sleep(max(0.0, min(deadline - time.monotonic(), 0.005)))
            return None
        out, self._out = self._out[:7], self._out[7:]
        return out

    def write(self, data: bytes) -> None:
        number = self.requests
        self.requests += 1
        if not self._out:
            self._held = time.monotonic() + self.slow
        if number in self.lose:
            return
        line = _LINE.match(data)
        assert line is not None, data
        assert len(data) <= 512
        if number in self.damage:
            self.say("A", "- bad")
            return
        self.obey(int(line[1], 16), line[3].decode())

    def obey(self, sequence: int, text: str) -> None:
        if self.hangs and self.made:
            return
        self.reported.append(text)
        operation, _, rest = text.rpartition(";")[2].partition(" ")
        if sequence == self._last_call:
            self.say("A", f"{sequence:x} made")
        elif operation == "G":
            if int(rest, 16) == self._last_call:
                for kind, body in self._kept * self.repeats:
                    self.say(kind, body)
            else:
                self.say("A", f"{sequence:x} lost")
        elif operation == "X":
            self.call(sequence, rest)
        else:
            if operation == "H":
                self.introduce()
            self.say("A", f"{sequence:x} ok")

    def call(self, sequence: int, rest: str) -> None:
        self._last_call = sequence
        if self.absent:
            self._kept = [("A", f"{sequence:x} absent")]
        else:
            self.made.append(rest)
            self._kept = [("C", rest), ("R", str(-len(self.made)))]
        for kind, body in self._kept:
            if not (self.hangs and kind == "R"):
                self.say(kind, body)

    @staticmethod
    def ended() -> End:
        return End(EndKind.QEMU, "QEMU died")
