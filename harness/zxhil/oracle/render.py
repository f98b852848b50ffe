"""Decoded calls for people: handles with their objects and rights, statuses by name.

What the model knows of a call's handles is remembered when the call is judged (`known`), which is
cheap; the words are made when somebody reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from zxhil.abi.calls import BY_NAME, AnyCall
from zxhil.abi.kinds import (
    BytesPointer,
    DispositionsPointer,
    HandlesPointer,
    Memory,
    OutPointer,
    Scalar,
)
from zxhil.abi.objects import HandleOp, InfoTopic
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
    handles = {value: known_handle(s, value) for value in scalars + listed[:_SHOWN]}
    return {value: seen for value, seen in handles.items() if seen is not None}


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
    arguments = []
    for parameter, value in zip(BY_NAME[name].parameters, call, strict=True):
        kind = parameter.kind
        if isinstance(kind, Scalar):
            text = _scalar(known, kind.ctype, parameter.name, value)
        else:
            text = _pointer(known, value)
        arguments.append(f"{parameter.name}={text}")
    return f"zx_{name}({', '.join(arguments)})"


def _scalar(known: Known, ctype: str, name: str, value: object) -> str:
    assert isinstance(value, int)
    if ctype == "zx_handle_t":
        return f"<{handle_text(known, value)}>"
    if ctype == "zx_rights_t":
        return rights_name(value)
    if name == "topic":
        return InfoTopic(value).name if value in list(InfoTopic) else str(value)
    if name in ("koid", "size", "num_bytes", "num_handles", "buffer_size", "name_size"):
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


def outcome_text(name: str, outcome: Outcome) -> str:
    """``ZX_OK, out=0x33``: the status, and what was written."""
    written = []
    for parameter in BY_NAME[name].parameters:
        value = outcome.outs.get(parameter.name)
        if isinstance(value, bytes):
            written.append(f"{parameter.name}={len(value)} bytes")
        elif isinstance(value, int) and not isinstance(parameter.kind, Scalar):
            written.append(f"{parameter.name}={value:#x}")
        elif isinstance(value, tuple) and value:
            shown = ", ".join(_element(v) for v in value[:_SHOWN])
            more = f", … {len(value)} in all" if len(value) > _SHOWN else ""
            written.append(f"{parameter.name}=[{shown}{more}]")
    return ", ".join([status_name(outcome.status), *written])


def _element(value: object) -> str:
    if isinstance(value, int):
        return status_name(value) if value <= 0 else hex(value)
    return str(tuple(value)) if isinstance(value, tuple) else str(value)
