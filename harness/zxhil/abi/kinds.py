"""The kinds of system call parameters: their C type, and what goes on the wire.

A pointer's memory is classed by the guest (see `Memory`), because whether a pointer is valid
decides what the page requires, and only the guest knows its own address space. What a valid
pointer points to is recorded as far as the rules need it.

The table in `zxhil.abi.calls` is built of these; the C recorder and the Python decoder are both
made from it, so that the two ends of the wire can't disagree.
"""

from __future__ import annotations

import enum
from typing import NamedTuple, Self

from zxhil.abi.objects import ObjType, ResourceKind
from zxhil.abi.rights import Rights


class Memory(enum.StrEnum):
    """Where a pointer points, for the whole range passed to the call."""

    NULL = "n"
    WRITABLE = "w"
    READABLE = "r"
    """Mapped, readable, not writable."""
    INVALID = "x"
    """At least one byte of the range is not mapped for the process."""


class Disposition(NamedTuple):
    """zx_handle_disposition_t in memory order: 20 bytes, five 32-bit fields."""

    operation: int
    handle: int
    type: int
    rights: int
    result: int


class HandleInfoRecord(NamedTuple):
    """zx_handle_info_t in memory order: 16 bytes, four 32-bit fields."""

    handle: int
    type: int
    rights: int
    unused: int


class BytesPointer(NamedTuple):
    """A pointer to bytes that the call reads. `digest` is their CRC-32, None if unreadable."""

    memory: Memory
    aligned: bool
    digest: int | None

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


class DispositionsPointer(NamedTuple):
    """A pointer to zx_handle_disposition_t entries, as they were before the call."""

    memory: Memory
    aligned: bool
    values: tuple[Disposition, ...]
    complete: bool


class OutPointer(NamedTuple):
    """A pointer that the call writes through."""

    memory: Memory
    aligned: bool


#: Array entries that the recorder writes out at the most: one over the documented limit of
#: 64 handles, and one more, so that the entry over the limit is seen.
HANDLES_ON_WIRE = 66


class When(NamedTuple):
    """A parameter that has a constant's value, or its bit: the constant by its name in C."""

    parameter: str
    constant: str
    bit: bool


class Needs(NamedTuple):
    """What a call needs of a handle, as the kernel's interface file states it.

    One of `types` (any, if there is none), all of `rights`, a resource of this kind; `when` says
    for which arguments.
    """

    types: tuple[ObjType, ...] = ()
    rights: Rights = Rights.NONE
    resource: ResourceKind | None = None
    when: When | None = None


class Scalar(NamedTuple):
    """A value passed in a register. `needs` are those of a handle."""

    ctype: str
    bits: int
    signed: bool = False
    needs: tuple[Needs, ...] = ()


class InHandle(Scalar):
    """A handle that is passed by value: in every case, and `when` the arguments are such."""

    __slots__ = ()

    def __new__(
        cls,
        types: ObjType | tuple[ObjType, ...] = (),
        rights: Rights = Rights.NONE,
        *,
        kind: ResourceKind | None = None,
        when: tuple[Needs, ...] = (),
    ) -> Self:
        """Make the kind of a handle; without arguments nothing is stated of it."""
        always = needs(types, rights, kind=kind)
        return super().__new__(
            cls, "zx_handle_t", 32, needs=(*([always] if always != Needs() else []), *when)
        )


def needs(
    types: ObjType | tuple[ObjType, ...] = (),
    rights: Rights = Rights.NONE,
    *,
    kind: ResourceKind | None = None,
) -> Needs:
    """What is needed of a handle in every case."""
    return Needs((types,) if isinstance(types, ObjType) else types, rights, kind)


class InBytes(NamedTuple):
    """``const void*`` (or `ctype`) to as many bytes as parameter `size` says."""

    size: str
    ctype: str = "const void*"


class InHandles(NamedTuple):
    """``const zx_handle_t*`` to as many handles as parameter `number` says."""

    number: str
    ctype: str = "const zx_handle_t*"
    needs: tuple[Needs, ...] = ()


class InOutDispositions(NamedTuple):
    """``zx_handle_disposition_t*``; afterwards the recorder reports each entry's `result`."""

    number: str
    ctype: str = "zx_handle_disposition_t*"


class Out(NamedTuple):
    """A pointer to one integer that the call writes."""

    target: str
    bits: int

    @property
    def ctype(self) -> str:
        """The parameter's type in C."""
        return f"{self.target}*"


class OutBytes(NamedTuple):
    """A buffer of `size` bytes, of which the call says in `actual` how many it wrote.

    A call that has no such parameter writes all of them.
    """

    size: str
    actual: str = ""
    ctype: str = "void*"


class OutHandles(NamedTuple):
    """Room for `number` zx_handle_t, of which the call says in `actual` how many it wrote."""

    number: str
    actual: str
    ctype: str = "zx_handle_t*"


class OutHandleInfos(NamedTuple):
    """Room for `number` zx_handle_info_t, `actual` of them written."""

    number: str
    actual: str
    ctype: str = "zx_handle_info_t*"


class OutRecords(NamedTuple):
    """zx_object_get_info's buffer: `size` bytes, `actual` records of the layout of `topic`."""

    size: str
    topic: str
    actual: str
    ctype: str = "void*"


class Opaque(NamedTuple):
    """A pointer to memory of which nothing is recorded but where it is.

    Its `size` is a number of bytes, a parameter that holds it, or factors of it. `needs` are
    those of the handles in it.
    """

    ctype: str
    size: int | str | tuple[int | str, ...]
    needs: tuple[Needs, ...] = ()


Kind = (
    Scalar
    | InBytes
    | InHandles
    | InOutDispositions
    | Out
    | OutBytes
    | OutHandles
    | OutHandleInfos
    | OutRecords
    | Opaque
)

#: What a kind's out value is, decoded: an integer, a digest, handles, infos, results, raw bytes.
OutValue = int | tuple[int, ...] | tuple[HandleInfoRecord, ...] | bytes | None

OUT_KINDS = (Out, OutBytes, OutHandles, OutHandleInfos, OutRecords, InOutDispositions)
