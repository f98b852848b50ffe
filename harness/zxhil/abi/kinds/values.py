"""What a decoded argument or output is: pointers by the memory that they point to.

A pointer's memory is classed by the guest (see `Memory`), because whether a pointer is valid
decides what the page requires, and only the guest knows its own address space. What a valid
pointer points to is recorded as far as the rules need it.
"""

from __future__ import annotations

import enum
from typing import Any, Generic, NamedTuple, TypeVar

from zxhil.abi.sample import Sample

R = TypeVar("R")


class Memory(enum.StrEnum):
    """Where a pointer points, for the whole range passed to the call."""

    NULL = "n"
    WRITABLE = "w"
    READABLE = "r"
    """Mapped, readable, not writable."""
    INVALID = "x"
    """At least one byte of the range is not mapped for the process."""
    PARTIAL = "p"
    """A buffer for the call to write, of which only the first bytes are writable."""


class BytesPointer(NamedTuple):
    """A pointer to bytes that the call reads. `content` is what the trace has of them."""

    memory: Memory
    aligned: bool
    content: Sample | None

    @property
    def is_null(self) -> bool:
        """Is it NULL?"""
        return self.memory is Memory.NULL


class HandlesPointer(NamedTuple):
    """A pointer to zx_handle_t values that the call reads.

    `values` are the first `HANDLES_ON_WIRE` of them at most; `complete` says if that is all.
    """

    memory: Memory
    aligned: bool
    values: tuple[int, ...]
    complete: bool

    @property
    def is_null(self) -> bool:
        """Is it NULL?"""
        return self.memory is Memory.NULL


class StructsPointer(NamedTuple, Generic[R]):
    """A pointer to structs that the call reads, as they were before the call.

    `values` are the first `HANDLES_ON_WIRE` of them at most; `complete` says if that is all.
    Of one struct, `values` has one element, or none if the memory is not readable.
    """

    memory: Memory
    aligned: bool
    values: tuple[R, ...]
    complete: bool


class FutexPointer(NamedTuple):
    """A pointer to a futex: `place` tells futexes apart, `value` was there before the call.

    Both are None where the memory can't be read.
    """

    memory: Memory
    aligned: bool
    place: int | None
    value: int | None


class OutPointer(NamedTuple):
    """A pointer that the call writes through."""

    memory: Memory
    aligned: bool


#: Array entries that the recorder writes out at the most: one over the documented limit of
#: 64 handles, and one more, so that the entry over the limit is seen.
HANDLES_ON_WIRE = 66

#: What an output is, decoded: an integer, bytes, handles, structs (NamedTuples), fields of
#: structs, raw bytes. None if it could not be read, or means nothing.
OutValue = int | Sample | tuple[int, ...] | tuple[Any, ...] | bytes | None
