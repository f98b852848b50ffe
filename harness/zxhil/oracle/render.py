"""Decoded calls for people: handles with their objects and rights, statuses by name.

What the model knows of a call's handles is remembered when the call is judged (`known`), which is
cheap; the text is made when it is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from zxhil.abi.calls import BY_NAME, RETURN, AnyCall, Parameter
from zxhil.abi.constants import argument_name
from zxhil.abi.kinds.words import SHOWN
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import rights_name
from zxhil.abi.status import status_name
from zxhil.model.clause import Outcome
from zxhil.model.facts import KnownRights
from zxhil.model.given import handles_in
from zxhil.model.objects import HandleEntry
from zxhil.model.state import State

_COUNTS = (
    *("koid", "size", "num_bytes", "num_handles", "buffer_size", "name_size"),
    *("actual", "avail", "actual_bytes", "actual_handles"),
)
_ABSURD = 1 << 32  # no count; what a poisoned output holds is easier to know in hex


#: The name of an enum's member is found anew each time that it is asked for.
_TYPE_NAMES = {type_: type_.name for type_ in ObjType}


class HandleSeen(NamedTuple):
    """What the model knew of a handle: its object's type and koid, its rights, if it lives."""

    type: str | None
    koid: int | None
    rights: KnownRights | None
    live: bool | None


Known = Mapping[int, HandleSeen]


def known(s: State, call: AnyCall) -> Known:
    """Remember what the model knows of the handles that the text of `call` will show."""
    scalars, listed = handles_in(call)
    handles: dict[int, HandleSeen] = {}
    table = s.table
    for value in scalars + listed[:SHOWN] if listed else scalars:
        entry = table.get(value)
        if entry is not None:
            handles[value] = _seen(entry)
    return handles


def known_handle(s: State, value: int) -> HandleSeen | None:
    """What the model knows of one handle; None of a value that was never one."""
    entry = s.entry(value)
    return None if entry is None else _seen(entry)


def _seen(entry: HandleEntry) -> HandleSeen:
    object_, rights, live = entry.object.value, entry.rights.value, entry.live.value
    if object_ is None:
        return HandleSeen(None, None, rights, live)
    # What the class's own constructor does, less a call.
    seen = (_TYPE_NAMES[object_.type], object_.koid, rights, live)
    return tuple.__new__(HandleSeen, seen)


def handle_text(known: Known, value: int) -> str:
    """``0x2f channel koid 1034 (READ|WRITE)``; what is not known is left out."""
    if value == 0:
        return "0"
    seen = known.get(value)
    if seen is None:
        return f"{value:#x} not a handle"
    parts = [f"{value:#x}", "object unknown" if seen.type is None else seen.type.lower()]
    if seen.koid is not None:
        parts.append(f"koid {seen.koid}")
    if seen.rights is not None and seen.rights.exact:
        parts.append(f"({rights_name(seen.rights.bits)})")
    if seen.live is False:
        parts.append("closed")
    elif seen.live is None:
        parts.append("possibly closed")
    return " ".join(parts)


def call_text(known: Known, name: str, call: AnyCall) -> str:
    """Spell a call as C, with what the model knew of its arguments before it was made."""
    parameters = BY_NAME[name].parameters
    arguments = [
        f"{parameter.name}={argument_text(known, name, parameter, call)}"
        for parameter in parameters
    ]
    return f"zx_{name}({', '.join(arguments)})"


@dataclass(frozen=True, slots=True)
class _Words:
    """The words for one parameter of a call (`zxhil.abi.kinds.Words`)."""

    known: Known
    call_name: str
    call: AnyCall
    parameter: str

    def handle(self, value: int) -> str:
        return handle_text(self.known, value)

    def number(self, value: int) -> str:
        type_ = object_type(self.known, self.call)
        named = argument_name(self.call_name, self.parameter, value, type_)
        return named if named is not None else _number(self.parameter, value)

    def other(self, name: str) -> Any:
        return getattr(self.call, name)


def argument_text(known: Known, name: str, parameter: Parameter, call: AnyCall) -> str:
    """Spell one argument of a call: by name where its value has one."""
    words = _Words(known, name, call, parameter.name)
    return parameter.kind.argument_text(getattr(call, parameter.name), words)


def object_type(known: Known, call: AnyCall) -> str | None:
    """The type of the object that a call's first handle refers to, if the model knew it."""
    seen = known.get(getattr(call, "handle", 0))
    return None if seen is None else seen.type


def _number(name: str, value: int) -> str:
    if name in _COUNTS and value < _ABSURD:
        return str(value)
    return hex(value) if value > 9 else str(value)


def outcome_text(known: Known, name: str, call: AnyCall, outcome: Outcome) -> str:
    """``ZX_OK, out=0x33``: what was returned, and what was written, decoded."""
    syscall, written = BY_NAME[name], []
    for parameter in syscall.parameters:
        value = outcome.outs.get(parameter.name)
        if value is None or value == ():
            continue
        text = parameter.kind.output_text(value, _Words(known, name, call, parameter.name))
        written.append(f"{parameter.name}={text}")
    if outcome.status == 0:
        written += [f"{name} not written" for name, _ in outcome.unwritten]
    if syscall.has_status:
        returned = status_name(outcome.status)
    else:
        value = outcome.outs.get(RETURN)
        returned = _number(name, value) if isinstance(value, int) else "returned"
    return ", ".join([returned, *written])
