"""A program as far as it goes, with the state in which the model is after it.

The model answers each call itself as a kernel that keeps to its pages would (`predict`).
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

from zxhil.abi.calls import BY_NAME, AnyCall, Syscall
from zxhil.abi.calls.given import default, derived
from zxhil.abi.kinds import Kind, Memory, OutPointer, Pointer, Where
from zxhil.abi.objects import HandleInfo, InfoTopic
from zxhil.explore.program import KOID, CallProgram, Ref, Step, bound, given_handle
from zxhil.model.clause import Outcome
from zxhil.model.judge import judge
from zxhil.model.objects import HandleEntry
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
        sizes, kinds = derived(syscall), kinds_of(step.name)
        given = {
            name: bound(value, self._value) if type(value) is not int else value
            for name, value in step.given.items()
        }
        for name, kind in kinds.items():
            if name in sizes and name not in given:
                pointer = sizes[name]
                values[name] = kinds[pointer].length(_content(given.get(pointer)))
            elif name in given or not kind.is_value:
                values[name] = _argument(kind, given.get(name))
            else:
                values[name] = default(syscall, name)
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
def kinds_of(name: str) -> Mapping[str, Kind]:
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
