"""Copies of a state, and when two of them are the same.

Calls that overlap are judged in several orders, each on a copy of its own. Whatever a state holds
is copied, each object once; only what never changes is shared: clauses, pages, rights, bytes.
"""

from __future__ import annotations

import enum
import operator
from collections.abc import Callable, Hashable, Iterable
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

    __slots__ = ("add", "base", "fill", "fixed", "shared", "slots")

    def __init__(self, cls: type) -> None:
        self.shared = issubclass(cls, (*_VALUES, enum.Enum, Sentences))
        self.base: type | None = next(
            (base for base in (tuple, list, dict, set, frozenset) if issubclass(cls, base)), None
        )
        self.fixed = self.base in (tuple, frozenset)
        slots = [name for each in cls.__mro__ for name in each.__dict__.get("__slots__", ())]
        names = [name for name in slots if name not in ("__dict__", "__weakref__")]
        self.fill = _compiled("value, copy, reference, shared", _FILL, names)
        self.slots = _compiled("value, found", _SLOT, names)
        self.add = _compiled("value, found, part, shared", _ADD, names)


# Copying is most of what overlapping calls cost, and half of that would be the loops over slots. So
# each class has functions of its own, in which these lines stand for each slot that is set.
_FILL = "copy.{0} = each if each is empty or each.__class__ in shared else reference(each)"
_SLOT = "found.append(each)"
_ADD = "found.append(('{0}', each if each.__class__ in shared else {1}))"


def _compiled(parameters: str, line: str, names: Iterable[str]) -> Callable[..., None]:
    text = f"def made({parameters}):\n    pass\n"
    for name in names:
        part = "tuple(sorted(part(each), key=repr))" if name in _UNORDERED else "part(each)"
        text += f"    try:\n        each = value.{name}\n    except AttributeError:\n        pass\n"
        text += f"    else:\n        {line.format(name, part)}\n"
    space: dict[str, Any] = {"empty": ()}
    exec(text, space)
    made: Callable[..., None] = space["made"]
    return made


#: Lists whose order says nothing.
_UNORDERED = frozenset(("handles", "in_transit", "children", "unbound"))
_KEY = operator.itemgetter(0)
#: Collections that are no objects of their own: each belongs to one attribute.
_PLAIN = frozenset((list, dict, set))
_PLANS: dict[type, _Plan] = {}
#: The classes of values that copies share: most values are of one, and this is the fastest test.
_SHARED: set[type] = set()


def _plan_of(cls: type) -> _Plan:
    plan = _PLANS.get(cls)
    if plan is None:
        plan = _PLANS[cls] = _Plan(cls)
        if plan.shared:
            _SHARED.add(cls)
    return plan


def _attributes(plan: _Plan, value: Any) -> list[Any]:
    found: list[Any] = []
    plan.slots(value, found)
    own = getattr(value, "__dict__", None)
    return [*found, *own.values()] if own else found


def parts_of(value: Any) -> list[Any]:
    """What a value refers to; nothing of one that never changes."""
    plan = _plan_of(value.__class__)
    if plan.shared:
        return []
    if plan.base is dict:
        return [*dict.values(value), *_attributes(plan, value)]
    if plan.base is not None:
        return list(value)
    return _attributes(plan, value)


class Copies:
    """Copies that belong together: what two of the originals share, their copies share too.

    What is of no class of its own (`_PLAIN`) belongs to one attribute, and has one copy for each.
    """

    def __init__(self) -> None:
        self._made: dict[int, Any] = {}
        """By identity of the original, which outlives this: it is part of what is copied."""
        self._open: list[tuple[_Plan, Any, Any]] = []

    def of(self, value: T) -> T:
        """The copy of `value`, with all that it refers to."""
        reference, waiting = self._reference, self._open
        copy: T = reference(value)
        while waiting:
            plan, original, made = waiting.pop()
            if plan.base is not None:
                self._fill_collection(plan.base, original, made)
            plan.fill(original, made, reference, _SHARED)
            own = getattr(original, "__dict__", None)
            if own:
                made.__dict__.update({name: reference(each) for name, each in own.items()})
        return copy

    def _reference(self, value: Any) -> Any:
        """The copy of a value, whose content may still be missing: links may be of any depth."""
        cls = value.__class__
        if cls in _SHARED:
            return value
        if cls in _PLAIN:
            return self._collection(cls, value) if value else cls()
        copy = self._made.get(id(value))
        if copy is not None:
            return copy
        plan = _PLANS.get(cls) or _plan_of(cls)
        if plan.shared:
            return value
        if plan.fixed:
            parts = self._references(value)
            if all(map(operator.is_, parts, value)):
                return value
            return cls._make(parts) if hasattr(cls, "_make") else cls(parts)
        copy = self._made[id(value)] = cls.__new__(cls)
        if cls is Fact and value.basis is None and not value.broken:
            # Most objects are these, and they lead at once to what is queued.
            plan.fill(value, copy, self._reference, _SHARED)
        else:
            self._open.append((plan, value, copy))
        return copy

    def _collection(self, cls: type, value: Any) -> Any:
        if cls is dict:
            reference = self._reference
            return {reference(key): reference(each) for key, each in value.items()}
        return self._references(value) if cls is list else set(self._references(value))

    def _references(self, values: Iterable[Any]) -> list[Any]:
        reference = self._reference
        return [each if each.__class__ in _SHARED else reference(each) for each in values]

    def _fill_collection(self, base: type, value: Any, copy: Any) -> None:
        reference = self._reference
        if base is list:
            copy.extend(self._references(value))
        elif base is dict:
            for key, each in dict.items(value):
                dict.__setitem__(copy, reference(key), reference(each))
        elif base is set:
            copy.update(self._references(value))


# ---- sameness

#: What a state keeps for blame alone, or of the call that is judged now.
_APART = frozenset(
    (
        *("expected_facts", "seen", "older_blamed", "suspected", "page", "settles", "calls"),
        *("known_clauses", "moments", "began", "ended", "thread", "unstated", "earliest"),
    )
)


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
        part = self._part
        if cls is Fact:
            known, options = value.value, value.options
            return (
                known if known.__class__ in _SHARED else part(known),
                tuple(map(part, options)) if options else (),
            )
        if cls is list:
            return tuple([each if each.__class__ in _SHARED else part(each) for each in value])
        if cls is dict:
            return self._items(value)
        plan = _PLANS.get(cls) or _plan_of(cls)
        if plan.shared:
            return value  # type: ignore[no-any-return]
        if plan.base in (tuple, list):
            return tuple([part(each) for each in value])
        if plan.base in (set, frozenset):
            return frozenset([part(each) for each in value])
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self._kept)
            self._kept.append(value)
        return ("#", number)

    def _items(self, value: dict[Any, Any]) -> Hashable:
        if not value:
            return ()
        items = list(dict.items(value))
        if all(isinstance(key, int) for key, _ in items):
            items.sort(key=_KEY)
        return tuple([(self._part(key), self._part(each)) for key, each in items])

    def _content(self, value: Any) -> Hashable:
        cls = value.__class__
        plan = _PLANS[cls]
        found: list[Hashable] = [cls]
        if plan.base is dict:
            found.append(self._items(value))
        plan.add(value, found, self._part, _SHARED)
        own = getattr(value, "__dict__", None)
        for name, each in own.items() if own else ():
            if name not in _APART or cls is not State:
                part: Any = each if each.__class__ in _SHARED else self._part(each)
                found.append((name, tuple(sorted(part, key=repr)) if name in _UNORDERED else part))
        return tuple(found)
