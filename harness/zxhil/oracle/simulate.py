"""Traces that no machine made: cases driven from Python on the model, written as a guest would.

trace = Simulation()
with trace.case("two_ends") as k:
    a, b = k.channel_create()
    k.channel_write(a, b"hi")
serial = trace.finish()
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from zxhil.abi.calls import BY_NAME, NAMES, AnyCall
from zxhil.abi.objects import HandleInfo, ObjType
from zxhil.abi.rights import DEFAULT_RIGHTS, RIGHTS_BASIC, Rights
from zxhil.model.clause import Outcome
from zxhil.model.judge import Verdict
from zxhil.model.kernel import Kernel, Returned
from zxhil.model.pages import MODELLED
from zxhil.model.state import Bootstrap
from zxhil.trace.encode import NONCE, TraceWriter

PROCESS, THREAD, JOB, RESOURCE = 0x11, 0x21, 0x31, 0x41

#: The bootstrap handles of a simulated process, by what they are for.
BOOTSTRAP = {
    HandleInfo.PROC_SELF: Bootstrap(PROCESS, ObjType.PROCESS, DEFAULT_RIGHTS["process"], 901),
    HandleInfo.THREAD_SELF: Bootstrap(THREAD, ObjType.THREAD, DEFAULT_RIGHTS["thread"], 902),
    HandleInfo.JOB_DEFAULT: Bootstrap(JOB, ObjType.JOB, DEFAULT_RIGHTS["job"], 903),
    HandleInfo.RESOURCE: Bootstrap(
        RESOURCE,
        ObjType.RESOURCE,
        RIGHTS_BASIC | int(Rights.WRITE | Rights.ENUMERATE),
        904,
    ),
}


class TracedKernel(Kernel):
    """A model kernel that records each call and its result."""

    def __init__(self, writer: TraceWriter) -> None:
        super().__init__(tuple(BOOTSTRAP.values()))
        self.calls = 0
        self._writer = writer

    def perform(self, call: AnyCall) -> Returned:
        """Make a call, and record it."""
        returned = super().perform(call)
        self._write(call, returned.outcome)
        return returned

    def observe(self, call: AnyCall, outcome: Outcome) -> Verdict:
        """Record the result of another, possibly broken, kernel, and follow it."""
        self._write(call, outcome)
        return super().observe(call, outcome)

    def _write(self, call: AnyCall, outcome: Outcome) -> None:
        name = NAMES[type(call)]
        self._writer.call(name, call)
        if not BY_NAME[name].never:
            self._writer.returned(name, outcome.status, outcome.outs)
        self.calls += 1


class Simulation:
    """One program's trace."""

    def __init__(
        self,
        program: str = "simulated",
        arch: str = "x64",
        cases: int = 0,
        nonce: int = NONCE,
        names: Sequence[str] = MODELLED,
    ) -> None:
        self.writer = TraceWriter(nonce, names)
        self.writer.start(arch, program, cases, kernel="simulated")
        for info, given in BOOTSTRAP.items():
            self.writer.bootstrap(info, given.value, given.type, given.rights, given.koid)
        self._cases = 0

    @contextmanager
    def case(self, name: str) -> Iterator[TracedKernel]:
        """Write a case around the calls that are made within the block."""
        kernel = TracedKernel(self.writer)
        self.writer.begin(self._cases, name)
        yield kernel
        self.writer.end(self._cases, kernel.calls)
        self._cases += 1

    def take(self) -> bytes:
        """Return what was written since the last time."""
        return self.writer.take()

    def finish(self) -> bytes:
        """Write the program's end; return what was written since the last time."""
        self.writer.finish(self._cases)
        return self.writer.take()
