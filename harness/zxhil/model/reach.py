"""What a call can touch: calls of different threads that share nothing have no order."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from zxhil.abi.calls import AnyCall
from zxhil.model.clause import Outcome
from zxhil.model.copying import parts_of
from zxhil.model.facts import Fact
from zxhil.model.given import handles_in, unrecorded_handles
from zxhil.model.objects import KernelObject
from zxhil.model.page import AnyPage
from zxhil.model.sentences import nothing
from zxhil.model.state import State

#: Of an object that hangs together with more than these values, anything may be touched.
_MOST = 400

Touched = frozenset[Hashable] | None
"""Handles and objects; None for anything at all."""


def touched(s: State, page: AnyPage, call: AnyCall, outcome: Outcome | None) -> Touched:
    """What the call may depend on or change, in the table that `s` has now.

    Of a call that has not returned, the handles that it may yet return are unknown, and new.
    """
    scalars, listed = handles_in(call)
    values = {value for value in (*scalars, *listed) if value}
    if page.touches is not None and not values:
        return frozenset(page.touches)
    if not values and not page.handles_out:
        return frozenset() if _is_alone(page) or not page.modelled else None
    if s.unbound or not page.modelled or unrecorded_handles(call):
        return None
    objects = [None if (e := s.entry(value)) is None else e.object for value in values]
    found: set[Hashable] = {(s.process, value) for value in values}
    found.update(page.touches or ())
    returned = [] if outcome is None or outcome.status else _returned(page, outcome)
    if None in returned or len(set(returned)) < len(returned):
        # A handle of unknown value: its memory was not recorded, or holds another one's.
        return None
    found.update((s.process, value) for value in returned)
    reached = _hangs_together(s, [each for each in objects if each is not None])
    return None if reached is None else frozenset(found | reached)


def apart(one: Touched, other: Touched) -> bool:
    """Does the order of two calls that touch these certainly not matter?"""
    if one is None or other is None:
        return one == frozenset() or other == frozenset()
    return one.isdisjoint(other)


def _is_alone(page: AnyPage) -> bool:
    """Does the call neither change the model nor ask it anything?"""
    effects = (page.succeed, page.fail, page.begin)
    return not page.watches and all(effect is nothing for effect in effects)


def _returned(page: AnyPage, outcome: Outcome) -> list[int | None]:
    """The handles that a call returned; None for those that were not recorded."""
    found: list[int | None] = []
    for parameter in page.syscall.parameters:
        handles = parameter.kind.handles_written()
        if handles is not None:
            value = outcome.outs.get(parameter.name)
            found += [None] if value is None else handles(value)
    return found


def _hangs_together(s: State, first: list[Any]) -> set[Hashable] | None:
    """The objects that these refer to, directly or not; None for too many."""
    seen: set[int] = set()
    objects: set[Hashable] = set()
    waiting = list(first)
    while waiting:
        value = waiting.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if len(seen) > _MOST:
            return None
        if isinstance(value, KernelObject):
            objects.add(id(value))
            waiting += [p for p in s.ports if any(w.object is value for w in p.waits)]
        waiting += (value.value, *value.options) if isinstance(value, Fact) else parts_of(value)
    return objects
