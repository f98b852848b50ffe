"""Calls to a serial stream: what a guest's recorder writes (docs/trace.md), from Python.

For traces that no kernel made: recorded cases, simulated kernels, benches, tests of the reader.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from zxhil.abi.calls import BY_NAME, CALLS, RETURN, AnyCall
from zxhil.abi.kinds import wire
from zxhil.abi.runtime import MAX_BODY, TRACE_VERSION
from zxhil.trace import STAMPED, stamp
from zxhil.trace.wire import encode

#: The nonce of traces that no boot made.
NONCE = 0x7A78


#: The calls that a program can make.
ALL: tuple[str, ...] = tuple(call.name for call in CALLS if call.in_vdso)


class TraceWriter:
    """Writes records in the order of the calls; `take` returns the bytes so far.

    With 0 as its `nonce` it writes version 1. `names` are the calls that the program makes.
    """

    version = TRACE_VERSION

    def __init__(self, nonce: int = NONCE, names: Sequence[str] = ALL) -> None:
        self._nonce = nonce
        self._names = names
        self._slots = {name: f"{slot:x}" for slot, name in enumerate(self._names)}
        self._sequence = 0
        self._written = bytearray()
        self._clock = stamp.Clock()

    def take(self) -> bytes:
        """Return what was written since the last time; lines end in LF, as the guest has them."""
        written = bytes(self._written)
        self._written.clear()
        return written

    def record(self, kind: str, body: str) -> None:
        """Write one record, in as many frames as it needs."""
        while len(body) > MAX_BODY:
            self._frame("+", body[:MAX_BODY])
            body = body[MAX_BODY:]
        self._frame(kind, body)

    def _frame(self, kind: str, body: str) -> None:
        self._written += encode(self._sequence, kind, body, self._nonce)
        self._sequence += 1

    def start(
        self,
        arch: str,
        program: str,
        cases: int,
        *,
        kernel: str = "-",
        absent: Sequence[str] = (),
        unsure: Sequence[str] = (),
    ) -> None:
        """Write what comes before everything else: version, kernel, call table."""
        nonce = f"{self.version} {arch} {program} {cases} {self._nonce:x}"
        self.record("V", nonce if self._nonce else f"1 {arch} {program} {cases}")
        self.record("K", kernel)
        marks = {**dict.fromkeys(absent, "-"), **dict.fromkeys(unsure, "?")}
        self.record("D", " ".join(f"{marks.get(name, '')}{name}" for name in self._names))

    def bootstrap(
        self, info: int, handle: int, type_: int, rights: int, koid: int, process: int = 0
    ) -> None:
        """Write a handle without a relative that a process was started with."""
        fields = [info, handle, type_, rights, koid, 0, *([process] if process else [])]
        self.record("H", " ".join(f"{field:x}" for field in fields))

    def begin(self, index: int, name: str) -> None:
        """Write that a case begins."""
        self._clock = stamp.Clock()
        self.record("B", f"{index:x} {name}")

    def thread(self, thread: int, process: int = 0) -> None:
        """Write that a thread started."""
        self.record("T", f"{thread:x} {process:x}")

    def no_return(self, thread: int = 0) -> None:
        """Write that the next call of a thread is not supposed to return."""
        self.record("N", f"{thread:x}")

    def call(self, name: str, call: AnyCall, thread: int = 0, time: int = 0) -> None:
        """Write that a thread is about to make a call, at `time` in ns; 0: there is no clock."""
        parameters = BY_NAME[name].parameters
        fields = [p.kind.argument_field(v) for p, v in zip(parameters, call, strict=True)]
        self._stamped("C", thread, self._clock.of_call(time), [self._slots[name], *fields])

    def returned(
        self, name: str, status: int, outs: Mapping[str, Any], thread: int = 0, time: int = 0
    ) -> None:
        """Write that it returned. An output that is not in `outs` could not be read."""
        syscall = BY_NAME[name]
        fields = [
            wire.NOTHING if (value := outs.get(p.name)) is None else p.kind.output_field(value)
            for p in syscall.parameters
            if p.kind.writes
        ]
        result = wire.NOTHING if syscall.returns is None else str(status)
        if syscall.returns is not None and not syscall.has_status:
            result = syscall.returns.argument_field(outs[RETURN])
        self._stamped("R", thread, self._clock.of_return(time), [result, *fields])

    def _stamped(self, kind: str, thread: int, time: int, fields: Sequence[str]) -> None:
        before = stamp.spelled(thread, time) if self._nonce and self.version >= STAMPED else ""
        self.record(kind, before + " ".join(fields))

    def end(self, index: int, calls: int) -> None:
        """Write that a case ended."""
        self.record("E", f"{index:x} {calls:x}")

    def skip(self, index: int, name: str, missing: str) -> None:
        """Write that the kernel lacks what a case needs."""
        self.record("S", f"{index:x} {name} {missing}")

    def finish(self, cases: int) -> None:
        """Write that the program ended."""
        self.record("Z", f"{cases:x}")
