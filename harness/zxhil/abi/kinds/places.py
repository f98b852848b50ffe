"""Memory that a pointer is given to, and the pointers that are tried."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any, NamedTuple

from zxhil.abi.kinds.values import Memory


class Where(enum.StrEnum):
    """A kind of memory, by its name in guest_tests/include/zxtest.h."""

    NULL = "NULL"
    SCRATCH = "scratch"
    UNMAPPED = "zx_unmapped"
    KERNEL = "zx_kernel"
    READ_ONLY = "zx_read_only"
    READ_ONLY_EDGE = "zx_read_only_edge"
    MISALIGNED = "zx_misaligned"
    EDGE = "zx_edge"


_HOLDS_CONTENT = {Where.SCRATCH, Where.MISALIGNED, Where.EDGE}
_WITHOUT_SIZE = {Where.UNMAPPED, Where.KERNEL, Where.READ_ONLY}


@dataclass(frozen=True, slots=True)
class Pointer:
    """A pointer to memory of a kind; `content` is written there before the call.

    Called with content, it returns a pointer to the same kind of memory with that content.
    """

    where: Where
    content: Any = None

    def __call__(self, content: Any) -> Pointer:
        """Return a pointer to such memory that holds `content`. Raises TypeError if it can't."""
        if self.where not in _HOLDS_CONTENT:
            raise TypeError(f"{self!r} memory cannot be written")
        return Pointer(self.where, content)

    def __repr__(self) -> str:
        name = self.where.value.removeprefix("zx_")
        return name if self.content is None else f"{name}({self.content!r})"


def pointer_in_c(value: Any, ctype: str) -> str:
    """The expression of a pointer to memory that needs no size; "" for anything else."""
    where = value.where if isinstance(value, Pointer) else None
    if where is Where.NULL:
        return "NULL"
    return f"{where}({ctype})" if where in _WITHOUT_SIZE else ""


class Trial(NamedTuple):
    """A value to try in place of a valid one, under a name for a test case.

    `value` is a number or a pointer; `memory` is where the guest finds that a pointer points.
    """

    name: str
    value: int | Pointer
    memory: Memory | None = None


_NOWHERE = (
    Trial("null", Pointer(Where.NULL), Memory.NULL),
    Trial("unmapped", Pointer(Where.UNMAPPED), Memory.INVALID),
    Trial("kernel", Pointer(Where.KERNEL), Memory.INVALID),
)
_READ_ONLY = Trial("read_only", Pointer(Where.READ_ONLY), Memory.READABLE)


def trials(*, reads: bool, writes: bool, alignment: int) -> tuple[Trial, ...]:
    """What is tried for a pointer: no memory, memory of the wrong kind, the edges of the right."""
    edge = Where.EDGE if writes else Where.READ_ONLY_EDGE
    memory = Memory.WRITABLE if writes else Memory.READABLE
    at_edge = () if reads and writes else (Trial("at_edge", Pointer(edge), memory),)
    misaligned = Trial("misaligned", Pointer(Where.MISALIGNED), Memory.WRITABLE)
    return (
        *_NOWHERE,
        *([_READ_ONLY] if writes else []),
        *at_edge,
        *([misaligned] if alignment > 1 else []),
    )
