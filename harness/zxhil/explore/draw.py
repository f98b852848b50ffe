"""Draw calls for a program, by what the model knows of the handles at that point.

The model answers each call itself as a kernel that keeps to its pages would (`predict`). So it is
known which handles live, of which type, and in which state: draws aim at those that fit.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from typing import Any

from zxhil.abi.calls import BY_NAME, Parameter, Syscall
from zxhil.abi.calls.given import derived
from zxhil.abi.calls.prototype import AnsweredBy
from zxhil.abi.kinds import Kind, Pointer, Where
from zxhil.abi.objects import InfoTopic, ObjType
from zxhil.abi.rights import Rights
from zxhil.explore.leftout import spares
from zxhil.explore.numbers import number
from zxhil.explore.program import Ref, Step
from zxhil.explore.sketch import KnownValue, Sketch, kinds_of
from zxhil.model.objects import HandleEntry, KernelObject

#: How often a size is that of what it is the size of.
_FOLLOWS = 0.88
_NEVER = (0, 7, 0xDEADBEEF)
#: How often a call is given nothing to read: NULL, and no size.
_NOTHING = 0.08
#: How often an array is changed in one element, and not as a whole.
_EDITED = 0.6
#: How often a call that is given a koid gets that of a child of the object, or of a child of one.
_RELATED = 0.7
#: How often a call is given ZX_HANDLE_INVALID for another handle than its first one.
_NO_OTHER = 0.12
#: How often a call gets a handle twice.
_TWICE = 0.12
#: How often a call gets the handle that one of the calls before it was given.
_AGAIN = 0.25


class Drawing:
    """Where a call's random values come from (`zxhil.abi.kinds.Pool`)."""

    def __init__(
        self,
        rng: random.Random,
        sketch: Sketch,
        absent: frozenset[int] = frozenset(),
        drawn: Counter[str] | None = None,
    ) -> None:
        self.rng = rng
        self._drawn_types = Counter[str]() if drawn is None else drawn
        """How often a call was given a handle of a type: the rare ones come first."""
        self._sketch = sketch
        self._absent = absent
        """Topics of zx_object_get_info that the kernel does not know."""
        self._call = self._parameter = ""
        self._used: list[int] = []
        """The handles that the call was given so far."""

    def step(self, name: str) -> Step:
        """A call with random arguments."""
        syscall = BY_NAME[name]
        sizes, given = derived(syscall), dict[str, Any]()
        elements = _elements(syscall)
        self._call = name
        self._used.clear()
        for parameter in syscall.parameters:
            self._parameter, kind = parameter.name, parameter.kind
            if parameter.name in sizes and self.rng.random() < _FOLLOWS:
                continue
            if kind.reads and kind.each:
                continue
            given[parameter.name] = self._drawn(syscall, kind)
            if self._used and kind.is_value and kind.is_handle and self.rng.random() < _NO_OTHER:
                given[parameter.name] = 0
            given = self._counted(syscall, given, parameter)
        if elements:
            given |= self._drawn_elements(elements, given)
        if "rights" in given and self.rng.random() < 0.4:
            given["rights"] = self._fewer_rights(given.get("handle"), given["rights"])
        usual = {k: v for k, v in given.items() if not _is_usual(syscall, k, v)}
        return Step(name, {k: bound_refs(v) for k, v in usual.items()})

    def changed(self, step: Step, hint: str) -> Step:
        """The call with another value for one argument, a bad one more often than not.

        It is, as a rule, one whose name ends as the `hint` does: a condition is named after what it
        is about.
        """
        syscall = BY_NAME[step.name]
        if not syscall.parameters:
            return step
        last = hint.rpartition("_")[2]
        named = [p for p in syscall.parameters if p.name.endswith(last)]
        parameters = named if named and self.rng.random() < 0.7 else syscall.parameters
        parameter = self.rng.choice(parameters)
        self._call, self._parameter, kind = step.name, parameter.name, parameter.kind
        # No program may wait for ever.
        waits = parameter.name == "deadline"
        trials = [] if waits else [each.value for each in kind.trials()]
        before = step.given.get(parameter.name)
        if isinstance(before, list) and before and self.rng.random() < _EDITED:
            value: Any = self._edited(kind, before)
        elif syscall.answered_by is AnsweredBy.KERNEL and trials and self.rng.random() < 0.6:
            value = self.rng.choice(trials)
        else:
            value = self._drawn(syscall, kind)
        given = {**step.given, parameter.name: bound_refs(value)}
        return Step(step.name, self._counted(syscall, given, parameter))

    def _edited(self, kind: Kind, elements: list[Any]) -> list[Any]:
        """An array with one element more or less, or with another one: often one that is there."""
        at, found = self.rng.randrange(len(elements)), list(elements)
        drawn = self._drawn(BY_NAME[self._call], kind)
        others = drawn if isinstance(drawn, list) else []
        match self.rng.randrange(5):
            case 0 | 1:
                found.insert(at, elements[at])
            case 2 if len(found) > 1:
                del found[at]
            case 3 if others:
                found.insert(at, others[0])
            case _ if others and isinstance(others[0], tuple):
                # One field of a struct.
                field = self.rng.randrange(len(elements[at]))
                found[at] = (*elements[at][:field], others[0][field], *elements[at][field + 1 :])
            case _ if others:
                found[at] = others[0]
        return found

    def _counted(
        self, syscall: Syscall, given: dict[str, Any], parameter: Parameter
    ) -> dict[str, Any]:
        """NULL is a bad pointer only where something is to be there."""
        size, value = parameter.kind.sized_by, given.get(parameter.name)
        if size and value == Pointer(Where.NULL) and size not in given and self.rng.random() < 0.4:
            given[size] = self.rng.choice((1, 1, 2))
        return given

    def _drawn(self, syscall: Syscall, kind: Kind) -> Any:
        """A value of a kind. Where the vDSO answers, a bad pointer ends the program itself."""
        if kind.reads and kind.sized_by and self.rng.random() < _NOTHING:
            return Pointer(Where.NULL)
        value = kind.draw(self.rng, self)
        own = syscall.answered_by is AnsweredBy.VDSO
        while own and isinstance(value, Pointer) and value.where is not Where.SCRATCH:
            value = kind.draw(self.rng, self)
        return value

    def fitting(self, name: str, parameter: Parameter) -> list[HandleEntry]:
        """The handles that a call takes there."""
        self._call, self._parameter = name, parameter.name
        types = _types(parameter.kind)
        entries = (entry for entry in self._sketch.entries() if self._may(entry, types))
        return [entry for entry in entries if not types or _type(entry) in types]

    def _fewer_rights(self, handle: Any, otherwise: Any) -> Any:
        """What the handle has, without one right: a call that needs that one will refuse it."""
        entry = self._sketch.state.entry(int(handle)) if isinstance(handle, int) else None
        known = None if entry is None else entry.rights.value
        if known is None or not known.bits:
            return otherwise
        return known.bits & ~int(self.rng.choice([right for right in Rights if right & known.bits]))

    def _drawn_elements(self, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Elements of a size that is given apart from their number."""
        size = int(given.get("count", 1)) * int(given.get("elem_size", 1))
        return {name: self.data(min(size, 4096))}

    def data(self, size: int) -> bytes:
        """Bytes of few values, so that different ones are alike in part."""
        return bytes(self.rng.choice(b"ab\0\xff") for _ in range(size))

    # ---- the pool of a kind

    def number(self, kind: Kind) -> int:
        """A number for the parameter, or the field, that is drawn."""
        if self._parameter == "koid" and self._sketch.koids and self.rng.random() < 0.9:
            return self._koid()
        is_address = self._parameter in ("addr", "vaddr") and self._sketch.addresses
        if is_address and self.rng.random() < 0.7:
            return self.rng.choice(self._sketch.addresses)
        in_struct = not any(p.kind is kind for p in BY_NAME[self._call].parameters)
        name = "" if in_struct else self._parameter
        value = number(self.rng, self._call, name, kind)
        return int(InfoTopic.HANDLE_BASIC) if name == "topic" and value in self._absent else value

    def _koid(self) -> KnownValue:
        """One that is known: of a child of the object that the call is given, if there is one."""
        own = self._sketch.state.object(self._used[0]) if self._used else None
        koids = self._sketch.koids
        related = [each for each in koids if own is not None and own in self._family(each)]
        return self.rng.choice(related if related and self.rng.random() < _RELATED else koids)

    def _family(self, koid: int) -> list[KernelObject]:
        """The object with the koid, what it is a child of, and what that is a child of."""
        found: list[KernelObject] = []
        each = self._sketch.state.by_koid.get(koid)
        while each is not None and len(found) < 3:
            found.append(each)
            each = each.parent
        return found

    def _with_family(self, entries: list[HandleEntry]) -> list[HandleEntry]:
        """Those to objects of which a child, or a child's child, has a koid that is known."""
        family = [object_ for koid in self._sketch.koids for object_ in self._family(koid)]
        return [entry for entry in entries if entry.object.value in family]

    def handle(self, kind: Kind) -> int:
        """A handle: one that fits as a rule, any other, one that is closed, or none."""
        if self._used and self.rng.random() < _TWICE:
            value = self.rng.choice(self._used)
            entry = self._sketch.state.entry(value)
            if entry is None or self._may(entry, _types(kind)):
                return value
        value = self._other_handle(kind)
        self._used.append(value)
        return value

    def _other_handle(self, kind: Kind) -> int:
        pick = self.rng.random()
        if pick > 0.96:
            return self.rng.choice(_NEVER)
        if pick > 0.91 and (dead := self._sketch.dead()):
            return self._known(self.rng.choice(dead[-6:]))
        types = _types(kind)
        if pick < _AGAIN and (again := self._again(types)) is not None:
            return again
        entries = [entry for entry in self._sketch.entries() if self._may(entry, types)]
        if any(p.name == "koid" for p in BY_NAME[self._call].parameters) and pick < 0.75:
            entries = self._with_family(entries) or entries
        fitting = [e for e in entries if types and _type(e) in types]
        if fitting and pick < 0.8:
            return self._known(self._chosen(fitting).value)
        return self._known(self._rarest(entries).value) if entries else 0

    def _again(self, types: frozenset[ObjType]) -> int | None:
        """A handle that one of the last calls was given there: what it did may show now."""
        last = [step.given.get(self._parameter) for step in self._sketch.steps[-4:]]
        found = [each for each in last if isinstance(each, Ref)]
        if not found:
            return None
        ref = self.rng.choice(found)
        value = self._sketch.value(ref)
        entry = None if value is None else self._sketch.state.entry(value)
        if value is None or entry is None or not self._may(entry, types):
            return None
        return KnownValue.of(value, ref)

    def _rarest(self, entries: list[HandleEntry]) -> HandleEntry:
        """Of some, the one of the type that the call was given least often there."""

        def key(entry: HandleEntry) -> str:
            return f"{self._call} {self._parameter} {_type(entry).name}"

        found = min(self.rng.choices(entries, k=3), key=lambda each: self._drawn_types[key(each)])
        self._drawn_types[key(found)] += 1
        return found

    def _chosen(self, entries: list[HandleEntry]) -> HandleEntry:
        """The younger more often; where something waits, for calls that take it."""
        if self._call in _TAKES and self.rng.random() < 0.6:
            entries = [e for e in entries if has_something(e.object.value)] or entries
        return self.rng.choice(entries[-8:] if self.rng.random() < 0.7 else entries)

    def _known(self, value: int) -> int:
        ref = self._sketch.ref(value)
        return value if ref is None else KnownValue.of(value, ref)

    def _may(self, entry: HandleEntry, types: frozenset[ObjType]) -> bool:
        object_ = entry.object.value
        if object_ is None or not object_.given:
            return True
        return spares(
            self._call,
            self._parameter,
            given_handle=entry.value in self._sketch.given,
            fits=not types or object_.type in types,
        )


def bound_refs(value: Any) -> Any:
    """The value of a step, with references in place of what the model has for them."""
    if isinstance(value, Ref):
        return value
    if isinstance(value, KnownValue):
        return value.ref
    if isinstance(value, Pointer) and value.content is not None:
        return Pointer(value.where, bound_refs(value.content))
    if isinstance(value, list):
        return [bound_refs(each) for each in value]
    if isinstance(value, tuple):
        return tuple(bound_refs(each) for each in value)
    return value


def _is_usual(syscall: Syscall, name: str, value: Any) -> bool:
    """Is it what the call gets where nothing is said?"""
    kind = kinds_of(syscall.name)[name]
    return not kind.is_value and not kind.reads and value == Pointer(Where.SCRATCH)


def _elements(syscall: Syscall) -> str:
    return next((p.name for p in syscall.parameters if p.kind.reads and p.kind.each), "")


def _types(kind: Kind) -> frozenset[ObjType]:
    needs = kind.needs if kind.is_value else ()
    return frozenset(type_ for each in needs for type_ in each.types)


def _type(entry: HandleEntry) -> ObjType:
    return ObjType.NONE if entry.object.value is None else entry.object.value.type


#: Calls that take what waits in an object.
_TAKES = frozenset(
    ("channel_read", "channel_read_etc", "socket_read", "socket_accept", "fifo_read", "port_wait")
)


def has_something(object_: KernelObject | None) -> bool:
    """Does something wait in the object to be taken?"""
    names = ("queue", "shares", "packets")
    data = getattr(object_, "data", None)
    return any(getattr(object_, name, None) for name in names) or bool(
        getattr(data, "chunks", None)
    )
