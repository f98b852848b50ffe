"""Values for people, by their type in C, and the same in C."""

from __future__ import annotations

from collections.abc import Iterable

from zxhil.abi.constants import signals_name
from zxhil.abi.kinds.values import Memory
from zxhil.abi.objects import HandleOp, ObjType
from zxhil.abi.rights import Rights, rights_name
from zxhil.abi.status import status_name

#: Elements of a list that are shown.
SHOWN = 4

_MEMORY = {
    Memory.NULL: "NULL",
    Memory.INVALID: "unmapped",
    Memory.READABLE: "read-only",
    Memory.WRITABLE: "",
    Memory.PARTIAL: "mapped in part",
}
_ESCAPED = {0x22: '\\"', 0x5C: "\\\\", 0x0A: "\\n", 0x3F: "\\?"}


def type_name(value: int) -> str:
    """Name a zx_obj_type_t; one that no header names is shown as the number."""
    try:
        return ObjType(value).name
    except ValueError:
        return f"object type {value}"


def typed(ctype: str, value: int) -> str | None:
    """A value by the name that its type in C has for it; None if the type has no names."""
    if ctype == "zx_rights_t":
        return rights_name(value)
    if ctype == "zx_obj_type_t":
        return type_name(value)
    if ctype == "zx_status_t":
        return status_name(value)
    if ctype == "zx_signals_t":
        return signals_name(value, None)
    if ctype == "zx_handle_op_t":
        return HandleOp(value).name if value in list(HandleOp) else f"operation {value}"
    return None


def listed(texts: Iterable[str], count: int, complete: bool = True) -> str:
    """The first of `count` texts."""
    shown = [text for text, _ in zip(texts, range(SHOWN), strict=False)]
    if count > SHOWN or not complete:
        shown.append(f"… {count}{'' if complete else '+'} in all")
    return f"[{', '.join(shown)}]"


def pointed(memory: Memory, aligned: bool, content: str = "") -> str:
    """A pointer: what is wrong with its memory, and what is in it."""
    words = [_MEMORY[memory], "" if aligned else "misaligned"]
    if content and memory in (Memory.WRITABLE, Memory.READABLE):
        words.append(content)
    return " ".join(word for word in words if word) or "&"


# ---- in C


def bytes_in_c(content: bytes) -> str:
    """A string literal of these bytes; a zero follows, which no size counts."""
    return '"' + "".join(_character(byte) for byte in content) + '"'


def _character(byte: int) -> str:
    if byte in _ESCAPED:
        return _ESCAPED[byte]
    # Three octal digits end an escape whatever follows them.
    return chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}"


def rights_in_c(value: int) -> str:
    """``ZX_RIGHT_READ | ZX_RIGHT_WRITE``; bits without a name as a number."""
    if value == 0:
        return "ZX_RIGHT_NONE"
    named = [right for right in Rights if right.value & value]
    parts = [f"ZX_RIGHT_{right.name}" for right in named]
    rest = value & ~sum(right.value for right in named)
    return " | ".join([*parts, f"{rest:#x}u"] if rest else parts)


def typed_in_c(ctype: str, value: int) -> str | None:
    """A value by its constant in C; None if its type has none for it."""
    if ctype == "zx_rights_t":
        return rights_in_c(value)
    if ctype == "zx_obj_type_t" and value in list(ObjType):
        return f"ZX_OBJ_TYPE_{ObjType(value).name}"
    if ctype == "zx_handle_op_t" and value in list(HandleOp):
        return f"ZX_HANDLE_OP_{HandleOp(value).name}"
    return None
