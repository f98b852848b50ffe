"""A case while it runs: its calls, as they are judged.

While no call overlaps another, each is judged as it returns. From the first that does, they are
kept in a `Window` until none is under way.
"""

from __future__ import annotations

from collections.abc import Sequence

from zxhil.abi.ages import SIGNED_TIMES_SINCE, day_text
from zxhil.abi.calls import BY_NAME
from zxhil.counts import counted
from zxhil.model.clause import Outcome
from zxhil.model.deadlines import signed
from zxhil.model.judge import VerdictKind, reached
from zxhil.model.processes import given
from zxhil.model.state import Bootstrap, State
from zxhil.oracle.cases import CaseInfo
from zxhil.oracle.judging import came_back, judge_call, unjudged
from zxhil.oracle.render import call_text, known
from zxhil.oracle.sentence import Judged
from zxhil.oracle.texts import JudgingTexts
from zxhil.oracle.window import Window
from zxhil.oracle.worlds import MOST_WORLDS, TooManyOrdersError, World
from zxhil.trace.events import CallMade, CallReturned

#: Calls of one case that are judged. No real test has more, and they would only cost memory.
MAX_CALLS = 50_000


class RunningCase:
    """The calls of a case so far, and what the model makes of them."""

    def __init__(
        self, info: CaseInfo, index: int, bootstrap: list[Bootstrap], texts: JudgingTexts
    ) -> None:
        self.info = info
        self.index = index
        self.state = State(bootstrap)
        self.calls: list[Judged] = []
        self.reached: dict[str, None] = {}
        self.returned_ids: dict[str, None] = {}
        """Clauses of which a status was returned while they held."""
        self.damage = ""
        self.unjudged = ""
        """Why the last calls were not judged, if that is so."""
        self.made: CallMade | None = None
        """The call under way, as long as none overlaps it."""
        self._texts = texts
        self._alone = True
        """There is one thread, and each of its calls returns."""
        self._processes: dict[int, int] = {0: 0}
        """The processes of the threads."""
        self._window: Window | None = None
        self._warned: set[int] = set()
        """Threads whose next call is not supposed to return."""
        self._stays: dict[int, int] = {}
        """Calls that are not supposed to return, by number, with their thread."""
        self._farewells: list[int] = []
        """Those of them that may end the program."""
        self._back: dict[int, Outcome] = {}
        """Those of them that returned after all, and never should."""
        self._doubted: list[int] = []
        """The calls that diverge."""

    @property
    def number_made(self) -> int:
        """How many calls were made."""
        window = 0 if self._window is None else len(self._window.made)
        lone = self.made is not None and not self._alone
        return len(self.calls) + window + lone

    # ---- events

    def starts(self, thread: int, process: int) -> None:
        """A thread starts."""
        self._alone = False
        self._processes[thread] = process

    def warns(self, thread: int) -> None:
        """The next call of the thread is not supposed to return."""
        self._alone = False
        self._warned.add(thread)

    def given(self, process: int, handle: Bootstrap) -> None:
        """A process that the case started reports a handle that it has."""
        if self._window is not None or self.made is not None:
            self._opened().given(process, handle)
        else:
            given(self.state, process, handle)

    def call(self, event: CallMade) -> None:
        """A call is made."""
        if self._alone and (self.made is None or self.made.thread == event.thread):
            self.made = event
            return
        number = self.number_made
        if number >= MAX_CALLS:
            self.damage = self.damage or f"the case made more than {MAX_CALLS} calls"
            return
        never, warned = BY_NAME[event.name].never, event.thread in self._warned
        if never or warned:
            self._warned.discard(event.thread)
            self._stays[number] = event.thread
        ends = not never or self._is_last(event)
        if warned and ends and self._process(event) == 0:
            self._farewells.append(number)
        if never:
            self._goes(event, last=ends)
        elif self._window is None and self.made is None:
            self.made = event
        else:
            self._opened().call(event, self._process(event))

    def returned(self, event: CallReturned) -> None:
        """A call returns."""
        if self.damage:
            return
        made = self.made
        if made is not None and made.thread == event.thread:
            self.made = None
            self._judge(made, event)
        elif self._window is not None and self._window.returned(event):
            if not self._window.is_open:
                self._search()
        else:
            # A call that is never to return did.
            outcome = Outcome(event.status, event.outs, event.unwritten)
            self._back.update({n: outcome for n, t in self._stays.items() if t == event.thread})

    def close(self) -> None:
        """Nothing more of the case comes: calls under way will not return."""
        if self.made is not None and not self._alone:
            self._opened()
        if self._window is not None and not self.damage:
            self._search(last=True)
        if not self.damage:
            self._note_unreturned()

    # ---- what is left at the end

    @property
    def _under_way(self) -> list[CallMade]:
        if self._window is not None:
            return self._window.under_way
        return [] if self.made is None else [self.made]

    @property
    def waits_by_age(self) -> str:
        """Why the call under way need not return on a kernel of this age; empty if it need.

        A time before 0 is centuries ahead where times may be unsigned. A thread that suspends
        itself waits where no page says that it can't.
        """
        texts = self._texts
        for each in self._under_way:
            before_zero = signed(getattr(each.call, "deadline", 0)) < 0
            if before_zero and texts.earliest <= SIGNED_TIMES_SINCE:
                return f"times were unsigned before {day_text(SIGNED_TIMES_SINCE)}"
            if each.name == "task_suspend" and "task_suspend/not_supported" in texts.unstated:
                return "a thread could suspend itself"
        return ""

    @property
    def last(self) -> str:
        """The call under way, in words, or the last one that returned."""
        under_way = self._under_way
        if not under_way:
            return f"call {len(self.calls)} returned" if self.calls else "no call made"
        texts = [call_text(known(self.state, c.call), c.name, c.call) for c in under_way]
        return f"last {'calls' if texts[1:] else 'call'}: {'; '.join(texts)}"

    @property
    def ended_by_call(self) -> bool:
        """Did the program end in a call that was to end it?"""
        return any(
            self.calls[number].until is None
            for number in self._farewells
            if number < len(self.calls)
        )

    # ---- one call at a time

    def _process(self, event: CallMade) -> int:
        return self._processes.get(event.thread, 0)

    def _judge(self, made: CallMade, event: CallReturned) -> None:
        if len(self.calls) >= MAX_CALLS:
            self.damage = f"the case made more than {MAX_CALLS} calls"
            return
        state = self.state
        outcome = Outcome(event.status, event.outs, event.unwritten)
        if not self._alone:
            state.switch(self._process(made))
            if self.unjudged:
                self.calls.append(unjudged(state, made, len(self.calls), outcome))
                return
        state.began, state.ended, state.thread = made.time, event.time, made.thread
        texts = self._texts
        judged = judge_call(
            state, texts.judging(made.name, made.call), made, outcome, texts.listed(made.name)
        )
        verdict = judged.verdict
        if verdict.kind is not VerdictKind.CONFORMS:
            self._doubted.append(len(self.calls))
        self.calls.append(judged)
        if verdict.allowed.holds or verdict.allowed.may_hold or verdict.permitted:
            note_reached(judged, self.info.claims, self.reached, self.returned_ids)

    # ---- calls that do not return

    def _is_last(self, event: CallMade) -> bool:
        """Does the process end with this call of one of its threads?"""
        process = self._process(event)
        others = [t for t, p in self._processes.items() if p == process and t != event.thread]
        return event.name == "process_exit" or not others

    def _goes(self, event: CallMade, *, last: bool) -> None:
        """A thread ends with this call, and if it is the `last` its process."""
        process = self._process(event)
        self._processes.pop(event.thread, None)
        window = self._opened()
        window.goes(event, process, ends_process=last and process != 0)
        if not window.is_open:
            self._search()

    def _note_unreturned(self) -> None:
        """Calls that were not to return: those that did diverge, the others conform."""
        for number in self._stays:
            judged = self.calls[number]
            clause = self._texts.page(judged.name).departure
            if clause is None:
                continue
            if number in self._back:
                judged = judged._replace(outcome=self._back[number], until=-1)
            if judged.until is not None:
                self.calls[number] = came_back(judged, clause)
            else:
                self.calls[number] = judged._replace(
                    verdict=judged.verdict._replace(kind=VerdictKind.CONFORMS)
                )
                self.reached[clause.id] = self.returned_ids[clause.id] = None

    # ---- calls that overlap

    def _opened(self) -> Window:
        """The window, which begins with the call under way, if there is one."""
        if self._window is None:
            number = len(self.calls)
            doubted = {each: self.calls[each] for each in self._doubted}
            self._window = Window(self.state, number, doubted, self._texts)
            if self.made is not None:
                self._window.call(self.made, self._process(self.made))
                self.made = None
        return self._window

    def _search(self, *, last: bool = False) -> None:
        """Judge the window's calls; where only one world is left, go on in it."""
        window = self._window
        assert window is not None
        try:
            if not self.unjudged:
                window.search()
        except TooManyOrdersError:
            self.unjudged = (
                f"not judged: from call {window.first} on, calls overlap in more ways than "
                f"{counted(MOST_WORLDS, 'state')} can follow"
            )
        if self.unjudged:
            self._take(window, World(self.state, {}))
        elif last or (len(window.worlds) == 1 and not window.gone):
            self._take(window, *window.worlds)

    def _take(self, window: Window, world: World, *others: World) -> None:
        """Take over the calls of the window as `world` has them; what all worlds agree on."""
        self._window = None
        self.state = world.state
        # The calls that follow are alone.
        self.state.moments = None
        for number, judged in world.judged.items():
            if number < window.first:
                self.calls[number] = judged
        all_reached = [self._reached(window, each) for each in (world, *others)]
        for made in window.made:
            self._add_of(window, world, made)
        for here, found in (
            (self.reached, [ids for ids, _ in all_reached]),
            (self.returned_ids, [ids for _, ids in all_reached]),
        ):
            here.update({id_: None for id_ in found[0] if all(id_ in each for each in found)})
        world.state.seen.intersection_update(*(each.state.seen for each in others))
        world.state.calls = len(self.calls)

    def _reached(self, window: Window, world: World) -> tuple[dict[str, None], dict[str, None]]:
        reached_ids: dict[str, None] = {}
        returned_ids: dict[str, None] = {}
        for number in range(window.first, window.first + len(window.made)):
            if number in world.judged:
                note_reached(world.judged[number], self.info.claims, reached_ids, returned_ids)
        return reached_ids, returned_ids

    def _add_of(self, window: Window, world: World, made: CallMade) -> None:
        """Add the next call of a window."""
        number = len(self.calls)
        judged = world.judged.get(number)
        if judged is None:
            world.state.switch(window.processes[number])
            judged = unjudged(world.state, made, number, window.outcomes.get(number))
        if judged.verdict.kind.diverges:
            self._doubted.append(number)
        until = window.until.get(number)
        self.calls.append(judged._replace(until=until, beside=window.beside[number]))


def note_reached(
    judged: Judged, claims: Sequence[str], ids: dict[str, None], returned: dict[str, None]
) -> None:
    """Add the clauses whose condition held for a call, and those of which it returned a status.

    Why a status that is allowed at any time was returned, no call shows: it counts for a case that
    claims it, because the case made the reason.
    """
    verdict = judged.verdict
    status = 0 if verdict.kind.diverges else judged.outcome.status
    for clause in reached(verdict.allowed, status):
        ids[clause.id] = None
        if judged.outcome.status in clause.statuses:
            returned[clause.id] = None
    permitted = verdict.permitted
    if permitted is not None and permitted.id in claims:
        ids[permitted.id] = returned[permitted.id] = None
