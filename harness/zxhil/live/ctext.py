"""Values in C syntax, with the constants of zx.h."""

from __future__ import annotations

from collections.abc import Sequence

from zxhil.abi.objects import HandleOp, ObjType
from zxhil.abi.rights import Rights

_WIDTH = 96
_ESCAPED = {0x22: '\\"', 0x5C: "\\\\", 0x0A: "\\n", 0x3F: "\\?"}


def bytes_text(content: bytes) -> str:
    """A string literal of these bytes; its terminating zero is not part of any size."""
    return '"' + "".join(_character(byte) for byte in content) + '"'


def _character(byte: int) -> str:
    if byte in _ESCAPED:
        return _ESCAPED[byte]
    # Three octal digits end an escape whatever follows them.
    return chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}"


def rights_text(value: int) -> str:
    """``ZX_RIGHT_READ | ZX_RIGHT_WRITE``; bits without a name as a number."""
    if value == 0:
        return "ZX_RIGHT_NONE"
    named = [right for right in Rights if right.value & value]
    parts = [f"ZX_RIGHT_{right.name}" for right in named]
    rest = value & ~sum(right.value for right in named)
    return " | ".join([*parts, f"{rest:#x}u"] if rest else parts)


def disposition_text(entry: Sequence[int], handle: str) -> str:
    """An initializer of zx_handle_disposition_t, its handle spelt as given."""
    operation, _, type_, rights, result = entry
    op = (
        f"ZX_HANDLE_OP_{HandleOp(operation).name}"
        if operation in list(HandleOp)
        else f"{operation}u"
    )
    kind = f"ZX_OBJ_TYPE_{ObjType(type_).name}" if type_ in list(ObjType) else f"{type_}u"
    return f"{{{op}, {handle}, {kind}, {rights_text(rights)}, {result}}}"


def call_lines(name: str, arguments: Sequence[str]) -> list[str]:
    """A call as a statement, broken between arguments where it would be too long a line."""
    lines, line = [], f"zx_{name}("
    for number, argument in enumerate(arguments):
        part = argument + (", " if number + 1 < len(arguments) else ");")
        if number and len(line) + len(part.rstrip()) > _WIDTH:
            lines.append(line.rstrip())
            line = "        "
        line += part
    return [*lines, line]
