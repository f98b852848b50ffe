"""One boot: push the program, judge its trace, record how it ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from zxhil.guest.crashed import own_crash
from zxhil.machine.limits import Watch
from zxhil.machine.listen import End, EndKind
from zxhil.machine.monitor import Event as KernelEvent
from zxhil.machine.monitor import EventKind
from zxhil.oracle.oracle import KernelSeen, Oracle
from zxhil.oracle.order import Order, OrderedEvent
from zxhil.oracle.results import CaseResult
from zxhil.push.bootfs import Bootfs
from zxhil.push.transport import Job, Running
from zxhil.run.ending import AGAIN, CUT_OFF, FINISHED, Ending, conclude, ended_by_call
from zxhil.run.judging import OwnProgram, unsure
from zxhil.run.plan import Task
from zxhil.run.record import BootRecord
from zxhil.run.setup import Setup
from zxhil.run.tail import SerialTail
from zxhil.trace.events import CaseEnd, CaseSkipped, CaseStart, Event, ProgramStart
from zxhil.trace.records import TraceReader


class Observer:
    """Notified of a boot's progress; raising from a method ends the boot."""

    def started(self, running: Running) -> None:
        """The program is being pushed; its log has its name."""

    def kernel(self, kernel: KernelSeen) -> None:
        """The kernel's version is known, as far as it reports one."""

    def began(self, case: str) -> None:
        """A case began."""

    def case(self, result: CaseResult, serial: str) -> None:
        """A case ended; `serial` is the name of the log that shows it."""

    def ended(self, record: BootRecord) -> None:
        """The machine ended inside a case; the results that follow from that come next."""

    def switched_off(self, result: CaseResult) -> bool:
        """The machine was switched off inside a case. Did that happen at the same place before?"""
        return False


#: What boots once, as `run_boot` does: here, or on another host.
BootOnce = Callable[[Setup, Task, tuple[int, ...], str, Observer], BootRecord]


def run_boot(
    setup: Setup, task: Task, selected: tuple[int, ...], name: str, observer: Observer
) -> BootRecord:
    """Boot once and judge the selected cases; `observer` is notified as each ends.

    Raises UserError for input that can't be booted, MachineError if the logs can't be written.
    """
    transport = setup.transport or Bootfs(setup.booting, setup.saved)
    with transport.push(Job(task.program, selected, name)) as running:
        observer.started(running)
        return _Boot(setup, task, selected, running, observer).run()


def cut_off(setup: Setup, running: Running, task: Task, selected: tuple[int, ...]) -> BootRecord:
    """The record of a boot whose end is not known (yet)."""
    return BootRecord(
        task.program.arch.value,
        task.program.name,
        running.log_path.name,
        running.command,
        selected,
        CUT_OFF,
        "zxhil stopped before the machine",
        "",
        0.0,
        0.0,
        went_on_from=setup.saved.shown_by(running.command) if setup.saved is not None else "",
        nonce=nonce_text(running.nonce),
    )


class _Boot:
    """One boot from its first byte to its record."""

    def __init__(
        self,
        setup: Setup,
        task: Task,
        selected: tuple[int, ...],
        running: Running,
        observer: Observer,
    ) -> None:
        self._setup = setup
        self._task = task
        self._selected = selected
        self._running = running
        self._observer = observer
        self._oracle = Oracle(
            task.program.name,
            task.infos,
            setup.documented,
            setup.known,
            setup.age,
            standin=setup.standin,
        )
        self._reader = TraceReader(running.nonce, program=task.program.name)
        self._own = OwnProgram(task.program.name)
        self._order = Order(task.asked(selected))
        self._watch = Watch(setup.limits)
        self._clock = Stopwatch()
        self._reported: list[CaseResult] = []
        self._tail = SerialTail()
        self._began = 0
        """Where in the stream the last case began."""

    def run(self) -> BootRecord:
        ending = Ending(FINISHED, "the program finished")
        exception: KernelEvent | None = None
        for item in self._running.listen(self._watch):
            if isinstance(item, bytes):
                if not self._clock.first_line:
                    self._tail.add(item)
                self._take(self._reader.feed(item))
                if self._oracle.finished:
                    self._running.finish()
                    break
            elif isinstance(item, KernelEvent):
                exception = item if item.kind is EventKind.EXCEPTION else exception
            else:
                ending = ending_of(item, self._in_this_case(exception))
        seconds = self._clock.now
        ending = replace(ending, evidence=self._symbolized(ending.evidence))
        if not self._oracle.finished:
            self._take(self._reader.finish())
            open_cases = self._oracle.finish()
            for result in open_cases:
                ending = self._switched_off(ending, result)
            if open_cases:
                self._observer.ended(self._record(ending, seconds))
            for result in open_cases:
                self._report(conclude(result, ending))
        if self._reader.conflict:
            for result in tuple(self._reported):
                self._report(unsure(result, self._reader.conflict))
        return self._record(ending, seconds)

    def _record(self, ending: Ending, seconds: float) -> BootRecord:
        return replace(
            cut_off(self._setup, self._running, self._task, self._selected),
            end=FINISHED if self._oracle.finished else ending.kind,
            end_text=ending.text,
            evidence=ending.evidence,
            first_line=self._clock.first_line,
            seconds=seconds,
            durations=self._clock.durations,
            damage=damage_of(self._oracle, self._reader),
            tail=() if self._clock.first_line else self._tail.lines(ending.evidence),
        )

    def _in_this_case(self, exception: KernelEvent | None) -> str:
        """The text of the last exception; "" if it was before the last case began.

        A case may let another process of its own crash.
        """
        if exception is None or exception.offset < self._began:
            return ""
        return exception.text

    def _symbolized(self, evidence: str) -> str:
        """The lines of a crash of the kernel or the program, symbolized."""
        if not evidence:
            return evidence
        saved = self._setup.saved
        program = self._task.program
        linked = saved.programs(self._running.command, program) if saved else (program,)
        return own_crash(self._setup.symbolized(evidence), linked)

    def _switched_off(self, ending: Ending, result: CaseResult) -> Ending:
        """The ending; if it happened twice, with evidence that the line did not cause it."""
        unexplained = ending.kind == EndKind.POWERED_OFF and not ending.evidence
        if unexplained and not ended_by_call(result) and self._observer.switched_off(result):
            return replace(ending, evidence=AGAIN)
        return ending

    def _take(self, events: list[Event]) -> None:
        self._watch.took(len(events))
        before = self._order.progress
        ordered = self._order.only(self._own.only(events))
        if self._order.progress > before:
            self._watch.advanced()
        self._clock.take(ordered, self._watch)
        for event in ordered:
            if isinstance(event, CaseStart):
                self._began = event.offset
                self._observer.began(event.name)
        for result in self._oracle.feed(ordered):
            self._report(result)

    def _report(self, result: CaseResult) -> None:
        if not self._reported:
            self._observer.kernel(self._oracle.kernel)
        self._reported.append(result)
        self._observer.case(result, self._running.log_path.name)


def nonce_text(nonce: int | None) -> str:
    """A nonce in hex; empty if there is none."""
    return f"{nonce:x}" if nonce else ""


def damage_of(oracle: Oracle, reader: TraceReader) -> tuple[str, ...]:
    """The damage of a stream outside of its cases."""
    return (*oracle.damage, *([reader.noise] if reader.noise else []))


class Stopwatch:
    """Times the events of a trace in seconds since creation, and notifies the watch."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._case = ("", 0.0)
        self.first_line = 0.0
        """When the first line came; 0 if it did not."""
        self.durations: dict[str, float] = {}
        """How long each case took, by name."""

    @property
    def now(self) -> float:
        """Seconds, to the microsecond."""
        return round(time.monotonic() - self._start, 6)

    def take(self, events: Sequence[OrderedEvent], watch: Watch) -> None:
        """Handle events that have just arrived."""
        now = self.now
        for event in events:
            if isinstance(event, CaseStart):
                self._case = (event.name, now)
            elif isinstance(event, CaseEnd | CaseSkipped):
                name, began = self._case
                if isinstance(event, CaseSkipped) and event.name != name:
                    name, began = event.name, now
                if name:
                    self.durations[name] = round(now - began, 6)
            elif isinstance(event, ProgramStart):
                watch.booted()
                self.first_line = self.first_line or now


def ending_of(end: End, exception: str) -> Ending:
    """How a boot ended whose stream ended so; `exception` is the text of one in its last case."""
    if end.kind in (EndKind.POWERED_OFF, EndKind.EXITED):
        return Ending(end.kind.value, end.text, exception or end.evidence)
    kind = end.event.kind.value if end.event is not None else end.kind.value
    return Ending(kind, end.text, end.evidence)
