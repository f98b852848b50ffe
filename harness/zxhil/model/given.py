"""Which arguments of a call are handles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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


Handles = tuple[tuple[int, ...], tuple[int, ...]]


def _handles_of(places: _HandlePlaces) -> Callable[[Any], Handles]:
    """The function that finds the handles of one call: each is asked for its own several times."""
    scalars, listed = places
    if listed:
        return lambda c: (
            tuple([c[i] for i in scalars]),
            tuple([handle for i, handles in listed for handle in handles(c[i])]),
        )
    if len(scalars) == 1:
        (at,) = scalars
        return lambda c: ((c[at],), ())
    if not scalars:
        return lambda c: ((), ())
    return lambda c: (tuple([c[i] for i in scalars]), ())


_HANDLES_OF = {type_: _handles_of(places) for type_, places in _HANDLE_PLACES.items()}


def handles_in(call: AnyCall) -> Handles:
    """Every handle value among the arguments of `call`: scalars, and those in memory."""
    return _HANDLES_OF[call.__class__](call)


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
