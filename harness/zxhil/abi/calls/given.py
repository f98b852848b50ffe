"""How a person gives a call in Python: what goes by position, and what need not be given.

Parameters that follow from the others need not be given: sizes of what is given, room for
what is returned, and pointers to it.
"""

from __future__ import annotations

import functools
import inspect
from typing import Any

from zxhil.abi.calls.prototype import Syscall
from zxhil.abi.objects import InfoTopic

#: To hash a call's prototype costs more than to work these out: they are kept by its name.
_POSITIONS: dict[str, tuple[str, ...]] = {}
_NAMES: dict[str, tuple[str, ...]] = {}
_DERIVED: dict[str, dict[str, str]] = {}


def positions(syscall: Syscall) -> tuple[str, ...]:
    """The parameters that can be given by position, in order.

    Options that stand ahead of what they are about go to the end, where they can be left out.
    """
    if syscall.name not in _POSITIONS:
        _POSITIONS[syscall.name] = _positions(syscall)
    return _POSITIONS[syscall.name]


def _positions(syscall: Syscall) -> tuple[str, ...]:
    sizes = derived(syscall)
    names = [
        p.name
        for p in syscall.parameters
        if (p.kind.is_value or p.kind.reads) and p.name not in sizes
    ]
    after = [p.kind for p in syscall.parameters]
    for place, parameter in enumerate(syscall.parameters[:-1]):
        next_ = after[place + 1]
        if parameter.name == "options" and (next_.reads or next_.counted_by):
            names.remove("options")
            names.append("options")
    return tuple(names)


def names(syscall: Syscall) -> tuple[str, ...]:
    """Every parameter that can be given by name: the positions, then all others."""
    if syscall.name not in _NAMES:
        first = positions(syscall)
        others = (p.name for p in syscall.parameters if p.name not in first)
        _NAMES[syscall.name] = (*first, *others)
    return _NAMES[syscall.name]


def default(syscall: Syscall, name: str) -> Any:
    """The value of a parameter that was not given; a size of what was given is not among these."""
    kind = next(p.kind for p in syscall.parameters if p.name == name)
    if name == "topic":
        return int(InfoTopic.HANDLE_BASIC)
    rooms = (p.kind.room for p in syscall.parameters if p.kind.counted_by == name)
    return next(rooms, kind.absent) if kind.is_value else kind.absent


def derived(syscall: Syscall) -> dict[str, str]:
    """Sizes that follow from what is given: size → pointer."""
    if syscall.name not in _DERIVED:
        sized = {p.kind.sized_by: p.name for p in syscall.parameters if p.kind.sized_by}
        _DERIVED[syscall.name] = sized
    return _DERIVED[syscall.name]


@functools.cache
def signature(syscall: Syscall) -> inspect.Signature:
    """The call as a method in Python: a handle that nothing optional precedes must be given."""
    by_position, needed = positions(syscall), True
    parameters = []
    for name in names(syscall):
        kind = next(p.kind for p in syscall.parameters if p.name == name)
        needed = needed and kind.is_value and kind.is_handle
        how = inspect.Parameter.POSITIONAL_OR_KEYWORD
        parameters.append(
            inspect.Parameter(
                name,
                how if name in by_position else inspect.Parameter.KEYWORD_ONLY,
                default=inspect.Parameter.empty if needed else default(syscall, name),
            )
        )
    return inspect.Signature(parameters)
