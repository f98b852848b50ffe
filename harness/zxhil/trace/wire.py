"""One frame on the wire (docs/trace.md)."""

from __future__ import annotations

import functools
import re
import zlib

from zxhil.abi.runtime import CRC, HEADER, NONCES

DIGIT_BITS = 12
SEQUENCES = 1 << DIGIT_BITS

#: A foreign piece inside a frame is looked for in this many bytes before the frame is given up.
REPAIR_WINDOW = 16 * 1024

FRAME = re.compile(rb"~([0-9a-f]{3})([0-9a-f]{2})([A-Z+])")
#: A whole frame with its line end: sequence and length of the body, kind, body, checksum. The body
#: is plain (`is_plain`), which no line end is: so it ends where the line does.
LINE = re.compile(r"~([0-9a-f]{5})([A-Z+])([ -~]{0,255})([0-9a-f]{8})\r?\n")
_NONCE = re.compile(rb"[1-9a-f][0-9a-f]{0,7}")
#: Version, architecture, program, cases, nonce.
_V_FIELDS = 5


def seed_of(nonce: int, sequence: int) -> int:
    """What the checksum of frame `sequence` is seeded with; 0 for a stream without a nonce."""
    return round_seed(nonce, sequence >> DIGIT_BITS)


@functools.lru_cache(maxsize=64)
def round_seed(nonce: int, number: int) -> int:
    """The seed of round `number` of sequence numbers, from 0.

    A seed acts like four bytes in front of the text: seeds that differ in one bit would let a
    damaged frame of one stream pass for one of the other. So nonces, and the rounds of one, are
    mixed into seeds that differ in about half of their bits.
    """
    return _mixed(_mixed(nonce) + number) if nonce else 0


def _mixed(value: int) -> int:
    """A permutation of 32 bits; `mixed` in guest_tests/rt/wire.c."""
    value &= 0xFFFFFFFF
    value = (value ^ value >> 16) * 0x7FEB352D & 0xFFFFFFFF
    value = (value ^ value >> 15) * 0x846CA68B & 0xFFFFFFFF
    return value ^ value >> 16


def encode(sequence: int, kind: str, body: str, nonce: int = 0) -> bytes:
    """Spell one frame as the guest does. `body` has 0xd8 characters at the most."""
    text = f"{sequence % SEQUENCES:03x}{len(body):02x}{kind}{body}".encode("ascii")
    return b"~%b%08x\n" % (text, zlib.crc32(text, seed_of(nonce, sequence)))


def announced(text: bytes) -> int | None:
    """The nonce of a stream whose `V` frame is `text`, without its line end; 0: version 1.

    None if it is no such frame, or its checksum does not fit the nonce that it names.
    """
    head = FRAME.match(text)
    if head is None or head[3] != b"V" or len(text) != HEADER + int(head[2], 16) + CRC:
        return None
    fields = text[HEADER:-CRC].split(b" ")
    nonce = 0
    if len(fields) == _V_FIELDS and _NONCE.fullmatch(fields[-1]):
        nonce = int(fields[-1], 16)
    if nonce >= NONCES or b"%08x" % zlib.crc32(text[1:-CRC], seed_of(nonce, 0)) != text[-CRC:]:
        return None
    return nonce


def cuts(segment: bytes, tail: bytes) -> list[int]:
    """Where the frame may have been broken, if `tail` is its second part."""
    cuts = []
    head = FRAME.match(segment)
    if head is not None:
        cuts.append(HEADER + int(head[2], 16) + CRC - len(tail))
    cuts += [k for k in range(1, HEADER) if FRAME.match(segment[:k] + tail)]
    return [cut for cut in cuts if cut > 0]


def is_plain(body: str) -> bool:
    """Is it what a guest writes? Anything else must not reach a terminal."""
    return body.isascii() and body.isprintable()


# A row of a kernel's dump of memory: address, four words, and 16 characters between bars.
_DUMP_ROW = re.compile(rb"0x[0-9a-f]{8,16}: (?:[0-9a-f]{8} ){4}\|")
_DUMP_CHARACTERS = 16


def foreign_end(data: bytes, start: int, *, final: bool) -> int:
    """Where the foreign text at `start` ends, as far as that is certain.

    The dump of a crashed program's stack may show the frame that it wrote last. A frame is longer
    than a row of a dump has characters, so a ``~`` between the bars of one begins none.
    """
    end = data.find(b"~", start)
    while end >= 0:
        row = _DUMP_ROW.search(data, data.rfind(b"\n", 0, end) + 1, end)
        if row is None:
            return end
        bar = row.end() + _DUMP_CHARACTERS
        if not data.startswith((b"|\r\n", b"|\n"), bar):
            return start if not final and len(data) < bar + len(b"|\r\n") else end
        end = data.find(b"~", bar)
    if final or len(data) - start > REPAIR_WINDOW:
        return len(data)
    return max(data.rfind(b"\n") + 1, start)


def line_end(data: bytes, end: int, *, final: bool) -> int | None:
    """The position after a frame's line end; None if it is still to come."""
    if data.startswith(b"\r\n", end):
        return end + 2
    if data.startswith(b"\n", end):
        return end + 1
    return end if final or len(data) >= end + 2 else None
