"""The same programs on two kernels: where they differ, also inside of what pages allow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from zxhil.abi.calls import BY_NAME
from zxhil.abi.sample import Sample
from zxhil.abi.status import status_name
from zxhil.explore.execute import Ran, Runs
from zxhil.explore.program import CallProgram
from zxhil.oracle.oracle import KernelSeen
from zxhil.oracle.sentence import Judged

STATUS = "status"
#: Numbers that two kernels, or two boots of one, need not agree on.
_FREE = ("koid", "child_addr", "mapped_addr", "out", "avail", "timestamp", "out_timestamp")
#: Calls whose bytes, or whose value, differ from boot to boot.
_VARY = (
    *("cprng_draw", "system_get_version", "object_get_property", "thread_read_state"),
    *("clock_get", "clock_get_new", "clock_get_monotonic", "deadline_after", "ticks_per_second"),
    *("object_get_info", "system_get_physmem", "system_get_num_cpus", "process_read_memory"),
)


class PairExecutor:
    """Runs programs on two kernels; what came of each on the second is with the first's."""

    def __init__(self, first: Runs, second: Runs) -> None:
        self._first = first
        self._second = second

    @property
    def boots(self) -> int:
        """The boots of both."""
        return self._first.boots + self._second.boots

    @property
    def kernel(self) -> KernelSeen | None:
        """The first kernel."""
        return self._first.kernel

    def close(self) -> None:
        """Close both."""
        self._first.close()
        self._second.close()

    def run(self, programs: Sequence[CallProgram]) -> Iterator[tuple[int, Ran]]:
        """As `Executor.run`."""
        others = dict(self._second.run(programs))
        for number, ran in self._first.run(programs):
            yield number, ran._replace(other=others.get(number))


class Disagreement(NamedTuple):
    """The first call that two kernels answered differently: in `what`, and what each answered."""

    call: int
    what: str
    one: str
    other: str

    @property
    def kind(self) -> str:
        """What is the same for all such differences."""
        if self.what == STATUS:
            return f"{self.one} differs from {self.other}"
        return f"{self.what} differs"

    @property
    def text(self) -> str:
        """What each kernel answered."""
        name = "" if self.what == STATUS else f"{self.what}="
        return f"{name}{self.one}; on the other kernel {name}{self.other}"


def difference(ran: Ran) -> Disagreement | None:
    """Where the answers of two kernels differ first; None if they don't, and of two threads' calls.

    Later calls may differ for that reason alone.
    """
    other = ran.other
    if other is None or ran.program.beside or _is_lost(ran) or _is_lost(other):
        return None
    for number, (one, two) in enumerate(zip(ran.calls, other.calls, strict=False)):
        mine, theirs = _answer(one), _answer(two)
        for name in mine | theirs:
            if mine.get(name) != theirs.get(name):
                return Disagreement(number, name, str(mine.get(name)), str(theirs.get(name)))
    if ran.crash != other.crash:
        number = min(len(ran.calls), len(other.calls), len(ran.program) - 1)
        return Disagreement(number, STATUS, ran.crash or "returned", other.crash or "returned")
    return None


def _is_lost(ran: Ran) -> bool:
    return ran.result.end.is_machine_fault and not ran.crash


def _answer(judged: Judged) -> dict[str, Any]:
    """What two kernels may be expected to agree on: the status, and outputs by name."""
    syscall, outs = BY_NAME[judged.name], judged.outcome.outs
    answer: dict[str, Any] = {}
    if syscall.has_status:
        answer[STATUS] = status_name(judged.outcome.status)
    if judged.name in _VARY or judged.outcome.status:
        return answer
    for parameter in syscall.parameters:
        kind, value = parameter.kind, outs.get(parameter.name)
        if (kind.writes and kind.is_number and parameter.name not in _FREE) or isinstance(
            value, Sample
        ):
            answer[parameter.name] = value
        elif isinstance(value, tuple):
            answer[parameter.name] = len(value)
    return answer
