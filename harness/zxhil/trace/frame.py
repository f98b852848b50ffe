"""Bytes of a serial stream to records, with what is foreign and what is damaged kept apart.

The format is docs/trace.md. Nothing here knows what a record means.
"""

from __future__ import annotations

import itertools
import re
import zlib
from typing import NamedTuple

_HEADER = 7
_CRC = 8
MAX_BODY = 0xD8
_SEQUENCES = 4096
_TILDE = ord("~")

#: A foreign piece inside a frame is looked for in this many bytes before the frame is given up.
REPAIR_WINDOW = 16 * 1024

_FRAME = re.compile(rb"~([0-9a-f]{3})([0-9a-f]{2})([A-Z+])")


class Record(NamedTuple):
    """One whole record. `offset` is the stream offset of its first frame's ``~``."""

    kind: str
    body: str
    offset: int


class Foreign(NamedTuple):
    """Text that is none of ours, in stream order: kernel log, userboot, noise."""

    text: bytes
    offset: int


class Damage(NamedTuple):
    """A place where frames were lost or can't be read, and what was seen there."""

    what: str
    offset: int


Item = Record | Foreign | Damage


class _Frame(NamedTuple):
    sequence: int
    kind: str
    body: str
    foreign: bytes
    end: int


def encode(sequence: int, kind: str, body: str) -> bytes:
    """Spell one frame as the guest does. `body` has 0xd8 characters at the most."""
    text = f"{sequence % _SEQUENCES:03x}{len(body):02x}{kind}{body}".encode("ascii")
    return b"~%b%08x\n" % (text, zlib.crc32(text))


def _intact(text: bytes) -> tuple[int, str, str] | None:
    """Return (sequence, kind, body) if `text` is exactly one frame without its line end."""
    head = _FRAME.match(text)
    if head is None or len(text) != _HEADER + int(head[2], 16) + _CRC:
        return None
    if b"%08x" % zlib.crc32(text[1:-_CRC]) != text[-_CRC:]:
        return None
    return int(head[1], 16), chr(text[_HEADER - 1]), text[_HEADER:-_CRC].decode("latin-1")


def _without_foreign(segment: bytes) -> _Frame | None:
    """Take one foreign piece that ends in a line end out of `segment`, if a frame remains.

    `segment` begins with ``~`` and holds the frame, broken in one place, to its line end.
    """
    line_ends = [i for i, byte in enumerate(segment) if byte == 0x0A]
    for first, last in itertools.pairwise(line_ends):
        tail = segment[first + 1 : last].rstrip(b"\r")
        if not tail:
            continue
        for cut in _cuts(segment, tail):
            if cut <= first and (found := _intact(segment[:cut] + tail)):
                return _Frame(*found, segment[cut : first + 1], last + 1)
    return None


def _cuts(segment: bytes, tail: bytes) -> list[int]:
    """Where the frame may have been broken, if `tail` is its second part."""
    cuts = []
    head = _FRAME.match(segment)
    if head is not None:
        cuts.append(_HEADER + int(head[2], 16) + _CRC - len(tail))
    cuts += [k for k in range(1, _HEADER) if _FRAME.match(segment[:k] + tail)]
    return [cut for cut in cuts if cut > 0]


class FrameReader:
    """Turns a stream, fed in pieces of any size, into records.

    `feed` returns the items that are certain so far; `finish` returns the rest. That frames were
    lost shows in the sequence numbers: text that looks like a broken frame, but after which the
    sequence goes on, was none of ours.
    """

    def __init__(self) -> None:
        self._buffer = b""
        self._base = 0
        self._expected: int | None = None
        self._parts: list[str] = []
        self._start = 0
        self._unread: int | None = None
        """Where, since the last good frame, something began like a frame and could not be read."""

    def feed(self, data: bytes) -> list[Item]:
        """Take the next bytes of the stream."""
        self._buffer += data
        return self._take(final=False)

    def finish(self) -> list[Item]:
        """Say that the stream ended; what is left of it is foreign or damaged."""
        items = self._take(final=True)
        if self._buffer:
            items.append(Foreign(self._buffer, self._base))
            self._base += len(self._buffer)
            self._buffer = b""
        self._report_unread(items)
        if self._parts:
            items.append(Damage("the stream ended inside a record", self._start))
            self._parts = []
        return items

    def _take(self, *, final: bool) -> list[Item]:
        items: list[Item] = []
        data, base = self._buffer, self._base
        position, size = 0, len(data)
        while position < size:
            if data[position] != _TILDE:
                start = _foreign_end(data, position, final=final)
                if start > position:
                    items.append(Foreign(data[position:start], base + position))
                    position = start
                    continue
                break
            head = _FRAME.match(data, position)
            if head is not None:
                end = position + _HEADER + int(head[2], 16) + _CRC
                check = end - _CRC
                if b"%08x" % zlib.crc32(data[position + 1 : check]) == data[check:end]:
                    after = _line_end(data, end, final=final)
                    if after is None:
                        break
                    body = data[position + _HEADER : check].decode("latin-1")
                    self._accept(int(head[1], 16), chr(data[position + 6]), body, position, items)
                    position = after
                    continue
            passed = self._mend(data, position, items, final=final)
            if passed is None:
                break
            position = passed
        self._buffer = data[position:]
        self._base += position
        return items

    def _mend(self, data: bytes, start: int, items: list[Item], *, final: bool) -> int | None:
        """Read the broken frame at `start`; return where the stream goes on, None to wait."""
        following = data.find(b"~", start + 1)
        stop = len(data) if following < 0 else following
        frame = _without_foreign(data[start:stop])
        if frame is not None:
            self._accept(frame.sequence, frame.kind, frame.body, start, items)
            items.append(Foreign(frame.foreign, self._base + start))
            return start + frame.end
        if following < 0 and not final and len(data) - start < REPAIR_WINDOW:
            return None
        if self._unread is None:
            self._unread = self._base + start
        items.append(Foreign(data[start:stop], self._base + start))
        return stop

    def _report_unread(self, items: list[Item]) -> None:
        if self._unread is not None:
            items.append(Damage("a frame that can't be read", self._unread))
            self._unread = None

    def _accept(self, sequence: int, kind: str, body: str, start: int, items: list[Item]) -> None:
        offset = self._base + start
        if sequence != self._expected:
            self._resume(sequence, kind, offset, items)
        self._unread = None
        self._expected = (sequence + 1) % _SEQUENCES
        if kind == "+":
            if not self._parts:
                self._start = offset
            self._parts.append(body)
        elif self._parts:
            self._parts.append(body)
            items.append(Record(kind, "".join(self._parts), self._start))
            self._parts = []
        else:
            items.append(Record(kind, body, offset))

    def _resume(self, sequence: int, kind: str, offset: int, items: list[Item]) -> None:
        """This frame is not the one that was to come: one begins anew, or some were lost."""
        if self._expected is not None:
            if kind == "V" and sequence == 0:
                self._report_unread(items)
            else:
                lost = (sequence - self._expected) % _SEQUENCES
                items.append(Damage(f"{lost} frames are missing", self._unread or offset))
        self._parts = []


def _foreign_end(data: bytes, start: int, *, final: bool) -> int:
    """Where the foreign text at `start` ends, as far as that is certain."""
    end = data.find(b"~", start)
    if end >= 0:
        return end
    if final or len(data) - start > REPAIR_WINDOW:
        return len(data)
    return max(data.rfind(b"\n") + 1, start)


def _line_end(data: bytes, end: int, *, final: bool) -> int | None:
    """The position after a frame's line end; None if it is still to come."""
    if data.startswith(b"\r\n", end):
        return end + 2
    if data.startswith(b"\n", end):
        return end + 1
    return end if final or len(data) >= end + 2 else None
