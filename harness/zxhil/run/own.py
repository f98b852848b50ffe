"""The events of the one program that is waited for, out of a stream that may bring others, too.

A line that somebody else's board is on, or that was opened in the middle of a stream, brings what
runs there. The cases of two programs may have the same names.
"""

from __future__ import annotations

from collections.abc import Iterable

from zxhil.trace.events import Event, ProgramStart


class OwnProgram:
    """Drops what belongs to programs other than `name`, by their version lines."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._begun = False
        self._foreign = False

    def only(self, events: Iterable[Event]) -> list[Event]:
        """The events that are its own; and the start of another, which ends its own run."""
        return [event for event in events if self._is_own(event)]

    def _is_own(self, event: Event) -> bool:
        if not isinstance(event, ProgramStart):
            return not self._foreign
        self._foreign = event.program != self._name
        ends_own = self._begun and self._foreign
        self._begun = not self._foreign
        return self._begun or ends_own
