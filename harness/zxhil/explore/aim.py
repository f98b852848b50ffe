"""Change a call that would succeed so that it breaks one rule of its page, as the rule asks.

Most rules are routine: their pages have them as data (`zxhil.model.asks`).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, NamedTuple

from zxhil.abi.calls import BY_NAME, Parameter
from zxhil.abi.kinds import Kind, Pointer, Where
from zxhil.abi.rights import Rights
from zxhil.explore.makers import MAKERS
from zxhil.explore.program import Ref, Step
from zxhil.explore.sketch import Sketch
from zxhil.explore.spoil import USUAL, Spoiler
from zxhil.model.asks import Asks, Routine
from zxhil.model.clause import Clause
from zxhil.model.objects import HandleEntry
from zxhil.model.pages import load

#: No handle has these values: the first is ZX_HANDLE_INVALID.
_NO_HANDLES = (0, 7, 0xDEADBEEF)
#: How often a handle is closed, in place of one that never was.
_CLOSED = 0.4
_BITS = 32


class _Case(NamedTuple):
    """The call, the parameter that a rule is about, and what the rule asks of it."""

    step: Step
    parameter: Parameter
    routine: Routine

    def giving(self, value: Any, **others: Any) -> Step:
        """The call with another value for the parameter."""
        return self.step.giving({**self.step.given, self.parameter.name: value, **others})


class RuleBreaker:
    """Breaks rules for calls after those of a sketch; `may` are the calls that it may make."""

    def __init__(
        self, rng: random.Random, sketch: Sketch, spoiler: Spoiler, may: frozenset[str]
    ) -> None:
        self._rng = rng
        self._sketch = sketch
        self._spoiler = spoiler
        self._may = may

    def breaking(self, step: Step, clause: Clause) -> tuple[Step, ...]:
        """The call with what breaks the rule, after what that needs; empty if nothing is known."""
        routine = load(step.name).routines.get(clause)
        if routine is None:
            return ()
        parameters = BY_NAME[step.name].parameters
        parameter = next(each for each in parameters if each.name == routine.parameter)
        way = _WAYS.get(routine.asks)
        steps = () if way is None else way(self, _Case(step, parameter, routine))
        return steps if all(each.name in self._may for each in steps) else ()

    def _own(self, case: _Case) -> tuple[HandleEntry, Ref] | None:
        """The handle that the call has there."""
        ref = case.step.given.get(case.parameter.name)
        value = self._sketch.value(ref) if isinstance(ref, Ref) else None
        entry = None if value is None else self._sketch.state.entry(value)
        return (entry, ref) if entry is not None and isinstance(ref, Ref) else None

    def invalid(self, case: _Case) -> tuple[Step, ...]:
        """A handle that was closed, or never was one."""
        if not case.parameter.kind.is_value:
            return ()
        own = self._own(case)
        if own is not None and not own[1].is_given and self._rng.random() < _CLOSED:
            return Step("handle_close", {"handle": own[1]}), case.step
        return (case.giving(self._rng.choice(_NO_HANDLES)),)

    def other_type(self, case: _Case) -> tuple[Step, ...]:
        """A handle to a new object of another type."""
        if not case.parameter.kind.is_value:
            return ()
        types = [type_ for type_ in MAKERS if int(type_) not in case.routine.detail]
        maker = self._rng.choice(MAKERS[self._rng.choice(types)])
        made = next(p.name for p in BY_NAME[maker.name].parameters if p.kind.is_new_handle)
        return maker, case.giving(Ref(len(self._sketch.steps), made))

    def without_right(self, case: _Case) -> tuple[Step, ...]:
        """A handle like its own, without the right."""
        own = self._own(case)
        if own is None:
            return ()
        rights = own[0].rights.value
        bits = int(USUAL) if rights is None else rights.bits
        first = self._spoiler.reduced(*own, bits & ~case.routine.detail[0])
        return (*first, case.giving(Ref(len(self._sketch.steps), "out"))) if first else ()

    def rights_not_held(self, case: _Case) -> tuple[Step, ...]:
        """More rights than its handle has: without the one that is asked for."""
        handle = BY_NAME[case.step.name].parameters[case.routine.detail[0]]
        own = self._own(case._replace(parameter=handle))
        rights = None if own is None else own[0].rights.value
        if own is None or rights is None:
            return ()
        # What the call itself needs stays.
        needed = Rights.DUPLICATE | Rights.ENUMERATE | Rights.READ | Rights.WRITE | Rights.TRANSFER
        there = [right for right in Rights if right & rights.bits & ~int(needed)]
        if not there:
            return (case.giving(int(Rights.SAME_RIGHTS) >> 1 | rights.bits),)
        first = self._spoiler.reduced(*own, rights.bits & ~int(self._rng.choice(there)))
        made = Ref(len(self._sketch.steps), "out")
        return (*first, case.giving(rights.bits, **{handle.name: made})) if first else ()

    def peer_closed(self, case: _Case) -> tuple[Step, ...]:
        """Its object, after the other end was closed."""
        own = self._own(case)
        peers = [] if own is None else self._spoiler.peers(own[0])
        closed = [Step("handle_close", {"handle": each}) for each in peers]
        return (*closed, case.step) if closed else ()

    def bad_pointer(self, case: _Case) -> tuple[Step, ...]:
        """Memory that is not there, or can't be written."""
        kind = case.parameter.kind
        bad = [Pointer(Where.UNMAPPED), Pointer(Where.KERNEL)]
        if kind.writes:
            bad.append(Pointer(Where.READ_ONLY))
        size = kind.sized_by
        one = {} if not size or case.step.given.get(size) else {size: 1}
        return (case.giving(self._rng.choice(bad), **one),)

    def other_bit(self, case: _Case) -> tuple[Step, ...]:
        """One bit more than the rule knows."""
        known, kind = case.routine.detail[0], case.parameter.kind
        free = [bit for bit in range(_BITS) if not known >> bit & 1]
        before = case.step.given.get(case.parameter.name, 0)
        bit = 1 << self._rng.choice(free[:3] if self._rng.random() < 0.5 else free)
        return (case.giving(kind.fitted(int(before) | bit)),) if isinstance(before, int) else ()

    def other_value(self, case: _Case) -> tuple[Step, ...]:
        """The first value that is not valid, or a larger one."""
        most = max(case.routine.detail)
        value = self._rng.choice((most + 1, most + 2, 0x7FFFFFFF))
        return (case.giving(case.parameter.kind.fitted(value)),)

    def too_many(self, case: _Case) -> tuple[Step, ...]:
        """One more than the most: of handles, really so many."""
        return self._as_many(case, case.routine.detail[0] + 1)

    def _as_many(self, case: _Case, count: int) -> tuple[Step, ...]:
        array = _sized(case)
        if array is not None and array.handles_given() is not None:
            return self._spoiler.crowded(case.step, count)
        return (case.giving(case.parameter.kind.fitted(count)),)

    def at_limits(self, step: Step) -> tuple[Step, ...]:
        """The call with as many of something as its page allows; empty if that is not known."""
        page, parameters = load(step.name), BY_NAME[step.name].parameters
        limits = [each for each in page.routines.values() if each.asks is Asks.MOST]
        if not limits:
            return ()
        routine = self._rng.choice(limits)
        parameter = next(each for each in parameters if each.name == routine.parameter)
        return self._as_many(_Case(step, parameter, routine), routine.detail[0])


def _sized(case: _Case) -> Kind | None:
    """The kind of the array whose number of elements the parameter is."""
    kinds = (parameter.kind for parameter in BY_NAME[case.step.name].parameters)
    return next((kind for kind in kinds if kind.sized_by == case.parameter.name), None)


_WAYS: dict[Asks, Callable[[RuleBreaker, _Case], tuple[Step, ...]]] = {
    Asks.VALID: RuleBreaker.invalid,
    Asks.TYPE: RuleBreaker.other_type,
    Asks.RIGHT: RuleBreaker.without_right,
    Asks.HELD: RuleBreaker.rights_not_held,
    Asks.PEER: RuleBreaker.peer_closed,
    Asks.POINTER: RuleBreaker.bad_pointer,
    Asks.BITS: RuleBreaker.other_bit,
    Asks.VALUE: RuleBreaker.other_value,
    Asks.MOST: RuleBreaker.too_many,
}
