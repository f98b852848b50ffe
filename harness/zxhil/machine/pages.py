"""A trace in the guest's memory: the program's pages, found by their mark, read while it runs.

The guest's memory is a file that QEMU and the harness both map, so that nothing is sent. The
guest says over serial how far it has written, at the frames by which the kernel's own lines are
put in order: :meth:`TracePages.merge` makes one stream of both, as serial alone would have brought
it (docs/trace.md). All of that memory is the guest's: what is read there is text to be parsed,
positions in it are held against what the pages have room for, and nothing is read elsewhere.
"""

from __future__ import annotations

import os
import re
import secrets
import sys
from typing import Literal

from zxhil.abi.runtime import (
    PAGE_HEAD,
    PAGE_MARK,
    POSITION,
    POSITION_DIGITS,
    TRACE_PAGE,
    TRACE_PAGES,
    layout,
)
from zxhil.machine.ram import SharedRam

_HEAD = layout(PAGE_HEAD)
_DATA = TRACE_PAGE - _HEAD.size
#: Bytes of the trace that lie in memory at a time.
ROOM = TRACE_PAGES * _DATA
# Fields of the head, in words of their size.
_NUMBER, _ATTACHED, _WRITTEN, _READ = 16 // 4, 20 // 4, 24 // 8, 32 // 8
# A position is on the line before its frame can be read.
_AHEAD = 256
_POSITION = re.compile(rb"%c([0-9a-f]{%d})" % (POSITION, POSITION_DIGITS))
_PART = re.compile(rb"%c[0-9a-f]{0,%d}\Z" % (POSITION, POSITION_DIGITS - 1))
_WRAP = 1 << 4 * POSITION_DIGITS
# A guest that sends positions for fun makes the harness search no more often.
_SEARCHES = 8


def new_mark() -> bytes:
    """A mark for the pages of one machine."""
    return secrets.token_bytes(PAGE_MARK)


def patch_of(mark: bytes) -> bytes:
    """What is patched into the program: no copy of its file is to have the mark itself."""
    return bytes(byte ^ 0xFF for byte in mark)


def is_possible() -> bool:
    """Can this host share memory with QEMU, in a file that is gone with both?"""
    return hasattr(os, "memfd_create") and sys.byteorder == "little"


class TracePages:
    """The pages of a program in the memory of a machine, by `mark`.

    `offsets` says where they lie if that is known; otherwise they are searched when the guest
    says that they are there.
    """

    def __init__(self, mark: bytes, ram: SharedRam, offsets: tuple[int, ...] = ()) -> None:
        self._mark = mark
        self._ram = ram
        self._searches = 0
        self.offsets = offsets
        """Where each page lies in the memory; empty as long as they were not found."""
        self.restart()

    def restart(self) -> None:
        """The guest was put back to where it has written nothing."""
        self._read = self._target = 0
        self._held = b""
        self._in_line = False

    def written(self) -> int:
        """How far the guest has written. Read it before what came over serial meanwhile."""
        if not self.offsets:
            return 0
        position = int(self._words("Q")[_WRITTEN])
        return position if self._read <= position <= self._read + ROOM else self._read

    def merge(self, serial: bytes, written: int, ended: bool = False) -> bytes:
        """What came over serial, with the frames that the guest had `written` when it was read.

        What was sent in the middle of a line of the kernel's comes after that line, unless
        nothing came for a while (no `serial`), or the stream has `ended`.
        """
        data = self._held + serial
        part = None if ended else _PART.search(data)
        self._held = b"" if part is None else part[0]
        data = data[: len(data) - len(self._held)]
        out: list[bytes] = []
        at = 0
        for found in _POSITION.finditer(data):
            self._line(data[at : found.start()], out)
            self._reach(int(found[1], 16))
            at = found.end()
        self._target = max(self._target, written)
        self._in_line = self._in_line and bool(serial)
        self._line(data[at:], out)
        return b"".join(out)

    def _line(self, text: bytes, out: list[bytes]) -> None:
        """Add the kernel's text, and at the first beginning of a line in it what is due."""
        end = text.find(b"\n") + 1 if self._in_line else 0
        if not self._in_line or end:
            out.append(text[:end])
            out.append(self._take())
            text, self._in_line = text[end:], False
        if text:
            out.append(text)
            self._in_line = not text.endswith(b"\n")

    def _reach(self, digits: int) -> None:
        """The guest says how far it has written, or, the first time, that its pages are there."""
        if not self.offsets and self._searches < _SEARCHES:
            self._searches += 1
            self._attach()
        ahead = (digits - self._read) % _WRAP
        if ahead <= self.written() - self._read + _AHEAD and ahead <= ROOM and self.offsets:
            self._target = max(self._target, self._read + ahead)

    def _take(self) -> bytes:
        parts = []
        while self._read < self._target:
            number, at = divmod(self._read % ROOM, _DATA)
            size = min(_DATA - at, self._target - self._read)
            start = self.offsets[number] + _HEAD.size + at
            parts.append(self._ram.map[start : start + size])
            self._read += size
        if parts:
            self._words("Q")[_READ] = self._read
        return b"".join(parts)

    def _words(self, size: Literal["I", "Q"]) -> memoryview:
        """The first page in words: each is read and written at once."""
        return self._ram.view[self.offsets[0] : self.offsets[0] + TRACE_PAGE].cast(size)

    def _attach(self) -> None:
        """Search the pages; unless each is there once, the guest goes on over serial."""
        found: dict[int, int] = {}
        first = int.from_bytes(self._mark[:8], "little")
        for start, end in self._ram.used():
            words = self._ram.view[start:end].cast("Q")[:: TRACE_PAGE // 8]
            for page, word in enumerate(words.tolist()):
                at = start + page * TRACE_PAGE
                if word == first and self._ram.map[at : at + PAGE_MARK] == self._mark:
                    number = self._ram.view[at : at + TRACE_PAGE].cast("I")[_NUMBER]
                    if number in found or number >= TRACE_PAGES:
                        return
                    found[number] = at
        if len(found) == TRACE_PAGES:
            self.offsets = tuple(found[number] for number in range(TRACE_PAGES))
            self._words("I")[_ATTACHED] = 1
