"""Run programs on a kernel that is talked with: a board's serial line, or the shell of a system.

The guest of `zxhil shell` makes the calls one by one, so a program need not be in a file that
boots. Each program is a case of its own; the handles that it made are closed after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

from zxhil.errors import MachineError
from zxhil.explore.encode import cleared
from zxhil.explore.execute import Ran
from zxhil.explore.program import KOID, CallProgram, Ref, Step, bound
from zxhil.live import protocol
from zxhil.live.kernel import Connect
from zxhil.live.line import GoneError, GuestLine, MadeCall
from zxhil.live.spelling import spell
from zxhil.live.values import BOOTSTRAP
from zxhil.oracle.oracle import KernelSeen, Oracle
from zxhil.oracle.order import Order
from zxhil.oracle.results import CaseEndKind, CaseResult, with_end
from zxhil.run.boot import ending_of
from zxhil.run.ending import conclude
from zxhil.trace.events import BootstrapHandle, CallReturned, CaseEnd, Event

#: Programs of which no call could be made, in a row, before the kernel is given up.
_FRUITLESS = 3


class AttachedRuns:
    """Runs programs on the kernel that `connect` reaches; no call may take more than `seconds`.

    `oracle` makes what judges a program. After a crash the kernel is started again.
    """

    def __init__(self, connect: Connect, seconds: float, oracle: Callable[[], Oracle]) -> None:
        self.boots = 0
        self.kernel: KernelSeen | None = None
        self._connect = connect
        self._seconds = seconds
        self._oracle = oracle
        self._stack = ExitStack()
        self._line: GuestLine | None = None
        self._events: list[Event] = []

    def run(self, programs: Sequence[CallProgram]) -> Iterator[tuple[int, Ran]]:
        """Run programs; yields the index and the result of each as it ends.

        Raises MachineError if the kernel can't be reached, or fails at once again and again.
        """
        fruitless = 0
        for number, program in enumerate(programs):
            ran = self._play(program)
            fruitless = 0 if ran.calls or not ran.crash else fruitless + 1
            if fruitless == _FRUITLESS:
                raise MachineError(
                    f"no call returned in {fruitless} programs: {ran.result.detail}",
                    ran.result.evidence,
                )
            yield number, ran

    def close(self) -> None:
        """Leave the guest."""
        line, self._line = self._line, None
        if line is not None:
            line.quit(1.0)
        self._stack.close()

    def _play(self, program: CallProgram) -> Ran:
        line = self._fresh()
        dialogue = _ProgramDialogue(line, self._seconds, self._events)
        gone: GoneError | None = None
        events: list[Event] = []
        try:
            calls = dialogue.make_all(program)
            events += self._events
            dialogue.close_handles()
            line.request(protocol.LEAVE)
            ends = (each for each in self._events if isinstance(each, CaseEnd))
            # The case ends with the program: what closes its handles is no part of it.
            events += [each._replace(calls=calls) for each in ends]
        except GoneError as error:
            gone = error
        oracle = self._oracle()
        results = oracle.feed(Order().only(events or self._events)) or oracle.finish()
        self.kernel = oracle.kernel
        if not results:
            raise gone or MachineError("the guest's case is not in its trace")
        if gone is not None:
            self._line = None
            self._stack.close()
            return Ran(program, _crashed(results[0], gone))
        return Ran(program, results[0])

    def _fresh(self) -> GuestLine:
        """The line, with a new case: its greeting is in the events."""
        self._events.clear()
        if self._line is None:
            self.boots += 1
            self._line = self._connect(self._stack, self._events.append)
        else:
            self._line.again(self._seconds)
        return self._line


def _crashed(result: CaseResult, gone: GoneError) -> CaseResult:
    """The case in which the guest was lost."""
    if gone.end is None:
        return with_end(result, CaseEndKind.HUNG, gone.problem, gone.evidence)
    return conclude(result, ending_of(gone.end, gone.evidence))


class _ProgramDialogue:
    """The calls of one program, and what they returned."""

    def __init__(self, line: GuestLine, seconds: float, events: Sequence[Event]) -> None:
        self._line = line
        self._seconds = seconds
        self._made: list[int] = []
        infos = {int(info): name for name, (info, _) in BOOTSTRAP.items()}
        self._values = {
            Ref(-1, infos[each.info & 0xFF]): each.handle
            for each in events
            if isinstance(each, BootstrapHandle) and each.info & 0xFF in infos
        }
        self._given = frozenset(self._values.values())

    def make_all(self, program: CallProgram) -> int:
        """Make the calls, up to one that the kernel lacks; returns how many returned.

        Raises GoneError if the guest is lost.
        """
        for number, step in enumerate(program.steps):
            returned = self._call(step).returned
            if returned is None:
                return number
            if returned.status == 0:
                self._returned(number, step, returned)
        return len(program)

    def close_handles(self) -> None:
        """Close what the program made."""
        for handle in reversed(self._made):
            if handle not in self._given:
                self._call(Step("handle_close", {"handle": handle}))

    def _call(self, step: Step) -> MadeCall:
        given = {name: bound(v, self._value) for name, v in step.given.items()}
        spelt = spell(step.name, (), given)
        texts = protocol.pack([*cleared(spelt), *spelt.operations])
        for text in texts[:-1]:
            self._line.request(text)
        return self._line.make(texts[-1], self._seconds)

    def _value(self, ref: Ref) -> int:
        return self._values.get(ref, 0)

    def _returned(self, number: int, step: Step, returned: CallReturned) -> None:
        outs: dict[str, Any] = dict(returned.outs)
        spelt = spell(step.name, (), {})
        for parameter in spelt.syscall.parameters:
            value, kind = outs.get(parameter.name), parameter.kind
            handles = kind.handles_written()
            if handles is not None and value is not None:
                for place, handle in enumerate(handles(value)):
                    self._values[Ref(number, parameter.name, place)] = handle
                    self._made.append(handle)
            elif isinstance(value, int):
                self._values[Ref(number, parameter.name)] = value
            elif isinstance(value, bytes) and step.name == "object_get_info":
                self._values[Ref(number, KOID)] = int.from_bytes(value[:8], "little")
