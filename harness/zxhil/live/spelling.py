"""Python values to a call: the parameters meant, what is put into memory, what goes on the wire.

Parameters are given in the order of the prototype, or by name. Those that can be told from the
others need not be given: sizes of what is given, room for what is returned, and pointers to it.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from zxhil.abi.calls import BY_NAME, CALLS, Syscall
from zxhil.abi.kinds import (
    InBytes,
    InHandles,
    InOutDispositions,
    Kind,
    Opaque,
    Out,
    OutBytes,
    OutHandleInfos,
    OutHandles,
    OutRecords,
    Scalar,
)
from zxhil.abi.objects import MAX_MSG_BYTES, MAX_MSG_HANDLES, InfoTopic
from zxhil.abi.rights import Rights
from zxhil.abi.runtime import SCRATCH_SIZE
from zxhil.errors import UserError
from zxhil.live import protocol
from zxhil.live.constants import NoConstantError, valued
from zxhil.live.values import Pointer, Where, many_handles, one_handle

_SLOTS = {call.name: slot for slot, call in enumerate(CALLS)}
_POINTS = (InBytes, InHandles, InOutDispositions, OutBytes, OutHandles, OutHandleInfos, OutRecords)
_ENTRY = struct.Struct("<IIIIi")


@dataclass(frozen=True, slots=True)
class Spelt:
    """A call as it was given: a value for each parameter, an integer or a `Pointer`.

    `operations` are what the guest is told, the call last; `offsets` say where in the scratch
    area the memory of each pointer lies that lies there.
    """

    syscall: Syscall
    values: Mapping[str, Any]
    operations: tuple[str, ...]
    offsets: Mapping[str, int]


def positions(syscall: Syscall) -> tuple[str, ...]:
    """The parameters that can be given by position, in order.

    Options that stand ahead of what they are about go to the end, where they can be left out.
    """
    sizes = derived(syscall)
    names = [
        p.name
        for p in syscall.parameters
        if isinstance(p.kind, Scalar | InBytes | InHandles | InOutDispositions)
        and p.name not in sizes
    ]
    after = [p.kind for p in syscall.parameters]
    for place, parameter in enumerate(syscall.parameters[:-1]):
        if parameter.name == "options" and isinstance(after[place + 1], _POINTS):
            names.remove("options")
            names.append("options")
    return tuple(names)


def names(syscall: Syscall) -> tuple[str, ...]:
    """Every parameter that can be given by name: the positions, then all others."""
    first = positions(syscall)
    return (*first, *(p.name for p in syscall.parameters if p.name not in first))


def default(syscall: Syscall, name: str) -> Any:
    """The value of a parameter that was not given; a size of what was given is not among these."""
    kind = next(p.kind for p in syscall.parameters if p.name == name)
    if not isinstance(kind, Scalar):
        given = isinstance(kind, InBytes | InHandles | InOutDispositions)
        return Pointer(Where.NULL) if given else Pointer(Where.SCRATCH)
    if kind.ctype == "zx_rights_t":
        return int(Rights.SAME_RIGHTS)
    if name == "topic":
        return int(InfoTopic.HANDLE_BASIC)
    rooms = {p.kind.size: p.kind for p in syscall.parameters if isinstance(p.kind, OutBytes)}
    if name in rooms:
        return MAX_MSG_BYTES if syscall.name.startswith("channel") else 4096
    if any(isinstance(p.kind, OutRecords) and p.kind.size == name for p in syscall.parameters):
        return 256
    if any(_number(p.kind) == name for p in syscall.parameters):
        return MAX_MSG_HANDLES
    return 0


def spell(name: str, args: Sequence[Any], given: Mapping[str, Any]) -> Spelt:
    """Spell a call. Raises UserError for parameters that it has not, and values that are none."""
    syscall = BY_NAME[name]
    named = _named(syscall, args, given)
    values: dict[str, Any] = {}
    for parameter in syscall.parameters:
        if not isinstance(parameter.kind, Scalar):
            value = named.get(parameter.name, default(syscall, parameter.name))
            values[parameter.name] = _pointer(name, parameter.name, parameter.kind, value)
    sizes = derived(syscall)
    for parameter in syscall.parameters:
        if isinstance(parameter.kind, Scalar):
            if parameter.name in named:
                value = _scalar(name, parameter.name, parameter.kind, named[parameter.name])
            elif parameter.name in sizes:
                value = _length(values[sizes[parameter.name]])
            else:
                value = default(syscall, parameter.name)
            values[parameter.name] = value
    values = {p.name: values[p.name] for p in syscall.parameters}
    return _placed(syscall, values)


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


def _scalar(call: str, name: str, kind: Scalar, value: object) -> int:
    value = _by_name(call, name, value)
    try:
        number = one_handle(value) if kind.ctype == "zx_handle_t" else value
    except TypeError as error:
        raise _wrong(
            call, name, str(error), "unpack the result, or take one of its .handles"
        ) from None
    if not isinstance(number, int):
        raise _wrong(call, name, f"{value!r} is not a number", f"give a {kind.ctype}")
    low = -(1 << kind.bits - 1)
    if not low <= number < 1 << kind.bits:
        raise _wrong(
            call, name, f"{number:#x} has more than {kind.bits} bits", f"give a {kind.ctype}"
        )
    return number


def _by_name(call: str, name: str, value: Any) -> Any:
    """A number for constants that are given by name in a string; all else as it is."""
    if not isinstance(value, str):
        return value
    try:
        return valued(value)
    except NoConstantError as error:
        raise _wrong(call, name, str(error), error.remedy) from None


def _pointer(call: str, name: str, kind: Kind, value: Any) -> Pointer:
    pointer = value if isinstance(value, Pointer) else None
    if value is None:
        return Pointer(Where.NULL)
    content = pointer.content if pointer is not None else value
    where = pointer.where if pointer is not None else Where.SCRATCH
    if content is None:
        return Pointer(where)
    match kind:
        case InBytes() | Opaque():
            return Pointer(where, _bytes(call, name, content))
        case InHandles():
            return Pointer(where, _numbers(call, name, _listed(call, name, content)))
        case InOutDispositions():
            entries = _listed(call, name, content)
            return Pointer(where, tuple(_entry(call, name, entry) for entry in entries))
    raise _wrong(call, name, "is written by the call", "give a pointer: unmapped, edge, None, …")


def _bytes(call: str, name: str, content: Any) -> bytes:
    if isinstance(content, str):
        content = content.encode()
    if not isinstance(content, bytes | bytearray):
        raise _wrong(call, name, f"{content!r} is not bytes", 'give bytes, as b"hi"')
    if len(content) > SCRATCH_SIZE // 2:
        limit = SCRATCH_SIZE // 2
        raise _wrong(call, name, f"more than {limit} bytes", f"give the size of {name} separately")
    return bytes(content)


def _listed(call: str, name: str, content: Any) -> list[Any]:
    if isinstance(content, int | str | bytes) or not hasattr(content, "__iter__"):
        raise _wrong(call, name, f"{content!r} is not a list", "put it in brackets: [h]")
    return list(content)


def _numbers(call: str, name: str, listed: Sequence[Any]) -> tuple[int, ...]:
    try:
        values = many_handles(listed)
    except TypeError as error:
        raise _wrong(call, name, str(error), "take one of its .handles") from None
    if not all(isinstance(v, int) and 0 <= v < 1 << 32 for v in values):
        raise _wrong(call, name, f"{list(values)!r} are not all handles", "give numbers of 32 bits")
    return values


def _entry(call: str, name: str, entry: Any) -> tuple[int, ...]:
    remedy = "give move(h), duplicate(h), or (operation, handle, type, rights, result)"
    parts = list(entry) if isinstance(entry, tuple | list) else []
    if len(parts) != len(_ENTRY.format) - 1:
        raise _wrong(call, name, f"{entry!r} is not a disposition", remedy)
    *first, result = (_by_name(call, name, part) for part in parts)
    if not isinstance(result, int) or not -(1 << 31) <= result < 1 << 31:
        raise _wrong(call, name, f"{result!r} is not a zx_status_t", remedy)
    return (*_numbers(call, name, first), result)


def _wrong(call: str, name: str, problem: str, remedy: str) -> UserError:
    return UserError(f"zx_{call}, {name}", problem, remedy)


# ---- sizes


def _number(kind: Kind) -> str:
    """The parameter with the size of what a pointer points to; empty if there is none."""
    match kind:
        case InBytes(size) | OutBytes(size) | OutRecords(size):
            return size
        case InHandles(number) | InOutDispositions(number):
            return number
        case OutHandles(number) | OutHandleInfos(number):
            return number
    return ""


def derived(syscall: Syscall) -> dict[str, str]:
    """Sizes that follow from what is given: size → pointer."""
    kinds = (InBytes, InHandles, InOutDispositions)
    return {_number(p.kind): p.name for p in syscall.parameters if isinstance(p.kind, kinds)}


def _length(pointer: Pointer) -> int:
    """Of memory that nothing is put into, one element is meant."""
    if pointer.content is not None:
        return len(pointer.content)
    return 0 if pointer.where is Where.NULL else 1


def element_size(kind: Kind) -> int:
    """Bytes of one element of what a pointer points to."""
    match kind:
        case Out(_, bits):
            return bits // 8
        case InHandles() | OutHandles():
            return 4
        case OutHandleInfos():
            return 16
        case InOutDispositions():
            return 20
    return 1


def extent(kind: Kind, values: Mapping[str, Any]) -> int:
    """Size in bytes of what a pointer points to, as passed to the call."""
    if isinstance(kind, Opaque):
        factors = kind.size if isinstance(kind.size, tuple) else (kind.size,)
        return math.prod(values[each] if isinstance(each, str) else each for each in factors)
    number = _number(kind)
    return element_size(kind) * (int(values[number]) if number else 1)


# ---- places in the guest's memory


def _placed(syscall: Syscall, values: Mapping[str, Any]) -> Spelt:
    offsets = _offsets(syscall, values)
    tokens, memory = [], []
    for parameter in syscall.parameters:
        value, kind = values[parameter.name], parameter.kind
        if isinstance(kind, Scalar):
            tokens.append(f"{value & (1 << kind.bits) - 1:x}")
            continue
        tokens.append(_token(value, extent(kind, values), offsets.get(parameter.name)))
        if parameter.name in offsets:
            offset = offsets[parameter.name]
            memory.append((offset, _filled(kind, value, extent(kind, values), offset)))
    operations = [op for offset, data in _joined(memory) for op in protocol.put(offset, data)]
    call = protocol.call(_SLOTS[syscall.name], tokens)
    return Spelt(syscall, values, (*operations, call), offsets)


def _offsets(syscall: Syscall, values: Mapping[str, Any]) -> dict[str, int]:
    """Where each pointer's memory is: small ones first, at the edge what is to end there."""
    wanted = []
    for parameter in syscall.parameters:
        value = values[parameter.name]
        if isinstance(value, Pointer) and value.where in (
            Where.SCRATCH,
            Where.MISALIGNED,
            Where.EDGE,
        ):
            content = _content(parameter.kind, value)
            size = max(extent(parameter.kind, values), len(content))
            wanted.append((size, parameter.name, value.where))
    offsets: dict[str, int] = {}
    free = 0
    for size, name, where in sorted(wanted, key=lambda each: each[0]):
        if where is Where.EDGE:
            offsets[name] = max(SCRATCH_SIZE - size, 0)
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


def _content(kind: Kind, pointer: Pointer) -> bytes:
    """What is put into memory; what the call writes an integer to is zero before."""
    match kind:
        case Out(_, bits):
            return bytes(bits // 8)
        case InHandles() if pointer.content is not None:
            return struct.pack(f"<{len(pointer.content)}I", *pointer.content)
        case InOutDispositions() if pointer.content is not None:
            return b"".join(_ENTRY.pack(*entry) for entry in pointer.content)
        case InBytes() | Opaque() if pointer.content is not None:
            return bytes(pointer.content)
    return b""


def _filled(kind: Kind, pointer: Pointer, size: int, offset: int) -> bytes:
    """The same with zeroes up to all that the call will read, if there is so much memory."""
    content = _content(kind, pointer)
    reads = isinstance(kind, InBytes | InHandles | InOutDispositions)
    if not reads or offset + size > SCRATCH_SIZE:
        return content
    return content.ljust(size, b"\0")


def _joined(memory: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """Join what lies side by side, a gap of alignment between."""
    joined: list[tuple[int, bytes]] = []
    for offset, data in sorted(each for each in memory if each[1]):
        if joined and 0 <= offset - joined[-1][0] - len(joined[-1][1]) < 8:
            start, before = joined[-1]
            joined[-1] = (start, before.ljust(offset - start, b"\0") + data)
        else:
            joined.append((offset, data))
    return joined
