"""The kinds of system call parameters: one object for each, with every side that it has.

A kind knows its C type, what the recorder writes of it before and after the call, how that is
encoded and decoded, which handles it carries in and out, and what the recorder would have
written of a Python value. Nothing else matches on kinds: what a module needs to know of a
parameter it asks of the parameter's kind. `zxhil.abi.kinds.base.Kind` lists the sides; a class
that lacks one can't be defined.

Parameters are annotated with their kinds (`zxhil.abi.calls`), fields of structs likewise
(`zxhil.abi.kinds.layouts`):

    class PortWait(NamedTuple):
        handle: Handle
        deadline: Time
        packet: Annotated[OutPointer, OutStructs(PORT_PACKET)]

A new kind is a new module here: a frozen dataclass over `Given` (the call only reads it) or
`Written` (a pointer that the call only writes through). Its constructor takes the names of the
parameters that it depends on:

    @dataclass(frozen=True)
    class OutText(Written):
        '''A buffer of `size` bytes for a string that ends with a zero.'''

        size: str
        ctype: str = "char*"

        @property
        def counted_by(self) -> str:
            return self.size

        def record_argument(self, at: InC) -> str:
            return f"arg_out({at.text}, {at.beside(self.size)}, 1);"
        ...

The functions of C that the statements call are in `guest_tests/rt/record.c`.
"""

from __future__ import annotations

from zxhil.abi.kinds.base import Draft, InC, Input, Kind, Pool, Words
from zxhil.abi.kinds.buffers import InBytes, OutBytes
from zxhil.abi.kinds.handles import InHandles, OutHandles
from zxhil.abi.kinds.in_structs import InStructs
from zxhil.abi.kinds.integer import Out
from zxhil.abi.kinds.layout import Layout
from zxhil.abi.kinds.layouts import (
    CHANNEL_CALL_ARGS,
    DISPOSITION,
    HANDLE_INFO,
    LAYOUTS,
    PORT_PACKET,
    WAIT_ITEM,
    ChannelCallArgs,
    Disposition,
    HandleInfoRecord,
    PortPacket,
    WaitItem,
)
from zxhil.abi.kinds.needs import Needs, When, needs
from zxhil.abi.kinds.opaque import Opaque
from zxhil.abi.kinds.out_structs import OutStructs
from zxhil.abi.kinds.places import Pointer, Trial, Where
from zxhil.abi.kinds.raw import Raw
from zxhil.abi.kinds.records import OutRecords
from zxhil.abi.kinds.scalar import InHandle, Scalar
from zxhil.abi.kinds.values import (
    HANDLES_ON_WIRE,
    BytesPointer,
    HandlesPointer,
    Memory,
    OutPointer,
    OutValue,
    StructsPointer,
)

__all__ = [
    "CHANNEL_CALL_ARGS",
    "DISPOSITION",
    "HANDLES_ON_WIRE",
    "HANDLE_INFO",
    "LAYOUTS",
    "PORT_PACKET",
    "WAIT_ITEM",
    "BytesPointer",
    "ChannelCallArgs",
    "Disposition",
    "Draft",
    "HandleInfoRecord",
    "HandlesPointer",
    "InBytes",
    "InC",
    "InHandle",
    "InHandles",
    "InStructs",
    "Input",
    "Kind",
    "Layout",
    "Memory",
    "Needs",
    "Opaque",
    "Out",
    "OutBytes",
    "OutHandles",
    "OutPointer",
    "OutRecords",
    "OutStructs",
    "OutValue",
    "Pointer",
    "Pool",
    "PortPacket",
    "Raw",
    "Scalar",
    "StructsPointer",
    "Trial",
    "WaitItem",
    "When",
    "Where",
    "Words",
    "needs",
]
