"""Which arguments of a call are handles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from zxhil.abi.calls import CALLS, AnyCall, Syscall
from zxhil.abi.kinds.base import HandlesOf


class _HandlePlaces(NamedTuple):
    scalars: tuple[int, ...]
    listed: tuple[tuple[int, HandlesOf], ...]


def _places(call: Syscall) -> _HandlePlaces:
    kinds = list(enumerate(p.kind for p in call.parameters))
    return _HandlePlaces(
        tuple(i for i, kind in kinds if kind.is_value and kind.is_handle),
        tuple(
            (i, handles)
            for i, kind in kinds
            if not kind.is_value and (handles := kind.handles_given())
        ),
    )


_HANDLE_PLACES = {call.type: _places(call) for call in CALLS}
_HIDING = {
    call.type: (
        any(p.kind.hides_handles for p in call.parameters),
        [(i, p.kind) for i, p in enumerate(call.parameters) if p.kind.reads],
    )
    for call in CALLS
}


def handles_in(call: AnyCall) -> tuple[list[int], list[int]]:
    """Every handle value among the arguments of `call`: scalars, and those in memory."""
    scalars, places = _HANDLE_PLACES[type(call)]
    arguments: Any = call
    if not places:
        if len(scalars) == 1:
            # Most calls are given one handle, and all are asked for theirs more than once.
            return [arguments[scalars[0]]], []
        return [arguments[i] for i in scalars], []
    values = [arguments[i] for i in scalars]
    return values, [handle for i, handles in places for handle in handles(arguments[i])]


def unrecorded_handles(call: AnyCall) -> bool:
    """May the call have been given handles that the wire does not carry?"""
    hides, places = _HIDING[type(call)]
    arguments: Any = call
    return hides or any(kind.is_cut(arguments[i]) for i, kind in places)


def handles_by_place(call: AnyCall) -> Iterator[tuple[str, int]]:
    """Each handle with its parameter's name: ``handle``, ``handles[2]``."""
    arguments: Any = call
    scalars, places = _HANDLE_PLACES[type(call)]
    listed = dict(places)
    for i, name in enumerate(arguments._fields):
        if i in scalars:
            yield name, arguments[i]
        elif i in listed:
            for place, handle in enumerate(listed[i](arguments[i])):
                yield f"{name}[{place}]", handle
