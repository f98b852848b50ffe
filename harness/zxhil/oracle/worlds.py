"""Calls that overlap: which orders of their effects explain what they answered.

Each call has its effect at one moment between its `C` and its `R`. A `World` is a state that one
order led to. Orders are searched as late as possible: only when a call returns must it have had its
effect, after none or some of those that are under way. What touches nothing in common is not
ordered, and worlds in which nothing differs that an answer can depend on are one. So a call that
is blocked while another thread makes a thousand has a thousand places at the most, and as a rule
few that its answer allows.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.copying import Copies, likeness
from zxhil.model.judge import apply
from zxhil.model.moments import Moments
from zxhil.model.page import AnyPage
from zxhil.model.processes import ends
from zxhil.model.reach import Touched, apart, touched
from zxhil.model.sentences import nothing
from zxhil.model.state import State
from zxhil.model.tri import YES
from zxhil.oracle.judging import judge_call
from zxhil.oracle.sentence import Judged
from zxhil.trace.events import CallMade

if TYPE_CHECKING:
    from zxhil.docs.statuses import DocumentedStatuses

#: Worlds that are followed at a time, and effects that are tried for one window of overlapping
#: calls: a number, and some for each of its calls.
MOST_WORLDS = 128
MOST_STEPS = 600
STEPS_PER_CALL = 15


class TooManyOrdersError(Exception):
    """The calls overlap in more ways than are followed."""


class Open(NamedTuple):
    """A call of the window. `outcome` is None for one that never returned.

    `ends_process`: its only effect is that its process ends.
    """

    number: int
    made: CallMade
    page: AnyPage
    process: int
    listed: DocumentedStatuses | None
    outcome: Outcome | None
    ended: int
    ends_process: bool = False


class World:
    """A state, and how it came about.

    `judged` has the calls of the window, and earlier ones that diverged: what they blame may be
    revised. `done` are the calls that have had their effect. `moments` belong to those under way.
    """

    __slots__ = ("cost", "done", "judged", "moments", "moved", "state")

    def __init__(self, state: State, judged: dict[int, Judged]) -> None:
        self.state = state
        self.judged = judged
        self.done: frozenset[int] = frozenset()
        self.moments: dict[int, Moments] = {}
        self.cost = 0
        """How many calls diverge."""
        self.moved = 0
        """How many calls had their effect before one that returned earlier."""

    def copied(self) -> World:
        """Another world that can go its own way."""
        copies = Copies()
        # Those that were confirmed are of no more use, and need no copy.
        self.state.open_expectations()
        copy = World(copies.of(self.state), dict(self.judged))
        for number, each in self.judged.items():
            if each.verdict.kind.diverges:
                copy.judged[number] = each._replace(verdict=copies.of(each.verdict))
        copy.moments = {number: copies.of(each) for number, each in self.moments.items()}
        copy.done, copy.cost, copy.moved = self.done, self.cost, self.moved
        return copy


class OrderSearch:
    """Follows the worlds of one window. `calls` are its calls, by number.

    `gone` are earlier ones that never return, and of which the effect may still come.
    """

    def __init__(
        self, worlds: list[World], calls: Mapping[int, Open], gone: Mapping[int, Open]
    ) -> None:
        self.worlds = worlds
        self._calls = dict(calls) | dict(gone)
        self._under_way = dict(gone)
        self._overlapped: set[int] = set()
        """Calls during which others were under way, also if those come later in a world."""
        self._steps = MOST_STEPS + STEPS_PER_CALL * len(calls)
        self._met: dict[Hashable, int] = {}
        """The worlds that were tried for the call that returns now, with the least `moved` of each.
        """

    def made(self, number: int) -> None:
        """The `C` of a call."""
        if self._under_way:
            self._overlapped.update((number, *self._under_way))
        self._under_way[number] = self._calls[number]

    def goes(self, call: Open) -> None:
        """The `C` of a call that never returns."""
        self._calls[call.number] = self._under_way[call.number] = call

    def each(self, happens: Callable[[State], None]) -> None:
        """Something that is no call happened."""
        for world in self.worlds:
            happens(world.state)

    def returned(self, number: int) -> None:
        """The `R` of a call: from now on it has had its effect. Raises `TooManyOrdersError`."""
        call = self._calls[number]
        self._met = {}
        fine: list[World] = []
        stuck: list[World] = []
        for world in self.worlds:
            self._orders(world, call, fine, stuck)
        if not fine:
            for world in stuck:
                self._with_unreturned(world, call, fine)
        if not fine:
            # No order explains it. Those worlds are left in which the fewest calls diverge.
            least = min(world.cost for world in stuck)
            fine = [self._step(world, call) for world in stuck if world.cost == least]
        del self._under_way[number]
        least = min(world.cost for world in fine)
        self.worlds = self._different([world for world in fine if world.cost == least])
        if len(self.worlds) > MOST_WORLDS:
            raise TooManyOrdersError

    def happened(self, name: str) -> None:
        """What follows shows that the one call `name` under way has had its effect."""
        found = [each.number for each in self._under_way.values() if each.made.name == name]
        if len(found) != 1:
            return
        for world in self.worlds:
            call = self._calls[found[0]]
            if call.number not in world.done and call.outcome is None:
                self._guess(world, call, Outcome(0, {}))
            elif call.number not in world.done and self._possible(world, call):
                self._step(world, call)

    # ---- orders

    def _orders(self, world: World, call: Open, fine: list[World], stuck: list[World]) -> None:
        """Let `call` have its effect, after none or some of those under way.

        Worlds in which its answer is allowed are added to `fine`, those in which it isn't and
        where it has not had its effect, to `stuck`.
        """
        if call.number in world.done:
            fine.append(world)
            return
        related = self._related(world, call)
        world = self._with_observers(world, related)
        # Two others may lead to one world in both of their orders.
        several = len(related) > 1
        for other in related:
            if other.outcome is None or other.number in world.done:
                continue
            if _waits_to_begin(world, other):
                copy = world.copied()
                if self._begin(copy, other) and not (several and self._was_met(copy)):
                    self._orders(copy, call, fine, stuck)
            elif self._possible(world, other):
                copy = world.copied()
                copy.moved += 1
                self._step(copy, other)
                if not (several and self._was_met(copy)):
                    self._orders(copy, call, fine, stuck)
        if _waits_to_begin(world, call):
            self._begin(world, call)
            self._orders(world, call, fine, stuck)
        elif self._possible(world, call):
            fine.append(self._step(world, call))
        else:
            stuck.append(world)

    def _was_met(self, world: World) -> bool:
        """Was one tried that `_different` would keep in its place? All that follows it did."""
        world.state.switch(0)
        met = likeness(world.state, world.moments), world.done, world.cost
        moved = self._met.get(met)
        if moved is not None and moved <= world.moved:
            return True
        self._met[met] = world.moved
        return False

    def _with_observers(self, world: World, related: list[Open]) -> World:
        """The world in which those calls have had their effect that only observe, and may now.

        Where nothing changed by that, all that can follow before such a call can follow after it.
        """
        for call in related:
            if call.number in world.done or not call.page.observes or call.outcome is None:
                continue
            if _waits_to_begin(world, call) or not self._possible(world, call):
                continue
            copy = self._step(world.copied(), call)
            copy.state.switch(world.state.process)
            if likeness(copy.state) == likeness(world.state):
                world = copy
        return world

    def _with_unreturned(self, world: World, call: Open, fine: list[World]) -> None:
        """The same, where a call that never returned may have had its effect before."""
        for other in self._related(world, call):
            if other.outcome is not None or other.page.observes:
                continue
            failed = [clause.statuses[0] for clause, _ in other.page.errors[:1]]
            for status in (0, *(failed if other.page.fail is not nothing else ())):
                copy = world.copied()
                self._guess(copy, other, Outcome(int(status), {}))
                self._orders(copy, call, fine, [])

    def _related(self, world: World, call: Open) -> list[Open]:
        """The calls under way whose order with `call` matters, directly or by one another."""
        left = {
            number: (other, self._touched(world, other))
            for number, other in self._under_way.items()
            if number not in world.done and number != call.number
        }
        found: list[Open] = []
        near = [self._touched(world, call)] if left else []
        while near:
            of = near.pop()
            for number, (other, its) in list(left.items()):
                if not apart(of, its):
                    found.append(other)
                    near.append(its)
                    del left[number]
        return found

    def _touched(self, world: World, call: Open) -> Touched:
        if call.ends_process:
            return None
        world.state.switch(call.process)
        return touched(world.state, call.page, call.made.call, call.outcome)

    def _different(self, worlds: list[World]) -> list[World]:
        """One of each kind of world, those first in which the fewest calls changed places.

        One in which a call that only observes has still to come has nothing that one has not in
        which it came, and changed nothing.
        """
        worlds.sort(key=lambda world: world.moved)
        left: dict[Hashable, list[World]] = {}
        for world in worlds if len(worlds) > 1 else ():
            world.state.switch(0)
            alike = left.setdefault(likeness(world.state), [])
            if not any(self._covers(other, world) for other in alike):
                alike[:] = [other for other in alike if not self._covers(world, other)]
                alike.append(world)
        return [world for alike in left.values() for world in alike] or worlds

    def _covers(self, one: World, other: World) -> bool:
        """Is what can follow `other`, of which the state is the same, all that can follow `one`?"""
        more = one.done - other.done
        if other.done - one.done or not all(self._calls[n].page.observes for n in more):
            return False
        left = {number: each for number, each in other.moments.items() if number not in more}
        return likeness(one.moments) == likeness(left)

    # ---- steps

    def _enter(self, world: World, call: Open, moments: Moments | None = None) -> State:
        """Make the state that of `call`: of its process, at its time, with its `moments`."""
        state = world.state
        state.switch(call.process)
        state.calls = call.number
        state.began, state.ended = call.made.time, call.ended
        state.thread, state.moments = call.made.thread, moments
        return state

    def _moments(self, world: World, call: Open) -> Moments | None:
        """The moments of a call: None of one that is alone, whatever it is in the world's order."""
        known = world.moments.get(call.number)
        return Moments() if known is None and call.number in self._overlapped else known

    def _possible(self, world: World, call: Open) -> bool:
        if call.outcome is None or not call.page.modelled:
            return call.outcome is not None
        state = self._enter(world, call, self._moments(world, call))
        return call.page.possible(state, call.made.call, call.outcome)

    def _step(self, world: World, call: Open) -> World:
        """Let `call`, which returns, have its effect, and judge it."""
        assert call.outcome is not None
        self._note(world, call)
        state = self._enter(world, call, self._moments(world, call))
        world.moments.pop(call.number, None)
        judged = judge_call(state, call.page, call.made, call.outcome, call.listed)
        world.judged[call.number] = judged
        world.done |= {call.number}
        world.cost += judged.verdict.kind.diverges
        return world

    def _begin(self, world: World, call: Open) -> bool:
        """Let the begin of `call` have its effect; return whether its answer allows it here."""
        self._note(world, call)
        moments = world.moments.setdefault(call.number, Moments())
        state, page = self._enter(world, call, moments), call.page
        outcome = call.outcome or Outcome(0, {})
        conditions = page.conditions(state, call.made.call)
        moments.begins(conditions, page.watched(state, call.made.call))
        page.begin(state, call.made.call, outcome)
        if outcome.status:
            return True
        # That nothing has come yet does not refuse a call which begins to wait for it.
        asked = zip(page.errors, moments.lows, strict=True)
        refused = (low for (each, _), low in asked if Status.ZX_ERR_TIMED_OUT not in each.statuses)
        return YES not in refused

    def _guess(self, world: World, call: Open, outcome: Outcome) -> None:
        """Let a call that never returned have the effect of this outcome; it is not judged."""
        self._note(world, call)
        state = self._enter(world, call)
        if call.ends_process:
            ends(state, call.page.purpose)
        elif call.page.begin is not nothing:
            call.page.begin(state, call.made.call, outcome)
        else:
            apply(call.page, state, call.made.call, outcome)
        world.done |= {call.number}

    def _note(self, world: World, call: Open) -> None:
        """Before something of `call` happens: another moment of those under way that it touches."""
        self._steps -= 1
        if self._steps < 0:
            raise TooManyOrdersError
        others = [
            each
            for number, each in self._under_way.items()
            if number not in world.done and number != call.number and each.outcome is not None
        ]
        its = self._touched(world, call) if others else None
        for other in others:
            if apart(its, self._touched(world, other)):
                continue
            moments = world.moments.setdefault(other.number, Moments())
            state, given = self._enter(world, other, moments), other.made.call
            moments.note(other.page.conditions(state, given), other.page.watched(state, given))


def _waits_to_begin(world: World, call: Open) -> bool:
    """Has the call an effect at its begin, which is still to come?"""
    moments = world.moments.get(call.number)
    return call.page.begin is not nothing and (moments is None or not moments.begun)
