"""The kinds of system call parameters: one object for each, with everything about it.

What a module needs to know of a parameter it asks of the parameter's kind; no other module
may distinguish kinds (a test checks that). The sides, all declared in `base.Kind`:

- what it is: `ctype`, `is_value`, `is_handle`, `reads`, `writes`, `counted_by`, `actual`
- memory: `element`, `extent`, `memory`, `declared`
- the recorder in C: `recorders`, `record_argument`, `record_output`
- the wire: `argument_decoder`, `argument_field`, `output_decoder`, `output_field`, `is_left`
- handles: `handles_given`, `handles_written`, `hides_handles`, `is_cut`
- from Python: `made` (a decoded call), `absent` and `spelled` (`zxhil shell`), `length`, `room`
- for people: `argument_text`, `output_text`
- C of a test case: `c_argument`, `c_handle`
- values to try: `trials` (in place of a valid one), `draw` (for generated calls)

A class that lacks an abstract side can't be defined: the import raises TypeError.

Parameters are annotated with their kinds (`zxhil.abi.calls`), fields of structs likewise
(`layouts`). A struct is a NamedTuple whose fields are kinds:

    class PortWait(NamedTuple):
        handle: Annotated[int, InHandle(PORT, READ)]
        deadline: Time
        packet: Annotated[OutPointer, OutStructs(PORT_PACKET)]

A new kind is a module here: a frozen dataclass that is given the names of the parameters which it
depends on, over `common.Written` (the call only writes through it), or `common.NoOutput` and
`common.Pointing` (it only reads). These have most sides; what is left to say:

    @dataclass(frozen=True)
    class OutText(Written):
        '''A buffer of `size` bytes for a string that ends with a zero.'''

        size: str
        ctype: str = "char*"

        @property
        def counted_by(self) -> str:
            return self.size

        def record_argument(self, at: InC) -> str:
            return f"arg_out_buffer({at.text}, {at.beside(self.size)}, 1);"

        def record_output(self, at: InC) -> str:
            return f"out_text(status, {at.text}, {at.beside(self.size)});"

        def output_decoder(self) -> Callable[[str], bytes]:
            return bytes.fromhex

        def output_field(self, value: bytes) -> str:
            return value.hex()

        def handles_written(self) -> HandlesOf | None:
            return None

        def output_text(self, value: bytes, words: Words) -> str:
            return repr(value)

The functions of C that the statements call are in `guest_tests/rt/record.c`.
"""

from __future__ import annotations

from zxhil.abi.kinds.base import Draft, InC, Input, Kind, Pool, Words
from zxhil.abi.kinds.buffers import InBytes, OutBytes
from zxhil.abi.kinds.elements import InElements, OutElements, OutWords
from zxhil.abi.kinds.futexes import InFutex
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
    FutexPointer,
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
    "FutexPointer",
    "HandleInfoRecord",
    "HandlesPointer",
    "InBytes",
    "InC",
    "InElements",
    "InFutex",
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
    "OutElements",
    "OutHandles",
    "OutPointer",
    "OutRecords",
    "OutStructs",
    "OutValue",
    "OutWords",
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
