"""Which cases may begin now: decided by the program's table and the request, not by the stream.

A program runs the cases that it was asked for, each once, in the order of its table. A case that
begins otherwise is no evidence: it is refused, and what it shows is left out. Only what was
expected is progress, so that a program which repeats itself runs into its limits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from zxhil.abi.runtime import MOST_CASES
from zxhil.trace.events import (
    CallMade,
    CallReturned,
    CaseEnd,
    CaseSkipped,
    CaseStart,
    Event,
    ProgramStart,
)


class CaseRefused(NamedTuple):
    """A case that could not come here; `what` says why. `name` is what the stream calls it."""

    name: str
    what: str
    offset: int


OrderedEvent = Event | CaseRefused

_CALLS = (CallMade, CallReturned)


class Order:
    """Passes on the events of expected cases.

    `asked` has the names of the cases that were asked for, by index; None where that is not known
    (a log alone): then any case may come, in the order of the table.
    """

    def __init__(self, asked: Mapping[int, str] | None = None) -> None:
        self.progress = 0
        """How many awaited beginnings and ends of cases have come."""
        self._asked = asked
        self._cases = 0
        self._last = -1
        self._furthest = -1
        self._furthest_ended = False
        self._running: tuple[int, str] | None = None
        self._refused = False

    def only(self, events: Iterable[Event]) -> list[OrderedEvent]:
        """The events in order, without those of refused cases."""
        passed: list[OrderedEvent] = []
        for event in events:
            # Nearly all are calls, so they go first.
            if isinstance(event, _CALLS):
                if not self._refused:
                    passed.append(event)
            elif (taken := self._take(event)) is not None:
                passed.append(taken)
        return passed

    def _take(self, event: Event) -> OrderedEvent | None:
        match event:
            case CaseStart(index, name, offset):
                return self._begins(index, name, offset, event)
            case CaseSkipped(index, name, _, offset):
                if self._running == (index, name):
                    self._ends(index)
                    return event
                taken = self._begins(index, name, offset, event)
                self._running, self._refused = None, False
                return taken
            case CaseEnd(index):
                if self._refused:
                    self._refused = False
                    return None
                if self._running is not None and self._running[0] == index:
                    self._ends(index)
                self._running = None
            case ProgramStart():
                self._last, self._running, self._refused = -1, None, False
                self._cases = event.cases
        return event

    def _begins(self, index: int, name: str, offset: int, event: Event) -> OrderedEvent:
        why = self._why_not(index, name)
        self._refused = bool(why)
        self._running = None if why else (index, name)
        if why:
            return CaseRefused(name, why, offset)
        self._last = index
        self._advance(index)
        return event

    def _ends(self, index: int) -> None:
        self._running = None
        if index == self._furthest and not self._furthest_ended:
            self._furthest_ended = True
            self.progress += 1

    def _advance(self, index: int) -> None:
        """A program that restarts gets no more time for cases that it has already run."""
        if index > self._furthest:
            self._furthest, self._furthest_ended = index, False
            self.progress += 1

    def _why_not(self, index: int, name: str) -> str:
        if self._asked is not None and index not in self._asked:
            return f"case {index} ({name}) was not requested"
        if self._asked is not None and self._asked[index] != name:
            return f"case {index} is {self._asked[index]}, but the stream calls it {name}"
        if index >= (self._cases or MOST_CASES):
            return f"case {index} ({name}) is not one of the program's {self._cases}"
        if index == self._last:
            return f"case {index} ({name}) arrived again"
        if index < self._last:
            return f"case {index} ({name}) arrived after case {self._last}"
        return ""
