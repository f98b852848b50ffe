"""What the guest runtime and the harness must agree on; `zx.h` has it too (zxhil.abi.header).

docs/trace.md describes the frames, guest_tests/rt has the C side of all of it.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from zxhil.abi.ages import NEVER
from zxhil.abi.calls import CALLS
from zxhil.abi.kinds import HANDLES_ON_WIRE
from zxhil.abi.kinds.wire import NOT_WRITTEN
from zxhil.abi.sample import BYTES_FIRST, BYTES_WHOLE

#: How the version of the stand-in kernel begins.
STANDIN_VERSION = "zxhil-standin-"

#: The version of the trace that the guest runtime writes.
TRACE_VERSION = 4

#: Threads that a case may start, and processes. Each has a number from 1 on; the program's first
#: thread and process are 0.
MOST_THREADS = 15
MOST_PROCESSES = 4

#: The trace counts time in units of 2 to this power nanoseconds.
TIME_SHIFT = 13

#: Characters of a frame before its body (tilde, sequence, length, kind), in it, and of its CRC.
HEADER = 7
MAX_BODY = 0xD8
CRC = 8

#: Nonces lie below this, so that a nonce and the round that is added to it are one 32-bit seed.
NONCES = 1 << 31

#: Bytes of the bitmap of selected cases, and the cases that it has room for.
SELECT_BYTES = 128
MOST_CASES = 8 * SELECT_BYTES

#: Bytes of a program's name in the finished file; a zero ends it.
NAME_BYTES = 64

#: The first bytes of the job slot, by which it is found in saved memory.
JOB_MARK = b"zxhil's job slot"


class Field(NamedTuple):
    """A field of a C struct: an array where `length` is not 0."""

    ctype: str
    name: str
    length: int = 0


#: The job slot of a program that holds the cases of several. `first` and `count` are entries of
#: its table of cases; a `count` of 0 stands for all.
JOB_SLOT = (
    Field("char", "mark", len(JOB_MARK)),
    Field("uint32_t", "running"),
    Field("uint32_t", "waits"),
    Field("uint32_t", "first"),
    Field("uint32_t", "count"),
    Field("uint32_t", "nonce"),
    Field("char", "program", NAME_BYTES),
    Field("uint8_t", "selection", SELECT_BYTES),
)

#: Bytes of the mark at the start of each page of a trace that goes through memory, and the pages.
PAGE_MARK = 16
TRACE_PAGE = 4096
TRACE_PAGES = 256

#: The head of each such page; of the first one, the positions in the stream of bytes that all
#: pages hold in turns: how far it was written by the guest, and read by the harness, which says
#: with `attached` that it reads.
PAGE_HEAD = (
    Field("uint8_t", "mark", PAGE_MARK),
    Field("uint32_t", "number"),
    Field("uint32_t", "attached"),
    Field("uint64_t", "written"),
    Field("uint64_t", "read"),
)

#: Before the digits of a position that the guest sends over serial, and how many there are.
POSITION = 0x05
POSITION_DIGITS = 6

#: One entry of section zx_cases. Offsets count from the field that holds them.
CASE_ENTRY = (
    Field("int32_t", "run"),
    Field("int32_t", "name"),
    Field("int32_t", "claims"),
    Field("int32_t", "file"),
    Field("uint32_t", "line"),
)

#: Bytes of a call's name in the program's table of calls; a zero ends it.
CALL_NAME = 47

#: One entry of section zx_calls: a call that the program makes. `address` is where it is found in
#: the vDSO. `changed` is the day on which it began to take what the program passes, `ended` the
#: last one on which it did for sure, 0 if there is none; `holds` is what the harness knows of
#: that: 0 nothing, 1 yes, 2 no.
CALL_ENTRY = (
    Field("uint64_t", "address"),
    Field("uint32_t", "changed"),
    Field("uint32_t", "ended"),
    Field("uint8_t", "holds"),
    Field("char", "name", CALL_NAME),
)

#: Bytes of `zx_writable_edge`, the scratch area whose end is unmapped.
SCRATCH_SIZE = 0x20000

#: A request of `zxhil shell` (docs/shell.md): digits before its text (number and length), the
#: text's characters at most, and how many numbers there are.
REQUEST_HEAD = 6
REQUEST_TEXT = 0xA0
REQUESTS = 0x1000

#: Pages of the programs of `zxhil explore` that one boot runs, and what each holds while the
#: machine is saved: a mark, its number, and whether it is the copy that runs.
EXPLORE_PAGE, EXPLORE_PAGES = 0x1000, 0x180
EXPLORE_MARK = b"zxhil's programs"
PROGRAM_PAGE = (
    Field("char", "mark", len(EXPLORE_MARK)),
    Field("uint32_t", "number"),
    Field("uint32_t", "running"),
)
#: Characters of the programs: beside them lie their number, and where each begins.
EXPLORE_TEXT = EXPLORE_PAGE * EXPLORE_PAGES - 4 * (1 + MOST_CASES)

#: By name in C.
CONSTANTS: dict[str, int] = {
    "ZXHIL_TRACE_VERSION": TRACE_VERSION,
    "ZXHIL_MOST_THREADS": MOST_THREADS,
    "ZXHIL_MOST_PROCESSES": MOST_PROCESSES,
    "ZXHIL_TIME_SHIFT": TIME_SHIFT,
    "ZXHIL_FRAME_HEADER": HEADER,
    "ZXHIL_FRAME_MAX_BODY": MAX_BODY,
    "ZXHIL_FRAME_CRC": CRC,
    "ZXHIL_NONCE_MAX": NONCES - 1,
    "ZXHIL_MAX_ENTRIES": HANDLES_ON_WIRE,
    "ZXHIL_BYTES_WHOLE": BYTES_WHOLE,
    "ZXHIL_BYTES_FIRST": BYTES_FIRST,
    "ZXHIL_SELECT_BYTES": SELECT_BYTES,
    "ZXHIL_MOST_CASES": MOST_CASES,
    "ZXHIL_EXPLORE_TEXT": EXPLORE_TEXT,
    "ZXHIL_EXPLORE_PAGE": EXPLORE_PAGE,
    "ZXHIL_NAME_BYTES": NAME_BYTES,
    "ZXHIL_AGE_NEVER": NEVER,
    "ZXHIL_SCRATCH_SIZE": SCRATCH_SIZE,
    "ZXHIL_CALL_NAME": CALL_NAME,
    "ZXHIL_NOT_WRITTEN": NOT_WRITTEN,
    "ZXHIL_MOST_ARGUMENTS": max(len(call.parameters) for call in CALLS),
    "ZXHIL_REQUEST_HEAD": REQUEST_HEAD,
    "ZXHIL_REQUEST_TEXT": REQUEST_TEXT,
    "ZXHIL_REQUESTS": REQUESTS,
    "ZXHIL_PAGE_MARK": PAGE_MARK,
    "ZXHIL_TRACE_PAGE": TRACE_PAGE,
    "ZXHIL_TRACE_PAGES": TRACE_PAGES,
    "ZXHIL_POSITION": POSITION,
    "ZXHIL_POSITION_DIGITS": POSITION_DIGITS,
}


def layout(fields: tuple[Field, ...]) -> struct.Struct:
    """How Python packs these fields: little-endian, and without holes, as C has them."""
    codes = {"int32_t": "i", "uint32_t": "I", "uint64_t": "Q", "uint8_t": "B"}
    return struct.Struct(
        "<" + "".join(f"{f.length}s" if f.length else codes[f.ctype] for f in fields)
    )
