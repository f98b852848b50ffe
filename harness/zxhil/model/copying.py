"""Copies of a state, and when two of them are the same.

Calls that overlap are judged in several orders, each on a copy of its own. Whatever a state holds
is copied, each object once; only what never changes is shared: clauses, pages, rights, bytes.
"""

from __future__ import annotations

import enum
import operator
from collections.abc import Hashable, Iterable
from typing import Any, TypeVar

from zxhil.abi.sample import Sample
from zxhil.model.clause import Clause, Outcome
from zxhil.model.contents import Contents, Piece
from zxhil.model.facts import Expectation, Fact, KnownRights
from zxhil.model.objects import Content
from zxhil.model.sentences import Sentences
from zxhil.model.state import State

T = TypeVar("T")

_VALUES = (
    *(int, str, bytes, bool, float, type(None), type, type(lambda: None), type(len)),
    *(Clause, Expectation, KnownRights, Content, Contents, Piece, Sample, Outcome),
)


class _Plan:
    """How the objects of a class are copied: by reference, as a collection, by attribute."""

    __slots__ = ("base", "fixed", "names", "shared")

    def __init__(self, cls: type) -> None:
        self.shared = issubclass(cls, (*_VALUES, enum.Enum, Sentences))
        self.base: type | None = next(
            (base for base in (tuple, list, dict, set, frozenset) if issubclass(cls, base)), None
        )
        self.fixed = self.base in (tuple, frozenset)
        slots = [name for each in cls.__mro__ for name in each.__dict__.get("__slots__", ())]
        self.names = tuple(name for name in slots if name not in ("__dict__", "__weakref__"))


_PLANS: dict[type, _Plan] = {}
#: The classes of values that copies share: most values are of one, and this is the fastest test.
_SHARED: set[type] = set()
#: In place of an attribute that was never set.
_UNSET = object()


def _plan_of(cls: type) -> _Plan:
    plan = _PLANS.get(cls)
    if plan is None:
        plan = _PLANS[cls] = _Plan(cls)
        if plan.shared:
            _SHARED.add(cls)
    return plan


def _attributes(plan: _Plan, value: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in plan.names:
        each = getattr(value, name, _UNSET)
        if each is not _UNSET:
            found[name] = each
    found.update(getattr(value, "__dict__", ()))
    return found


def parts_of(value: Any) -> list[Any]:
    """What a value refers to; nothing of one that never changes."""
    plan = _plan_of(value.__class__)
    if plan.shared:
        return []
    if plan.base is dict:
        return [*dict.values(value), *_attributes(plan, value).values()]
    if plan.base is not None:
        return list(value)
    return list(_attributes(plan, value).values())


class Copies:
    """Copies that belong together: what two of the originals share, their copies share too."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Any, Any]] = {}
        self._open: list[tuple[_Plan, Any, Any]] = []

    def of(self, value: T) -> T:
        """The copy of `value`, with all that it refers to."""
        copy: T = self._reference(value)
        while self._open:
            self._fill(*self._open.pop())
        return copy

    def _reference(self, value: Any) -> Any:
        """The copy of a value, whose content may still be missing: links may be of any depth."""
        cls = value.__class__
        if cls in _SHARED:
            return value
        known = self._made.get(id(value))
        if known is not None:
            return known[1]
        plan = _PLANS.get(cls) or _plan_of(cls)
        if plan.shared:
            return value
        if plan.fixed:
            parts = self._references(value)
            if all(map(operator.is_, parts, value)):
                return value
            copy = cls._make(parts) if hasattr(cls, "_make") else cls(parts)
        else:
            copy = cls.__new__(cls)
            self._open.append((plan, value, copy))
        self._made[id(value)] = (value, copy)
        return copy

    def _references(self, values: Iterable[Any]) -> list[Any]:
        reference = self._reference
        return [each if each.__class__ in _SHARED else reference(each) for each in values]

    def _fill(self, plan: _Plan, value: Any, copy: Any) -> None:
        reference = self._reference
        if plan.base is list:
            copy.extend(self._references(value))
        elif plan.base is dict:
            for key, each in dict.items(value):
                dict.__setitem__(copy, reference(key), reference(each))
        elif plan.base is set:
            copy.update(self._references(value))
        for name in plan.names:
            each = getattr(value, name, _UNSET)
            if each is not _UNSET:
                whole = each if each.__class__ in _SHARED else reference(each)
                object.__setattr__(copy, name, whole)
        own = getattr(value, "__dict__", None)
        if own:
            copy.__dict__.update({name: reference(each) for name, each in own.items()})


# ---- sameness

#: What a state keeps for blame alone, or of the call that is judged now.
_APART = frozenset(
    (
        *("expected_facts", "seen", "older_blamed", "suspected", "page", "settles", "calls"),
        *("known_clauses", "moments", "began", "ended", "thread", "unstated", "earliest"),
    )
)
#: Lists whose order says nothing.
_UNORDERED = frozenset(("handles", "in_transit", "children", "unbound"))


def likeness(*values: Any) -> Hashable:
    """Equal for values that differ in nothing that an answer can depend on.

    Which clause a fact rests on, and whether that was confirmed, is left out.
    """
    return _Likeness().of(values)


class _Likeness:
    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}
        self._kept: list[Any] = []
        self._at = 0

    def of(self, values: tuple[Any, ...]) -> Hashable:
        found: list[Hashable] = [self._part(value) for value in values]
        while self._at < len(self._kept):
            value = self._kept[self._at]
            self._at += 1
            found.append(self._content(value))
        return tuple(found)

    def _part(self, value: Any) -> Hashable:
        cls = value.__class__
        if cls in _SHARED:
            return value  # type: ignore[no-any-return]
        if cls is Fact:
            return (self._part(value.value), tuple(map(self._part, value.options)))
        plan = _PLANS.get(cls) or _plan_of(cls)
        if plan.shared:
            return value  # type: ignore[no-any-return]
        if plan.base in (tuple, list):
            return tuple([self._part(each) for each in value])
        if plan.base in (set, frozenset):
            return frozenset([self._part(each) for each in value])
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self._kept)
            self._kept.append(value)
        return ("#", number)

    def _content(self, value: Any) -> Hashable:
        plan = _plan_of(value.__class__)
        found: list[Hashable] = [value.__class__]
        if plan.base is dict:
            items = list(dict.items(value))
            if all(isinstance(key, int) for key, _ in items):
                items.sort()
            found += [(self._part(key), self._part(each)) for key, each in items]
        attributes = _attributes(plan, value)
        if isinstance(value, State):
            attributes = {name: each for name, each in attributes.items() if name not in _APART}
        for name, each in attributes.items():
            part: Any = each if each.__class__ in _SHARED else self._part(each)
            found.append(tuple(sorted(part, key=repr)) if name in _UNORDERED else part)
        return tuple(found)
