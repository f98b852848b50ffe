"""Python values to a decoded call: what the recorder would have written of the same call.

``None`` is a NULL pointer, bytes and lists are memory that holds them, a `Memory` is a pointer
there to nothing that could be read. Pointers that the call writes through are valid by default.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

from zxhil.abi.calls import BY_NAME, AnyCall
from zxhil.abi.kinds import (
    HANDLES_ON_WIRE,
    BytesPointer,
    Disposition,
    DispositionsPointer,
    HandlesPointer,
    InBytes,
    InHandles,
    InOutDispositions,
    Kind,
    Memory,
    OutPointer,
    Scalar,
)

_WRITABLE = OutPointer(Memory.WRITABLE, aligned=True)


def make_call(name: str, given: Mapping[str, Any]) -> AnyCall:
    """Make the call `name` of the parameters `given` by name.

    Parameters that give the size of another default to its length, scalars to 0. Raises
    KeyError for a name that is no call, TypeError for a parameter that it has not.
    """
    syscall = BY_NAME[name]
    unknown = set(given) - {parameter.name for parameter in syscall.parameters}
    if unknown:
        raise TypeError(f"zx_{name} has no parameter {', '.join(sorted(unknown))}")
    sizes: dict[str, int] = {}
    for parameter in syscall.parameters:
        value = given.get(parameter.name)
        if isinstance(parameter.kind, InBytes):
            sizes[parameter.kind.size] = _length(value)
        elif isinstance(parameter.kind, InHandles | InOutDispositions):
            sizes[parameter.kind.number] = _length(value)
    values = [
        given.get(p.name, sizes.get(p.name, 0))
        if isinstance(p.kind, Scalar)
        else _pointer(p.kind, given[p.name] if p.name in given else _default(p.kind))
        for p in syscall.parameters
    ]
    return syscall.type(*values)


def _length(value: Any) -> int:
    if isinstance(value, HandlesPointer | DispositionsPointer):
        return len(value.values)
    return len(value) if isinstance(value, bytes | list | tuple) else 0


def _default(kind: Kind) -> Any:
    return None if isinstance(kind, InBytes | InHandles | InOutDispositions) else _WRITABLE


def _pointer(kind: Kind, value: Any) -> Any:
    if isinstance(value, BytesPointer | HandlesPointer | DispositionsPointer | OutPointer):
        return value
    memory = value if isinstance(value, Memory) else Memory.NULL if value is None else None
    content = memory is None
    match kind:
        case InBytes():
            digest = zlib.crc32(value) if content else None
            return BytesPointer(memory or Memory.READABLE, True, digest)
        case InHandles():
            listed = tuple(value)[:HANDLES_ON_WIRE] if content else ()
            complete = not content or len(value) <= HANDLES_ON_WIRE
            return HandlesPointer(memory or Memory.READABLE, True, listed, complete)
        case InOutDispositions():
            entries = tuple(Disposition(*e) for e in value[:HANDLES_ON_WIRE]) if content else ()
            complete = not content or len(value) <= HANDLES_ON_WIRE
            return DispositionsPointer(memory or Memory.WRITABLE, True, entries, complete)
    return OutPointer(memory or Memory.WRITABLE, True)
