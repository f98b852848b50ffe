"""Programs run on the model's own kernel: an exploration without a machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from zxhil.abi.calls import BY_NAME
from zxhil.abi.kinds import Pointer
from zxhil.explore.execute import Ran
from zxhil.explore.findings import KnownList
from zxhil.explore.program import CallProgram, Ref, Step
from zxhil.explore.sketch import Sketch
from zxhil.explore.survey import Surveyed
from zxhil.model.clause import Outcome
from zxhil.oracle.oracle import Oracle
from zxhil.oracle.order import Order
from zxhil.oracle.results import CaseResult
from zxhil.oracle.simulate import Simulation, TracedKernel
from zxhil.trace.encode import NONCE
from zxhil.trace.records import TraceReader

#: A status that no page documents.
WRONG = -99
#: The calls of programs: with few, a test takes little time.
FEW = Surveyed(("channel_create", "channel_write", "event_create", "port_create", "handle_close"))


class ModelRuns:
    """Runs programs; a call for which `is_wrong` says so answers `WRONG`."""

    def __init__(self, is_wrong: Callable[[Step], bool] = lambda step: False) -> None:
        self.boots = 0
        self.kernel = None
        self._is_wrong = is_wrong

    def run(self, programs: Sequence[CallProgram]) -> Iterator[tuple[int, Ran]]:
        self.boots += 1
        trace = Simulation()
        for number, program in enumerate(programs):
            with trace.case(f"p{number}") as kernel:
                self._play(program, kernel)
        reader, oracle, order = TraceReader(NONCE), Oracle("simulated"), Order()
        results = oracle.feed(order.only(reader.feed(trace.finish())))
        found: dict[int, CaseResult] = {int(each.info.name[1:]): each for each in results}
        for number, program in enumerate(programs):
            yield number, Ran(program, found[number])

    def close(self) -> None:
        """Do nothing."""

    def _play(self, program: CallProgram, kernel: TracedKernel) -> None:
        sketch, values = Sketch(), dict[Ref, int]()
        sketch.state = kernel.state
        for number, step in enumerate(program.steps):
            call = sketch.call(_with(step, values, sketch))
            if self._is_wrong(step):
                kernel.observe(call, Outcome(WRONG, {}))
                continue
            returned = kernel.perform(call)
            if returned.outcome.status == 0:
                values |= _returned(number, step, returned.outcome)


def _with(step: Step, values: dict[Ref, int], sketch: Sketch) -> Step:
    def value(given: Any) -> Any:
        if isinstance(given, Ref):
            return sketch.value(given) if given.is_given else values.get(given, 0)
        if isinstance(given, Pointer):
            return given if given.content is None else Pointer(given.where, value(given.content))
        if isinstance(given, list | tuple):
            return type(given)(value(each) for each in given)
        return given

    return Step(step.name, {name: value(each) for name, each in step.given.items()})


def _returned(number: int, step: Step, outcome: Outcome) -> dict[Ref, int]:
    found: dict[Ref, int] = {}
    for parameter in BY_NAME[step.name].parameters:
        handles, value = parameter.kind.handles_written(), outcome.outs.get(parameter.name)
        if handles is not None and value is not None:
            for place, handle in enumerate(handles(value)):
                found[Ref(number, parameter.name, place)] = handle
    return found


@dataclass(frozen=True)
class ModelWork:
    """As `zxhil.explore.worker.Work`, on the model's kernel."""

    is_wrong: Callable[[Step], bool] = lambda step: False
    seed: int = 1
    programs: int = 6
    crashes: Path | None = None
    only: ModelRuns | None = None
    threads: float = 0.0
    kernel: Surveyed = FEW
    known: KnownList = field(default_factory=KnownList)
    built: Any = field(default_factory=lambda: SimpleNamespace(arch="x64"))

    def executor(self, name: str) -> ModelRuns:
        return ModelRuns(self.is_wrong)
