"""Values in C syntax, with the constants of zx.h."""

from __future__ import annotations

from collections.abc import Sequence

_WIDTH = 96


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
