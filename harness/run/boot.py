"""One boot: pack the program, start the machine, judge what comes, say how it ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.docs.statuses import DocumentedStatuses
from harness.guest.select import select
from harness.image.find import Image
from harness.image.pack import boot_words, pack
from harness.machine.boot import Boot
from harness.machine.limits import Limits, Watch
from harness.machine.listen import End, EndKind, listen
from harness.machine.machine import Machine
from harness.machine.monitor import Event as KernelEvent
from harness.machine.monitor import EventKind
from harness.oracle.oracle import Kernel, Oracle
from harness.oracle.results import CaseResult
from harness.run.ending import FINISHED, Ending, conclude
from harness.run.plan import Task
from harness.run.record import BootRecord
from harness.trace.records import CaseEnd, CaseSkipped, CaseStart, Event, ProgramStart, TraceReader


@dataclass(frozen=True, slots=True)
class Setup:
    """How every boot of a run is made. `words` are kernel command line words of the user's."""

    image: Image
    limits: Limits
    logs: Path
    zbis: Path
    accel: str = "tcg"
    memory_mib: int = 256
    words: tuple[str, ...] = ()
    qemu: tuple[str, ...] = ()
    documented: Mapping[str, DocumentedStatuses] = field(default_factory=dict)
    """What the user's own pages list, by call (`harness.docs.statuses`)."""


@dataclass(slots=True)
class Booted:
    """What a boot brought: its record, the kernel as it described itself, and the results."""

    record: BootRecord
    kernel: Kernel
    results: list[CaseResult] = field(default_factory=list)


def prepare(setup: Setup, task: Task, selected: tuple[int, ...], name: str) -> Boot:
    """Write the ZBI of this boot and return how QEMU is to be started."""
    program = task.program
    elf = select(program.elf, selected, str(program.path))
    path = f"bin/{program.name}"
    words = (*boot_words(setup.image, path), *setup.words)
    zbi = setup.zbis / f"{name}.zbi"
    zbi.write_bytes(pack(setup.image, {path: elf}, words))
    return Boot(
        program.arch,
        setup.image.kernel,
        zbi,
        memory_mib=setup.memory_mib,
        accel="kvm" if setup.accel == "kvm" else "tcg",
        extra=setup.qemu,
    )


def run_boot(
    setup: Setup,
    task: Task,
    selected: tuple[int, ...],
    name: str,
    on_case: Callable[[CaseResult], None],
) -> Booted:
    """Boot once and judge the selected cases; `on_case` is told each result as it comes.

    Raises UserError for input that can't be booted, MachineError if the logs can't be written.
    """
    boot = prepare(setup, task, selected, name)
    oracle = Oracle(task.program.name, task.infos, setup.documented)
    reader = TraceReader()
    watch = Watch(setup.limits)
    results: list[CaseResult] = []
    first_line = 0.0
    ending = Ending(FINISHED, "the program said that it was through")
    exception = ""

    def judged(events: list[Event]) -> None:
        for result in oracle.feed(events):
            results.append(result)
            on_case(result)

    with Machine(boot, setup.logs, name) as machine:
        started = time.monotonic()
        for item in listen(machine, watch):
            if isinstance(item, bytes):
                events = reader.feed(item)
                told = _tell(watch, events, started)
                first_line = first_line or told
                judged(events)
                if oracle.finished:
                    machine.kill()
                    break
            elif isinstance(item, KernelEvent):
                exception = item.text if item.kind is EventKind.EXCEPTION else exception
            else:
                ending = _ending(item, exception)
        seconds = time.monotonic() - started
        if not oracle.finished:
            judged(reader.finish())
            for result in oracle.finish():
                results.append(conclude(result, ending))
                on_case(results[-1])
        record = BootRecord(
            task.program.arch.value,
            task.program.name,
            machine.log_path.name,
            machine.command,
            selected,
            FINISHED if oracle.finished else ending.kind,
            ending.text,
            ending.evidence,
            round(first_line, 6),
            round(seconds, 6),
        )
    return Booted(record, oracle.kernel, results)


def _tell(watch: Watch, events: list[Event], started: float) -> float:
    """Tell the watch what the trace shows; return the time of the first line, if it is here."""
    first_line = 0.0
    for event in events:
        if isinstance(event, ProgramStart):
            watch.booted()
            first_line = time.monotonic() - started
        elif isinstance(event, CaseStart):
            watch.case_began()
        elif isinstance(event, CaseEnd | CaseSkipped):
            watch.case_ended()
    return first_line


def _ending(end: End, exception: str) -> Ending:
    if end.kind is EndKind.POWERED_OFF:
        return Ending(end.kind.value, end.text, exception)
    kind = end.event.kind.value if end.event is not None else end.kind.value
    return Ending(kind, end.text, end.evidence)
