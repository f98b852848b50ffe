"""Programs as the guest's interpreter takes them (guest_tests/rt/live/explore.c).

Each call is spelled twice, with other numbers for the values that earlier calls return: where
memory or arguments differ, the guest puts what the call really returned. Most calls are made again
and again by programs that were made of one another, so what was spelled is kept.
"""

from __future__ import annotations

import functools
import struct
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from zxhil.abi.calls import BY_NAME
from zxhil.abi.kinds import Kind, Pointer, Where
from zxhil.abi.objects import MAX_MSG_HANDLES
from zxhil.abi.runtime import EXPLORE_TEXT, MOST_CASES, SCRATCH_SIZE
from zxhil.errors import UserError
from zxhil.explore.program import KOID, CallProgram, Ref, Step
from zxhil.live import protocol
from zxhil.live.spelling import Spelt, slot_of, spell
from zxhil.live.values import BOOTSTRAP

#: The guest has as many registers; the first are those of the handles that it is given.
REGISTERS = 512
_FIRST = len(BOOTSTRAP)
_GIVEN = {Ref(-1, name): number for number, name in enumerate(BOOTSTRAP)}
#: In place of the value of a reference: its number among those of the call is in the lower bytes.
_BASES = (0x51 << 24, 0x52 << 24)
_HANDLE = 4
#: The memory of each thread's calls in the scratch area; the first one's ends at an unmapped page.
_ALL = range(SCRATCH_SIZE)
_SECOND = range(SCRATCH_SIZE // 4)
_BESIDE_SECOND = range(_SECOND.stop, SCRATCH_SIZE)
#: Calls of which the spelling is kept.
_KEPT_AT_MOST = 5_000


class _Shape(NamedTuple):
    """A value that can be compared: `kind` is what it is, `parts` are what it is made of."""

    kind: str
    parts: tuple[Hashable, ...]


def _shape(value: Any, found: list[Ref]) -> Hashable:
    """The shape of a value; its references are added to `found`, and go by their place there."""
    if isinstance(value, int | bytes | str) or value is None:
        return value
    if isinstance(value, Ref):
        found.append(value)
        return _Shape("ref", ())
    if isinstance(value, Pointer):
        return _Shape("pointer", (value.where, _shape(value.content, found)))
    kind = "list" if isinstance(value, list) else "tuple"
    return _Shape(kind, tuple(_shape(each, found) for each in value))


def _value(shape: Any, number: Iterator[int]) -> Any:
    """The value of a shape, with a number in place of each reference."""
    if not isinstance(shape, _Shape):
        return shape
    match shape.kind:
        case "ref":
            return next(number)
        case "pointer":
            where, content = shape.parts
            assert isinstance(where, Where)
            return Pointer(where, _value(content, number))
        case "list":
            return [_value(each, number) for each in shape.parts]
    return tuple(_value(each, number) for each in shape.parts)


class _Spelled(NamedTuple):
    """A call as operations: `made` and `kept` go before and after those that load what it returns.

    `made` has a place (%x) for the register of each reference in `places`, by its number there.
    """

    made: str
    places: tuple[int, ...]
    kept: str
    offsets: Mapping[str, int]


@functools.lru_cache(_KEPT_AT_MOST)
def _spelled(name: str, given: tuple[tuple[str, Hashable], ...], room: range) -> _Spelled:
    def spelt(base: int) -> Spelt:
        numbers = iter(range(base, base + REGISTERS))
        values = {key: _value(shape, numbers) for key, shape in given}
        return spell(name, (), values, room.start)

    one, other = (spelt(base) for base in _BASES)
    if room is _SECOND and not _lies_in(one, room):
        problem = f"needs more than the {len(room)} bytes of memory of a second thread"
        raise UserError(f"zx_{name}", problem, "let the first thread make it")
    places: list[int] = []
    operations = [*cleared(one), *_filled(one, other, places)]
    arguments = []
    for a, b in zip(one.arguments, other.arguments, strict=True):
        if a != b:
            places.append(int(a, 16) & 0xFFFFFF)
        arguments.append(a if a == b else "h%x")
    operations.append(protocol.call(slot_of(name), arguments))
    return _Spelled(";".join(operations), tuple(places), ";".join(_kept(one)), one.offsets)


def _lies_in(spelt: Spelt, room: range) -> bool:
    """Does the call touch no memory of its own elsewhere?"""
    for parameter in spelt.syscall.parameters:
        offset = spelt.offsets.get(parameter.name)
        if offset is None:
            continue
        size = max(
            parameter.kind.extent(spelt.values),
            len(parameter.kind.memory(spelt.values[parameter.name].content)),
        )
        if not (room.start <= offset and offset + size <= room.stop):
            return False
    return True


def may_be_second(step: Step) -> bool:
    """Can a second thread make the call?"""
    given = tuple((name, _shape(value, [])) for name, value in step.given.items())
    try:
        _spelled(step.name, given, _SECOND)
    except UserError:
        return False
    return True


def encode(program: CallProgram) -> str:
    """The text that the interpreter takes. Raises UserError for values that no call takes."""
    steps, by_call = [], dict[int, list[Ref]]()
    beside = program.beside
    room = _BESIDE_SECOND if beside else _ALL
    for step in program.steps:
        found: list[Ref] = []
        given = tuple([(name, _shape(value, found)) for name, value in step.given.items()])
        steps.append((_spelled(step.name, given, _SECOND if step.second else room), found))
    wanted = sorted({ref for _, found in steps for ref in found if ref.call >= 0})
    registers = dict(_GIVEN)
    for number, ref in enumerate(wanted[: REGISTERS - _FIRST], _FIRST):
        registers[ref] = number
        by_call.setdefault(ref.call, []).append(ref)
    threads: tuple[list[str], list[str]] = ([], [])
    for call, (spelled, found) in enumerate(steps):
        operations = threads[program.steps[call].second]
        if beside and call == beside.start:
            threads[0].append("T")
        if beside and call == beside.stop:
            threads[0].append("J")
        if call in beside:
            operations += _awaited(program, beside, call, found)
        numbers = [registers.get(found[place], REGISTERS - 1) for place in spelled.places]
        operations.append(spelled.made % tuple(numbers))
        for ref in by_call.get(call, ()):
            place = _place(ref, program.steps[call].name, spelled.offsets)
            if place is not None:
                operations.append(f"S {registers[ref]:x} {place[0]:x} {place[1]:x}")
        if spelled.kept:
            operations.append(spelled.kept)
        if call in beside:
            operations.append("D")
    return "|".join(";".join(operations) for operations in threads if operations)


def _awaited(program: CallProgram, beside: range, call: int, found: Sequence[Ref]) -> Iterator[str]:
    """What waits for the calls of the other thread to which a call refers."""
    second = program.steps[call].second
    others = [r.call for r in found if r.call in beside and program.steps[r.call].second != second]
    if others:
        before = range(beside.start, max(others) + 1)
        count = sum(program.steps[number].second != second for number in before)
        yield f"A {count:x}"


def _place(ref: Ref, name: str, offsets: Mapping[str, int]) -> tuple[int, int] | None:
    """Offset and size of what a call wrote; None if it has no such output in memory of its own."""
    if ref.output == KOID:
        offset = offsets.get("buffer")
        return None if offset is None or name != "object_get_info" else (offset, 8)
    kind = next((p.kind for p in BY_NAME[name].parameters if p.name == ref.output), None)
    offset = offsets.get(ref.output)
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


def _filled(one: Spelt, other: Spelt, places: list[int]) -> Iterator[str]:
    """What fills the call's memory; the numbers of the references there are added to `places`."""
    for (offset, data), (_, differs) in zip(one.memory, other.memory, strict=True):
        yield from protocol.put(offset, data)
        if data == differs:
            continue
        for at, (a, b) in enumerate(zip(data, differs, strict=True)):
            if a != b:
                places.append(int.from_bytes(data[at - 3 : at], "little"))
                yield f"R {offset + at - 3:x} %x {_HANDLE:x}"


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


def cleared(spelt: Spelt) -> Iterator[str]:
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
