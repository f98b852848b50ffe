"""Cases of several threads, written event by event."""

from __future__ import annotations

from typing import Any

from zxhil.abi.arch import Arch
from zxhil.abi.objects import ObjType, Signal
from zxhil.abi.sample import sample
from zxhil.abi.status import Status
from zxhil.model.arguments import make_call
from zxhil.oracle.case import RunningCase
from zxhil.oracle.cases import CaseInfo
from zxhil.oracle.oracle import Oracle
from zxhil.oracle.results import CaseResult
from zxhil.oracle.simulate import BOOTSTRAP, JOB
from zxhil.oracle.texts import JudgingTexts
from zxhil.trace.events import (
    BootstrapHandle,
    CallMade,
    CallReturned,
    CaseEnd,
    CaseStart,
    NoReturn,
    ProgramStart,
    ThreadStarted,
)

OK = 0
CHANNEL_RIGHTS = 0xF00E


class Script:
    """Writes the events of one case. Handles are numbered from 0x1001 by `new`."""

    def __init__(self, *claims: str, threads: int = 3) -> None:
        self.info = CaseInfo("p", "it", claims, "f.c:1")
        self.events: list[Any] = [ProgramStart(Arch.X64, "p", 1, 0, 7)]
        for info, given in BOOTSTRAP.items():
            self.events.append(BootstrapHandle(int(info), *given))
        self.events.append(CaseStart(0, "it", 0))
        for thread in range(1, threads):
            self.starts(thread)
        self._made = 0
        self._next = 0x1000

    def new(self) -> int:
        """A handle value that was not used."""
        self._next += 1
        return self._next

    def starts(self, thread: int, process: int = 0) -> None:
        """A thread's first record."""
        self.events.append(ThreadStarted(thread, process, 0))

    def given(self, process: int, handle: int, type_: int, rights: int, koid: int) -> None:
        """A handle that a started process has."""
        self.events.append(BootstrapHandle(0, handle, type_, rights, koid, 0, process))

    def stays(self, thread: int) -> None:
        """The thread's next call is not to return."""
        self.events.append(NoReturn(thread, 0))

    def c(self, thread: int, call: str, /, time: int = 0, **given: Any) -> None:
        """A thread makes a call."""
        self.events.append(CallMade(call, make_call(call, given), self._made, thread, time))
        self._made += 1

    def r(self, thread: int, status: int = OK, time: int = 0, **outs: Any) -> None:
        """It returns."""
        self.events.append(CallReturned(int(status), outs, (), thread, time))

    def does(
        self, thread: int, call: str, status: int = OK, /, outs: Any = (), **given: Any
    ) -> None:
        """A call that nothing comes into."""
        self.c(thread, call, **given)
        self.r(thread, status, **dict(outs))

    def channel(self, thread: int = 0) -> tuple[int, int]:
        """A new channel."""
        ends = self.new(), self.new()
        self.does(thread, "channel_create", outs={"out0": ends[0], "out1": ends[1]})
        return ends

    def event(self, thread: int = 0) -> int:
        """A new event."""
        handle = self.new()
        self.does(thread, "event_create", outs={"out": handle})
        return handle

    def running(self) -> RunningCase:
        """The case so far."""
        running = RunningCase(self.info, 0, [], JudgingTexts({}))
        for event in self.events:
            match event:
                case ThreadStarted(thread, process):
                    running.starts(thread, process)
                case CallMade():
                    running.call(event)
                case CallReturned():
                    running.returned(event)
        return running

    def result(self, *, ends: bool = True) -> CaseResult:
        """What the oracle makes of it."""
        oracle = Oracle("p", {"it": self.info})
        end = [CaseEnd(0, self._made, 0)] if ends else []
        results = oracle.feed([*self.events, *end]) + oracle.finish()
        assert not oracle.damage
        (result,) = results
        return result


def blamed(result: CaseResult) -> list[str]:
    """Of each divergence the clause that is blamed first."""
    return [divergence.blamed[0] for divergence in result.divergences]


def reads_text(k: Script, thread: int, end: int, text: bytes) -> None:
    """The thread reads a message of these bytes, without handles."""
    outs = {"bytes": sample(text), "handles": (), "actual_bytes": len(text), "actual_handles": 0}
    k.does(thread, "channel_read", outs=outs, handle=end, num_bytes=8)


def blocks(k: Script, thread: int) -> None:
    """The thread is in a call that touches nothing, so that others overlap it."""
    k.c(thread, "nanosleep", deadline=1)


def pair(k: Script) -> tuple[int, int]:
    """A new pair of events."""
    ends = k.new(), k.new()
    k.does(0, "eventpair_create", outs={"out0": ends[0], "out1": ends[1]})
    return ends


def start_process(k: Script, argument: int, *, overlapped: bool = False, by: int = 0) -> None:
    """Thread 5 runs in process 1, where the handle of the channel `argument` is 0x77.

    Thread `by` starts it; if `overlapped`, that call has still to return.
    """
    made, thread, vmar = k.new(), k.new(), k.new()
    k.does(0, "process_create", outs={"proc_handle": made, "vmar_handle": vmar}, job=JOB, name=b"p")
    k.does(0, "thread_create", outs={"out": thread}, process=made, name=b"t")
    start = {"handle": made, "thread": thread, "entry": 1, "stack": 1, "arg1": argument, "arg2": 0}
    k.c(by, "process_start", **start)
    if not overlapped:
        k.r(by)
    k.starts(5, process=1)
    k.given(1, 0x77, int(ObjType.CHANNEL), CHANNEL_RIGHTS, 77)


def read(k: Script, thread: int, end: int, text: bytes | None) -> None:
    """A thread reads a message, or finds none."""
    if text is None:
        k.does(thread, "channel_read", Status.ZX_ERR_SHOULD_WAIT, handle=end, num_bytes=8)
    else:
        reads_text(k, thread, end, text)


def waits(k: Script, handle: int, deadline: int = 1 << 60) -> None:
    """Thread 1 begins to wait for an event."""
    k.c(1, "object_wait_one", handle=handle, signals=int(Signal.EVENT_SIGNALED), deadline=deadline)


def signals(k: Script, handle: int, **given: int) -> None:
    """The first thread signals an object."""
    masks = {"clear_mask": 0, "set_mask": 0, **given}
    k.does(0, "object_signal", handle=handle, **masks)
