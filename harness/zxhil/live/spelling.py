"""Python values to a call: its parameters, the memory to fill, the requests to the guest.

Parameters are given in the order of the prototype, or by name. Those that follow from the
others may be omitted: sizes of inputs, room for outputs, and pointers to it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from zxhil.abi.calls import BY_NAME, CALLS, Syscall
from zxhil.abi.calls.given import default, derived, names, positions
from zxhil.abi.header import zx_header
from zxhil.abi.kinds import Kind, Pointer, Where
from zxhil.abi.runtime import SCRATCH_SIZE
from zxhil.errors import UserError
from zxhil.live import protocol
from zxhil.live.values import one_handle
from zxhil.names import did_you_mean

_SLOTS = {call.name: slot for slot, call in enumerate(CALLS)}


@dataclass(frozen=True, slots=True)
class Spelt:
    """A call as it was given: a value for each parameter, an integer or a `Pointer`.

    `offsets` say where in the scratch
    area the memory of each pointer lies that lies there. `memory` is what is put there, `arguments`
    are those of the call, as the guest takes them.
    """

    syscall: Syscall
    values: Mapping[str, Any]
    memory: tuple[tuple[int, bytes], ...]
    arguments: tuple[str, ...]
    offsets: Mapping[str, int]

    @property
    def operations(self) -> tuple[str, ...]:
        """The requests to the guest."""
        fill = (op for offset, data in self.memory for op in protocol.put(offset, data))
        return (*fill, protocol.call(slot_of(self.syscall.name), self.arguments))


def slot_of(name: str) -> int:
    """The number of a call in a request."""
    return _SLOTS[name]


def spell(name: str, args: Sequence[Any], given: Mapping[str, Any], base: int = 0) -> Spelt:
    """Spell a call, whose memory begins `base` bytes from the start of the scratch area.

    Raises UserError for unknown parameters and invalid values.
    """
    syscall = BY_NAME[name]
    named = _named(syscall, args, given)
    values: dict[str, Any] = {}
    for parameter in syscall.parameters:
        if not parameter.kind.is_value:
            value = named.get(parameter.name, default(syscall, parameter.name))
            say = _Input(name, parameter.name)
            values[parameter.name] = parameter.kind.spelled(value, say)
    sizes = derived(syscall)
    for parameter in syscall.parameters:
        if parameter.kind.is_value:
            if parameter.name in named:
                say = _Input(name, parameter.name)
                value = parameter.kind.spelled(named[parameter.name], say)
            elif parameter.name in sizes:
                value = _length(values[sizes[parameter.name]])
            else:
                value = default(syscall, parameter.name)
            values[parameter.name] = value
    values = {p.name: values[p.name] for p in syscall.parameters}
    return _placed(syscall, values, base)


def _named(syscall: Syscall, args: Sequence[Any], given: Mapping[str, Any]) -> dict[str, Any]:
    order = positions(syscall)
    usage = f"zx_{syscall.name}({', '.join(names(syscall))})"
    if len(args) > len(order):
        raise UserError(
            f"zx_{syscall.name}",
            f"takes {len(order)} arguments by position, {len(args)} were given",
            f"by position: {', '.join(order) or 'none'}; by name: {usage}",
        )
    named = dict(zip(order, args, strict=False))
    for name, value in given.items():
        if name not in names(syscall):
            raise UserError(f"zx_{syscall.name}", f"has no parameter {name!r}", f"it is {usage}")
        if name in named:
            raise UserError(f"zx_{syscall.name}", f"{name} was given twice", f"it is {usage}")
        named[name] = value
    return named


# ---- values


@dataclass(frozen=True, slots=True)
class _Input:
    """What a kind needs to spell a parameter (`zxhil.abi.kinds.Input`)."""

    call: str
    parameter: str
    most_bytes: int = SCRATCH_SIZE

    def named(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return valued(value)
        except NoConstantError as error:
            raise self.wrong(str(error), error.remedy) from None

    def handle(self, value: Any) -> Any:
        try:
            return one_handle(value)
        except TypeError as error:
            remedy = "unpack the result, or take one of its .handles"
            raise self.wrong(str(error), remedy) from None

    def wrong(self, problem: str, remedy: str) -> UserError:
        return UserError(f"zx_{self.call}, {self.parameter}", problem, remedy)


# ---- sizes


def _length(pointer: Pointer) -> int:
    """Memory without content counts as one element."""
    if pointer.content is not None:
        return len(pointer.content)
    return 0 if pointer.where is Where.NULL else 1


# ---- places in the guest's memory


def _placed(syscall: Syscall, values: Mapping[str, Any], base: int) -> Spelt:
    offsets = _offsets(syscall, values, base)
    tokens, memory = [], []
    for parameter in syscall.parameters:
        value, kind = values[parameter.name], parameter.kind
        if kind.is_value:
            tokens.append(kind.argument_field(value))
            continue
        tokens.append(_token(value, kind.extent(values), offsets.get(parameter.name)))
        if parameter.name in offsets:
            offset = offsets[parameter.name]
            memory.append((offset, _filled(kind, value, kind.extent(values), offset)))
    return Spelt(syscall, values, tuple(_joined(memory)), tuple(tokens), offsets)


def _offsets(syscall: Syscall, values: Mapping[str, Any], base: int) -> dict[str, int]:
    """Where each pointer's memory is: small ones first; what must end at the edge, there."""
    wanted = []
    for parameter in syscall.parameters:
        value = values[parameter.name]
        if isinstance(value, Pointer) and value.where in (
            Where.SCRATCH,
            Where.MISALIGNED,
            Where.EDGE,
        ):
            content = parameter.kind.memory(value.content)
            size = max(parameter.kind.extent(values), len(content))
            wanted.append((size, parameter.name, value.where))
    offsets: dict[str, int] = {}
    free = base
    for size, name, where in sorted(wanted, key=lambda each: each[0]):
        if where is Where.EDGE:
            offsets[name] = max(SCRATCH_SIZE - size, base)
            continue
        offsets[name] = free + (1 if where is Where.MISALIGNED else 0)
        free = min((offsets[name] + size + 7) & ~7, SCRATCH_SIZE - 8)
    return offsets


def _token(pointer: Pointer, size: int, offset: int | None) -> str:
    match pointer.where:
        case Where.NULL:
            return "n"
        case Where.UNMAPPED:
            return "x0"
        case Where.KERNEL:
            return "k0"
        case Where.READ_ONLY:
            return "r1000"
        case Where.READ_ONLY_EDGE:
            return f"r{size:x}"
    return f"w{offset:x}"


def _filled(kind: Kind, pointer: Pointer, size: int, offset: int) -> bytes:
    """Its content, padded with zeroes to all that the call reads, if there is enough memory."""
    content = kind.memory(pointer.content)
    if not kind.reads or offset + size > SCRATCH_SIZE:
        return content
    return content.ljust(size, b"\0")


def _joined(memory: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """Join neighbors that only an alignment gap separates."""
    joined: list[tuple[int, bytes]] = []
    for offset, data in sorted(each for each in memory if each[1]):
        if joined and 0 <= offset - joined[-1][0] - len(joined[-1][1]) < 8:
            start, before = joined[-1]
            joined[-1] = (start, before.ljust(offset - start, b"\0") + data)
        else:
            joined.append((offset, data))
    return joined


_CONSTANT = re.compile(r"^#define (ZX_\w+) (?:\(\(\w+\))?(-?(?:0x)?[0-9a-f]+)u?\)?$", re.MULTILINE)
_TIME_INFINITE = (1 << 63) - 1


class NoConstantError(ValueError):
    """An unknown constant's name; `remedy` suggests one."""

    def __init__(self, name: str, remedy: str) -> None:
        super().__init__(f"{name!r} is not a number, nor the name of a constant")
        self.remedy = remedy


@functools.cache
def constants() -> Mapping[str, int]:
    """Every ZX_ constant of the guest tests' header, by its name there."""
    found = {name: int(value, 0) for name, value in _CONSTANT.findall(zx_header())}
    return MappingProxyType({**found, "ZX_TIME_INFINITE": _TIME_INFINITE})


def valued(text: str) -> int:
    """The value of names and numbers joined by ``|``. Raises NoConstantError.

    >>> hex(valued("ZX_CHANNEL_READABLE | ZX_CHANNEL_PEER_CLOSED | 0x100"))
    '0x105'
    """
    value = 0
    for part in (part.strip() for part in text.split("|")):
        if part in constants():
            value |= constants()[part]
            continue
        try:
            value |= int(part, 0)
        except ValueError:
            remedy = "give a number, or a constant such as ZX_RIGHT_READ"
            if part.startswith("ZX_"):
                remedy = did_you_mean(part, constants())
            raise NoConstantError(part, remedy) from None
    return value
