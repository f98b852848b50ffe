"""Decoded calls for people: handles with their objects and rights, statuses by name.

What the model knows of a call's handles is remembered when the call is judged (`known`), which is
cheap; the text is made when it is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from zxhil.abi.calls import BY_NAME, RETURN, AnyCall, Parameter
from zxhil.abi.constants import argument_name
from zxhil.abi.info import handle_basic, handle_count, koids, process_info
from zxhil.abi.kinds import (
    BytesPointer,
    DispositionsPointer,
    HandleInfoRecord,
    HandlesPointer,
    Memory,
    Out,
    OutBytes,
    OutHandles,
    OutPointer,
    OutRecords,
    Scalar,
)
from zxhil.abi.objects import LIMITS, HandleOp, InfoTopic
from zxhil.abi.rights import rights_name
from zxhil.abi.status import status_name
from zxhil.model.clause import Outcome
from zxhil.model.facts import KnownRights
from zxhil.model.given import handles_in
from zxhil.model.handles import type_name
from zxhil.model.state import State

_MEMORY = {
    Memory.NULL: "NULL",
    Memory.INVALID: "unmapped",
    Memory.READABLE: "read-only",
    Memory.WRITABLE: "",
}
_SHOWN = 4
_WAITABLE = LIMITS["ZX_OBJ_PROP_WAITABLE"]
_COUNTS = (
    *("koid", "size", "num_bytes", "num_handles", "buffer_size", "name_size"),
    *("actual", "avail", "actual_bytes", "actual_handles"),
)
_ABSURD = 1 << 32  # no count; what a poisoned output holds is easier to know in hex


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
    for value in scalars + listed[:_SHOWN]:
        seen = known_handle(s, value)
        if seen is not None:
            handles[value] = seen
    return handles


def known_handle(s: State, value: int) -> HandleSeen | None:
    """What the model knows of one handle; None of a value that was never one."""
    entry = s.entry(value)
    if entry is None:
        return None
    object_ = entry.object.value
    if object_ is None:
        return HandleSeen(None, None, entry.rights.value, entry.live.value)
    return HandleSeen(object_.type.name, object_.koid, entry.rights.value, entry.live.value)


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


def argument_text(known: Known, name: str, parameter: Parameter, call: AnyCall) -> str:
    """Spell one argument of a call: by name where its value has one."""
    value = getattr(call, parameter.name)
    if not isinstance(parameter.kind, Scalar):
        return _pointer(known, value)
    if parameter.kind.ctype == "zx_handle_t":
        return f"<{handle_text(known, value)}>"
    if parameter.kind.ctype == "zx_rights_t":
        return rights_name(value)
    named = argument_name(name, parameter.name, value, object_type(known, call))
    return named if named is not None else _number(parameter.name, value)


def object_type(known: Known, call: AnyCall) -> str | None:
    """The type of the object that a call's first handle refers to, if the model knew it."""
    seen = known.get(getattr(call, "handle", 0))
    return None if seen is None else seen.type


def _number(name: str, value: int) -> str:
    if name in _COUNTS and value < _ABSURD:
        return str(value)
    return hex(value) if value > 9 else str(value)


def _pointer(known: Known, value: object) -> str:
    match value:
        case HandlesPointer(memory, aligned, values, complete):
            listed = _list((f"<{handle_text(known, h)}>" for h in values), len(values), complete)
            return _where(memory, aligned, listed)
        case DispositionsPointer(memory, aligned, values, complete):
            entries = (
                f"{{{_operation(e.operation)} <{handle_text(known, e.handle)}>"
                f" type={type_name(e.type)} rights={rights_name(e.rights)}"
                f" result={status_name(e.result)}}}"
                for e in values
            )
            return _where(memory, aligned, _list(entries, len(values), complete))
        case BytesPointer(memory, aligned, digest):
            return _where(memory, aligned, "" if digest is None else f"crc32 {digest:08x}")
        case OutPointer(memory, aligned):
            return _where(memory, aligned, "")
    return str(value)


def _operation(value: int) -> str:
    return HandleOp(value).name if value in list(HandleOp) else f"operation {value}"


def _list(texts: Iterable[str], count: int, complete: bool) -> str:
    shown = [text for text, _ in zip(texts, range(_SHOWN), strict=False)]
    if count > _SHOWN or not complete:
        shown.append(f"… {count}{'' if complete else '+'} in all")
    return f"[{', '.join(shown)}]"


def _where(memory: Memory, aligned: bool, content: str) -> str:
    words = [_MEMORY[memory], "" if aligned else "misaligned"]
    if content and memory in (Memory.WRITABLE, Memory.READABLE):
        words.append(content)
    return " ".join(w for w in words if w) or "&"


def outcome_text(known: Known, name: str, call: AnyCall, outcome: Outcome) -> str:
    """``ZX_OK, out=0x33``: what was returned, and what was written, decoded."""
    syscall, written = BY_NAME[name], []
    for parameter in syscall.parameters:
        value = outcome.outs.get(parameter.name)
        if value is None or isinstance(parameter.kind, Scalar) or value == ():
            continue
        text = _written(object_type(known, call), name, parameter, call, value)
        written.append(f"{parameter.name}={text}")
    if syscall.has_status:
        returned = status_name(outcome.status)
    else:
        value = outcome.outs.get(RETURN)
        returned = _number(name, value) if isinstance(value, int) else "returned"
    return ", ".join([returned, *written])


def _written(
    type_: str | None, name: str, parameter: Parameter, call: AnyCall, value: object
) -> str:
    match parameter.kind, value:
        case OutRecords(_, topic), bytes():
            return records_text(getattr(call, topic), value)
        case OutBytes(), int():
            return f"crc32 {value:08x}" if value else "no bytes"
        case Out(target), int() if target != "zx_handle_t":
            named = argument_name(name, parameter.name, value, type_)
            return _number(parameter.name, value) if named is None else named
        case OutHandles(), tuple():
            return _list((hex(handle) for handle in value), len(value), True)
        case _, int():
            return hex(value)
        case _, tuple():
            return _list(map(_element, value), len(value), True)
    return str(value)


def records_text(topic: int, raw: bytes) -> str:
    """Decode what zx_object_get_info wrote; as a number of bytes what has no known layout."""
    if topic == InfoTopic.HANDLE_BASIC and (basic := handle_basic(raw)) is not None:
        return (
            f"{{koid={basic.koid}, rights={rights_name(basic.rights)}, "
            f"type={type_name(basic.type)}, related_koid={basic.related_koid}, "
            f"props={'WAITABLE' if basic.props == _WAITABLE else hex(basic.props)}}}"
        )
    if topic == InfoTopic.PROCESS and (process := process_info(raw)) is not None:
        states = [name for name in process._fields[1:] if getattr(process, name)]
        return f"{{return_code={process.return_code}{''.join(f', {name}' for name in states)}}}"
    if topic == InfoTopic.HANDLE_COUNT and (count := handle_count(raw)) is not None:
        return f"{{handle_count={count}}}"
    if topic in (InfoTopic.PROCESS_THREADS, InfoTopic.JOB_CHILDREN, InfoTopic.JOB_PROCESSES):
        listed = koids(raw)
        return f"koids {_list(map(str, listed), len(listed), True)}"
    return f"{len(raw)} bytes"


def _element(value: object) -> str:
    match value:
        case HandleInfoRecord(handle, type_, rights, unused):
            more = f", unused={unused:#x}" if unused else ""
            return (
                f"{{handle={handle:#x}, type={type_name(type_)}, "
                f"rights={rights_name(rights)}{more}}}"
            )
        case int():
            return status_name(value)
    return str(value)
