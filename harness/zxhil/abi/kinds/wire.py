"""Parts of fields that several kinds share on the wire (docs/trace.md): pointers, lists."""

from __future__ import annotations

import re
from collections.abc import Iterable

from zxhil.abi.kinds.values import Memory, OutPointer

#: A pointer's letter → its memory, and whether it is aligned.
MEMORY = {
    letter: (memory, letter.islower())
    for memory in Memory
    for letter in (memory.value, memory.value.upper())
}

OUT_POINTERS = {letter: OutPointer(*where) for letter, where in MEMORY.items()}

#: A field of an output that could not be read, or that means nothing.
NOTHING = "-"


#: What each byte of an output holds before the call. As a handle (even), a size, a koid, or a set
#: of signals, a number of such bytes is none that a kernel returns.
NOT_WRITTEN = 0xA6

#: What a field has in it of which a part was not written.
PATTERN = f"{NOT_WRITTEN:02x}" * 4

_LEFT = re.compile(f"(?:^|[.])(?:{NOT_WRITTEN:02x}){{4,}}(?:,(?:{NOT_WRITTEN:02x})+)*(?=[.]|$)")


def has_left(field: str) -> bool:
    """Does one of the entries hold what the recorder had put there, in all of its parts?"""
    return PATTERN in field and _LEFT.search(field) is not None


def letter(memory: Memory, aligned: bool) -> str:
    """The letter of a pointer."""
    return memory.value if aligned else memory.value.upper()


def entries(field: str) -> tuple[list[str], bool]:
    """The entries of a list, and whether these are all."""
    if field in ("", "."):
        return [], True
    found = field.split(".")
    if found[-1] == "+":
        return found[:-1], False
    return found, True


def joined(texts: list[str], complete: bool) -> str:
    """The list of an argument."""
    return ".".join(texts if complete else [*texts, "+"])


def listed(texts: Iterable[str]) -> str:
    """The list of an output, which has a mark if it is empty."""
    return ".".join(texts) or "."


def number(field: str) -> int:
    """A number of any size."""
    return int(field, 16)
