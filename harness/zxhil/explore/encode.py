"""Programs as the guest's interpreter takes them (guest_tests/rt/live/explore.c).

Each call is spelled twice, with other numbers for the values that earlier calls return: where
memory or arguments differ, the guest puts what the call really returned.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from zxhil.abi.kinds import Kind
from zxhil.abi.objects import MAX_MSG_HANDLES
from zxhil.abi.runtime import EXPLORE_TEXT, MOST_CASES, SCRATCH_SIZE
from zxhil.explore.program import KOID, CallProgram, Ref, Step, bound, refs
from zxhil.live import protocol
from zxhil.live.spelling import Spelt, slot_of, spell
from zxhil.live.values import BOOTSTRAP

#: The guest has as many registers; the first are those of the handles that it is given.
REGISTERS = 512
_FIRST = len(BOOTSTRAP)
#: In place of the value of a register: its number is in the lower bytes.
_BASES = (0x51 << 24, 0x52 << 24)
_HANDLE = 4


class _Registers:
    """The registers of the values that later calls need."""

    def __init__(self, program: CallProgram) -> None:
        wanted = {
            ref for step in program.steps for value in step.given.values() for ref in refs(value)
        }
        given = {Ref(-1, name): number for number, name in enumerate(BOOTSTRAP)}
        made = [ref for ref in sorted(wanted) if not ref.is_given][: REGISTERS - _FIRST]
        self._of = given | {ref: _FIRST + number for number, ref in enumerate(made)}
        self._by_call: dict[int, list[Ref]] = {}
        for ref in made:
            self._by_call.setdefault(ref.call, []).append(ref)

    def spelled(self, step: Step, base: int) -> Spelt:
        """The call with the numbers of its registers."""
        given = {
            name: bound(value, lambda ref: base | self._of.get(ref, REGISTERS - 1))
            for name, value in step.given.items()
        }
        return spell(step.name, (), given)

    def loaded(self, call: int, spelt: Spelt) -> Iterator[str]:
        """The operations that take the values which a call returned into registers."""
        for ref in self._by_call.get(call, ()):
            place = _place(ref, spelt)
            if place is not None:
                offset, size = place
                yield f"S {self._of[ref]:x} {offset:x} {size:x}"


def _place(ref: Ref, spelt: Spelt) -> tuple[int, int] | None:
    """Offset and size of what a call wrote; None if it has no such output in memory of its own."""
    if ref.output == KOID:
        offset = spelt.offsets.get("buffer")
        return None if offset is None or spelt.syscall.name != "object_get_info" else (offset, 8)
    kind = next((p.kind for p in spelt.syscall.parameters if p.name == ref.output), None)
    offset = spelt.offsets.get(ref.output)
    if kind is None or offset is None:
        return None
    if _is_one(kind):
        return offset, kind.element
    if not kind.handles_written():
        return None
    at = offset + ref.place * kind.element
    return (at, _HANDLE) if at + _HANDLE <= SCRATCH_SIZE else None


def _is_one(kind: Kind) -> bool:
    """Is it a pointer to one number, or one handle, that the call writes?"""
    return kind.writes and (kind.is_number or kind.is_handle)


def encode(program: CallProgram) -> str:
    """The text that the interpreter takes. Raises UserError for values that no call takes."""
    registers = _Registers(program)
    operations: list[str] = []
    for number, step in enumerate(program.steps):
        one, other = (registers.spelled(step, base) for base in _BASES)
        operations += _cleared(one)
        operations += _filled(one, other)
        arguments = [
            a if a == b else f"h{int(a, 16) & 0xFFFFFF:x}"
            for a, b in zip(one.arguments, other.arguments, strict=True)
        ]
        operations.append(protocol.call(slot_of(step.name), arguments))
        operations += registers.loaded(number, one)
        operations += _kept(one)
    return ";".join(operations)


def _filled(one: Spelt, other: Spelt) -> Iterator[str]:
    for (offset, data), (_, differs) in zip(one.memory, other.memory, strict=True):
        yield from protocol.put(offset, data)
        for at, (a, b) in enumerate(zip(data, differs, strict=True)):
            if a != b:
                number = int.from_bytes(data[at - 3 : at], "little")
                yield f"R {offset + at - 3:x} {number:x} {_HANDLE:x}"


class _Handles(NamedTuple):
    """Where a call writes handles: their first place, the distance between two, how many.

    `is_array`: memory that no operation of the call itself has filled.
    """

    offset: int
    stride: int
    number: int
    is_array: bool


def _written(spelt: Spelt) -> Iterator[_Handles]:
    for parameter in spelt.syscall.parameters:
        kind, offset = parameter.kind, spelt.offsets.get(parameter.name)
        if offset is None or kind.handles_written() is None:
            continue
        if _is_one(kind):
            yield _Handles(offset, _HANDLE, 1, False)
        elif kind.writes and not kind.reads and kind.counted_by:
            room = min(int(spelt.values[kind.counted_by]), MAX_MSG_HANDLES)
            fits = (SCRATCH_SIZE - offset) // kind.element
            yield _Handles(offset, kind.element, min(room, fits), True)


def _cleared(spelt: Spelt) -> Iterator[str]:
    """Nothing that an earlier call left may look like an entry that this one wrote.

    Memory for one handle is 0 before each call (`zxhil.abi.kinds.integer`).
    """
    for offset, stride, count, is_array in _written(spelt):
        if is_array and count:
            yield f"F {offset:x} {stride * count:x} 0"


def _kept(spelt: Spelt) -> Iterator[str]:
    for offset, stride, count, _ in _written(spelt):
        if count:
            yield f"K {offset:x} {stride:x} {count:x}"


def packed(texts: Sequence[str]) -> bytes:
    """The content of the file's section: how many programs there are, and the text of each.

    Raises ValueError if they do not fit.
    """
    if len(texts) > MOST_CASES or fits(texts) < len(texts):
        raise ValueError(f"{len(texts)} programs do not fit")
    at, places = 0, []
    for text in texts:
        places.append(at)
        at += len(text) + 1
    body = "".join(f"{text}\0" for text in texts).encode("ascii")
    places += [0] * (MOST_CASES - len(places))
    head = struct.pack(f"<I{MOST_CASES}I", len(texts), *places)
    return head + body.ljust(EXPLORE_TEXT, b"\0")


def fits(texts: Sequence[str]) -> int:
    """How many of them fit into one boot."""
    left, number = EXPLORE_TEXT, 0
    for text in texts[:MOST_CASES]:
        left -= len(text) + 1
        if left < 0:
            break
        number += 1
    return number
