"""Which arguments of a call are handles."""

from __future__ import annotations

from typing import Any, NamedTuple

from zxhil.abi.calls import CALLS, AnyCall
from zxhil.abi.kinds import (
    DispositionsPointer,
    HandlesPointer,
    InHandles,
    InOutDispositions,
    Opaque,
    Scalar,
)


class _HandlePlaces(NamedTuple):
    scalars: tuple[int, ...]
    handles: int
    dispositions: int


def _places(kinds: list[Any]) -> _HandlePlaces:
    def first(kind: type) -> int:
        return next((i for i, k in enumerate(kinds) if isinstance(k, kind)), -1)

    scalars = (i for i, k in enumerate(kinds) if isinstance(k, Scalar) and k.ctype == "zx_handle_t")
    return _HandlePlaces(tuple(scalars), first(InHandles), first(InOutDispositions))


_HANDLE_PLACES = {call.type: _places([p.kind for p in call.parameters]) for call in CALLS}


_HIDDEN = {
    call.type: any(isinstance(p.kind, Opaque) and p.kind.needs for p in call.parameters)
    for call in CALLS
}


def unrecorded_handles(call: AnyCall) -> bool:
    """May the call have been given handles that the wire does not carry?"""
    incomplete = any(
        isinstance(value, HandlesPointer | DispositionsPointer) and not value.complete
        for value in call
    )
    return _HIDDEN[type(call)] or incomplete


def handles_in(call: AnyCall) -> tuple[list[int], list[int]]:
    """Every handle value among the arguments of `call`: scalars, and those in arrays."""
    scalars, handles, dispositions = _HANDLE_PLACES[type(call)]
    arguments: Any = call
    values = [arguments[i] for i in scalars]
    if handles >= 0:
        return values, list(arguments[handles].values)
    if dispositions >= 0:
        return values, [entry.handle for entry in arguments[dispositions].values]
    return values, []
