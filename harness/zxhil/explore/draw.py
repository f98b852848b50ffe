"""Draw calls for a program, by what the model knows of the handles at that point.

The model answers each call itself as a kernel that keeps to its pages would (`predict`). So it is
known which handles live, of which type, and in which state: draws aim at those that fit.
"""

from __future__ import annotations

import functools
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from zxhil.abi.calls import BY_NAME, AnyCall, Parameter, Syscall
from zxhil.abi.calls.given import derived
from zxhil.abi.calls.prototype import AnsweredBy
from zxhil.abi.kinds import Kind, Memory, OutPointer, Pointer, Where
from zxhil.abi.objects import HandleInfo, InfoTopic, ObjType
from zxhil.abi.rights import Rights
from zxhil.explore.leftout import spares
from zxhil.explore.numbers import number
from zxhil.explore.program import KOID, CallProgram, Ref, Step, bound, given_handle
from zxhil.model.clause import Outcome
from zxhil.model.judge import judge
from zxhil.model.objects import HandleEntry, KernelObject
from zxhil.model.page import AnyPage
from zxhil.model.pages import load
from zxhil.model.predict import Numbers, predict
from zxhil.model.state import State
from zxhil.oracle.simulate import BOOTSTRAP

_GIVEN = {
    HandleInfo.PROC_SELF: "process",
    HandleInfo.THREAD_SELF: "thread",
    HandleInfo.JOB_DEFAULT: "job",
    HandleInfo.RESOURCE: "resource",
}
_NEVER = (0, 7, 0xDEADBEEF)
#: How often a call is given nothing to read: NULL, and no size.
_NOTHING = 0.08
#: How often a call gets the handle that one of the calls before it was given.
_AGAIN = 0.25


class KnownValue(int):
    """A value that the model has for what a call returned; `ref` says which."""

    ref: Ref

    @classmethod
    def of(cls, value: int, ref: Ref) -> KnownValue:
        """Make one."""
        made = cls(value)
        made.ref = ref
        return made


class Sketch:
    """A program as far as it goes, and the model's state after it."""

    def __init__(self) -> None:
        self.state = State(tuple(BOOTSTRAP.values()))
        self.steps: list[Step] = []
        self.given = frozenset(each.value for each in BOOTSTRAP.values())
        self._new = Numbers()
        self._values: dict[Ref, int] = {}
        self._refs: dict[int, Ref] = {}
        self.addresses: list[KnownValue] = []
        """Addresses of VMARs and mappings that calls returned."""
        self.koids: list[KnownValue] = []
        for info, each in BOOTSTRAP.items():
            self._learn(given_handle(_GIVEN[info]), each.value)

    @property
    def program(self) -> CallProgram:
        """The program."""
        return CallProgram(tuple(self.steps))

    def ref(self, handle: int) -> Ref | None:
        """Where a handle of the model came from."""
        return self._refs.get(handle)

    def value(self, ref: Ref) -> int | None:
        """The value that the model has for what a call returned."""
        return self._values.get(ref)

    def call(self, step: Step) -> AnyCall:
        """The decoded call that the kernel would get."""
        syscall, values = BY_NAME[step.name], dict[str, Any]()
        sizes, kinds = derived(syscall), _kinds(step.name)
        given = {
            name: bound(value, self._value) if type(value) is not int else value
            for name, value in step.given.items()
        }
        for name, kind in kinds.items():
            if name in sizes and name not in given:
                pointer = sizes[name]
                values[name] = kinds[pointer].length(_content(given.get(pointer)))
            else:
                values[name] = _argument(kind, given.get(name))
        return syscall.type(*values.values())

    def _value(self, ref: Ref) -> int:
        return self._values.get(ref, 0)

    def append(self, step: Step) -> tuple[AnyPage, AnyCall, Any]:
        """Add a call, and let the model answer it; returns what its page allows."""
        page, call = load(step.name), self.call(step)
        permits = page.allows(self.state, call)
        outcome = predict(page, self.state, call, permits, self._new)
        judge(page, self.state, call, outcome)
        number_, syscall = len(self.steps), BY_NAME[step.name]
        self.steps.append(step)
        if outcome.status == 0:
            self._returned(number_, syscall, outcome)
        return page, call, permits

    def _returned(self, number_: int, syscall: Syscall, outcome: Outcome) -> None:
        for parameter in syscall.parameters:
            kind, value = parameter.kind, outcome.outs.get(parameter.name)
            handles = kind.handles_written()
            if value is None:
                continue
            if handles is None:
                if parameter.name in ("child_addr", "mapped_addr") and isinstance(value, int):
                    ref = Ref(number_, parameter.name)
                    self._values[ref] = value
                    self.addresses.append(KnownValue.of(value, ref))
                continue
            for place, handle in enumerate(handles(value)):
                self._learn(Ref(number_, parameter.name, place), handle)
        basic = self.steps[number_].given.get("topic") == InfoTopic.HANDLE_BASIC
        if basic and isinstance(outcome.outs.get("buffer"), bytes):
            koid = int.from_bytes(outcome.outs["buffer"][:8], "little")
            ref = Ref(number_, KOID)
            self._values[ref] = koid
            self.koids.append(KnownValue.of(koid, ref))

    def _learn(self, ref: Ref, value: int) -> None:
        self._values[ref] = value
        self._refs[value] = ref

    # ---- handles

    def entries(self) -> Iterator[HandleEntry]:
        """The handles that live as far as the model knows."""
        for value, entry in self.state.table.items():
            if entry.live.value and entry.object.value is not None and value in self._refs:
                yield entry

    def dead(self) -> list[int]:
        """The handles that were closed."""
        table = self.state.table.items()
        return [v for v, e in table if e.live.value is False and v in self._refs]


def _content(value: Any) -> Any:
    return value.content if isinstance(value, Pointer) else value


@functools.cache
def _kinds(name: str) -> Mapping[str, Kind]:
    """The kinds of a call's parameters, in their order."""
    return {parameter.name: parameter.kind for parameter in BY_NAME[name].parameters}


def _argument(kind: Kind, value: Any) -> Any:
    """The decoded argument for what a step gives; None: it gives nothing."""
    if kind.is_value:
        return 0 if value is None else kind.made(value)
    if not isinstance(value, Pointer):
        return kind.made(value) if value is not None else _scratch(kind)
    match value.where:
        case Where.NULL:
            return kind.made(None)
        case Where.UNMAPPED | Where.KERNEL:
            return kind.made(Memory.INVALID)
        case Where.READ_ONLY | Where.READ_ONLY_EDGE:
            return kind.made(Memory.READABLE)
    made = _scratch(kind) if value.content is None else kind.made(value.content)
    misaligned = value.where is Where.MISALIGNED and kind.element_alignment > 1
    return made._replace(aligned=False) if misaligned else made


def _scratch(kind: Kind) -> Any:
    return OutPointer(Memory.WRITABLE, aligned=True) if not kind.reads else kind.made(None)


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

    def step(self, name: str) -> Step:
        """A call with random arguments."""
        syscall = BY_NAME[name]
        sizes, given = derived(syscall), dict[str, Any]()
        elements = _elements(syscall)
        self._call = name
        for parameter in syscall.parameters:
            self._parameter, kind = parameter.name, parameter.kind
            if parameter.name in sizes and self.rng.random() < 0.97:
                continue
            if kind.reads and kind.each:
                continue
            given[parameter.name] = self._drawn(syscall, kind)
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
        last = hint.rpartition("_")[2]
        named = [p for p in syscall.parameters if p.name.endswith(last)]
        parameters = named if named and self.rng.random() < 0.7 else syscall.parameters
        parameter = self.rng.choice(parameters)
        self._call, self._parameter, kind = step.name, parameter.name, parameter.kind
        trials = [each.value for each in kind.trials()]
        if syscall.answered_by is AnsweredBy.KERNEL and trials and self.rng.random() < 0.6:
            value: Any = self.rng.choice(trials)
        else:
            value = self._drawn(syscall, kind)
        given = {**step.given, parameter.name: bound_refs(value)}
        return Step(step.name, self._counted(syscall, given, parameter))

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
        if self._parameter == "koid" and self._sketch.koids and self.rng.random() < 0.8:
            return self.rng.choice(self._sketch.koids)
        is_address = self._parameter in ("addr", "vaddr") and self._sketch.addresses
        if is_address and self.rng.random() < 0.7:
            return self.rng.choice(self._sketch.addresses)
        in_struct = not any(p.kind is kind for p in BY_NAME[self._call].parameters)
        name = "" if in_struct else self._parameter
        value = number(self.rng, self._call, name, kind)
        return int(InfoTopic.HANDLE_BASIC) if name == "topic" and value in self._absent else value

    def handle(self, kind: Kind) -> int:
        """A handle: one that fits as a rule, any other, one that is closed, or none."""
        pick = self.rng.random()
        if pick > 0.96:
            return self.rng.choice(_NEVER)
        if pick > 0.91 and (dead := self._sketch.dead()):
            return self._known(self.rng.choice(dead[-6:]))
        types = _types(kind)
        if pick < _AGAIN and (again := self._again(types)) is not None:
            return again
        entries = [entry for entry in self._sketch.entries() if self._may(entry, types)]
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
    kind = _kinds(syscall.name)[name]
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
