"""Python values to a decoded call, as the recorder would have written it.

``None`` is a NULL pointer, bytes and lists are memory that holds them, a `Memory` is a pointer
there to nothing that could be read. Pointers that the call writes through are valid by default.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zxhil.abi.calls import BY_NAME, AnyCall, Parameter
from zxhil.abi.kinds import Memory, OutPointer

_WRITABLE = OutPointer(Memory.WRITABLE, aligned=True)


def make_call(name: str, given: Mapping[str, Any]) -> AnyCall:
    """Make the call `name` of the parameters `given` by name.

    Parameters that give the size of another default to its length, scalars to 0. Raises
    KeyError for a name that is no call, TypeError for an unknown parameter.
    """
    syscall = BY_NAME[name]
    unknown = set(given) - {parameter.name for parameter in syscall.parameters}
    if unknown:
        raise TypeError(f"zx_{name} has no parameter {', '.join(sorted(unknown))}")
    sizes = {
        p.kind.sized_by: p.kind.length(given.get(p.name))
        for p in syscall.parameters
        if p.kind.sized_by
    }
    values = [
        p.kind.made(given[p.name] if p.name in given else sizes.get(p.name, _default(p)))
        for p in syscall.parameters
    ]
    return syscall.type(*values)


def _default(parameter: Parameter) -> Any:
    kind = parameter.kind
    if kind.is_value:
        return 0
    return None if kind.reads else _WRITABLE
