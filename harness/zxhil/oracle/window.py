"""Calls of several threads, from the first that overlaps another until none is under way.

Only then is known what each of them answered, and the orders of their effects are searched
(`worlds.py`). If several worlds are left, the calls that follow decide between them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from zxhil.model.clause import Outcome
from zxhil.model.processes import given
from zxhil.model.sentences import nothing
from zxhil.model.state import Bootstrap, State
from zxhil.oracle.sentence import Judged
from zxhil.oracle.texts import JudgingTexts
from zxhil.oracle.worlds import Open, OrderSearch, World
from zxhil.trace.events import CallMade, CallReturned


class Window:
    """The calls that overlap, and what they may have led to.

    `first` is the number of the first call, `doubted` are the earlier calls that diverge.
    """

    def __init__(
        self, state: State, first: int, doubted: dict[int, Judged], texts: JudgingTexts
    ) -> None:
        self.worlds = [World(state, doubted)]
        self.first = first
        self.made: list[CallMade] = []
        """All calls since `first`."""
        self.until: dict[int, int] = {}
        """The number of the last call that was made before one returned."""
        self.beside: dict[int, tuple[int, ...]] = {}
        """The calls under way when one was made."""
        self.outcomes: dict[int, Outcome] = {}
        self.gone: dict[int, Open] = {}
        """Calls that will not return and whose effect may still come."""
        self.processes: dict[int, int] = {}
        """The process of each call."""
        self._texts = texts
        self._ended: dict[int, int] = {}
        self._open: dict[int, int] = {}
        self._fresh: list[int] = []
        self._going: dict[int, Open] = {}
        self._waiting: list[Callable[[OrderSearch], None]] = []

    @property
    def is_open(self) -> bool:
        """Is a call under way that may return?"""
        return bool(self._open)

    @property
    def under_way(self) -> list[CallMade]:
        """The calls under way, in the order in which they were made."""
        return [self.made[number - self.first] for number in sorted(self._open.values())]

    def call(self, event: CallMade, process: int) -> int:
        """A call is made; returns its number."""
        number = self.first + len(self.made)
        self.made.append(event)
        self.processes[number] = process
        self.beside[number] = tuple(sorted(self._open.values()))
        self._open[event.thread] = number
        self._fresh.append(number)
        self._waiting.append(lambda search: search.made(number))
        return number

    def goes(self, event: CallMade, process: int, *, ends_process: bool) -> None:
        """A call is made that never returns: it may end its process, or have another effect."""
        number = self.call(event, process)
        del self._open[event.thread]
        self._fresh.remove(number)
        self._waiting.pop()
        call = self._of(number)._replace(ends_process=ends_process)
        if ends_process or call.page.succeed is not nothing:
            self._going[number] = call
            self._waiting.append(lambda search: search.goes(call))

    def returned(self, event: CallReturned) -> bool:
        """A call returned; False if the thread was in none."""
        number = self._open.pop(event.thread, None)
        if number is None:
            return False
        self.outcomes[number] = Outcome(event.status, event.outs, event.unwritten)
        self._ended[number] = event.time
        self.until[number] = self.first + len(self.made) - 1
        self._waiting.append(lambda search: search.returned(number))
        return True

    def given(self, process: int, handle: Bootstrap) -> None:
        """A process that was started reports a handle that it has."""
        self._waiting.append(lambda search: search.happened("process_start"))
        self._waiting.append(
            lambda search: search.each(partial(given, process=process, handle=handle))
        )

    def search(self) -> None:
        """Judge what came since the last time. Raises `TooManyOrdersError`."""
        calls = {number: self._of(number) for number in self._fresh}
        search = OrderSearch(self.worlds, calls, self.gone)
        waiting, self._waiting, self._fresh = self._waiting, [], []
        for happens in waiting:
            happens(search)
        self.worlds = search.worlds
        self.gone |= self._going
        self._going = {}

    def _of(self, number: int) -> Open:
        made = self.made[number - self.first]
        return Open(
            number,
            made,
            self._texts.judging(made.name, made.call),
            self.processes[number],
            self._texts.listed(made.name),
            self.outcomes.get(number),
            self._ended.get(number, 0),
        )
