"""Bytes of a serial stream to records; foreign text and damage are kept apart.

The format is docs/trace.md. Nothing here knows what a record means, but for the first one (`V`),
which names the nonce that the checksums of all frames are seeded with, and the last (`Z`): what
comes after it is not counted.
"""

from __future__ import annotations

import itertools
import re
import zlib
from array import array
from typing import NamedTuple

from zxhil.abi.runtime import CRC, HEADER
from zxhil.trace.wire import (
    DIGIT_BITS,
    FRAME,
    LINE,
    REPAIR_WINDOW,
    SEQUENCES,
    announced,
    cuts,
    foreign_end,
    is_plain,
    line_end,
    round_seed,
    seed_of,
)

_TILDE = ord("~")
_LONGEST = HEADER + 0xFF + CRC
_DIGITS = SEQUENCES - 1

#: Characters of one record, over all of its frames. The longest that a guest writes has 262,144.
MAX_RECORD = 1 << 20


class Record(NamedTuple):
    """One whole record. `offset` is the stream offset of its first frame's ``~``."""

    kind: str
    body: str
    offset: int


class Foreign(NamedTuple):
    """Foreign text, in stream order: kernel log, userboot, noise."""

    text: bytes
    offset: int


class Damage(NamedTuple):
    """A place where frames were lost or can't be read, and a description."""

    what: str
    offset: int


Item = Record | Foreign | Damage


class _Frame(NamedTuple):
    """A whole frame; `sequence` continues where its three digits wrap around."""

    sequence: int
    kind: str
    body: str


class _Torn(NamedTuple):
    """A frame that a foreign piece had broken, and where the stream goes on."""

    frame: _Frame
    foreign: bytes
    end: int


class FrameReader:
    """Turns a stream, fed in pieces of any size, into records.

    `feed` returns the items that are certain so far; `finish` returns the rest. That frames were
    lost shows in the sequence numbers: text that looks like a broken frame, but after which the
    sequence goes on, was none of ours.

    `nonce` is the one that the program was given; 0 reads a stream of version 1, which has none.
    With None the first `V` frame names it, of `program` if that is set. Frames with another
    nonce are foreign. Unless the program may `restart`, its second beginning is damage after
    which nothing is read.
    """

    def __init__(
        self, nonce: int | None = None, *, program: str = "", restarts: bool | None = None
    ) -> None:
        self.nonce = nonce
        """The nonce of what is read; None as long as it is not known."""
        self.repeated = 0
        """Frames that came again."""
        self.strange = 0
        """Pieces that look like frames and were another program's or another boot's, or torn."""
        self._restarts = not nonce if restarts is None else restarts
        self._program = program.encode("ascii", "replace")
        self._buffer = b""
        self._base = 0
        self._expected: int | None = None
        self._parts: list[str] = []
        self._size = 0
        self._start = 0
        self._unread: int | None = None
        """Where, since the last good frame, something began like a frame and could not be read."""
        self._unread_pieces = 0
        self._again: tuple[_Frame, int] | None = None
        """A `V` that came when frames had come: the program restarts, or it is a repetition."""
        self._over = False
        self.conflict = ""
        """Two frames of one number that differ, in words: two programs share the nonce, or the
        trace is forged, and nobody knows which of them to believe."""
        self._seen = array("q")
        """By number, what each frame held; 0 for those that are missing."""
        self._through = False
        """`Z` has come."""
        self._unknown = False

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
        text = data.decode("latin-1")
        position, size = 0, len(data)
        while position < size:
            if data[position] != _TILDE:
                start = foreign_end(data, position, final=final)
                if start == position:
                    break
                items.append(Foreign(data[position:start], base + position))
                position = start
                continue
            before, position = position, self._take_usual(data, text, position, items)
            if position > before:
                continue
            head = FRAME.match(data, position)
            if head is not None:
                end = position + HEADER + int(head[2], 16) + CRC
                frame = self._intact(data[position:end], head) if end <= size else None
                if frame is not None:
                    after = line_end(data, end, final=final)
                    if after is None:
                        break
                    self._accept(frame, position, items)
                    position = after
                    continue
            passed = self._repair(data, position, items, final=final)
            if passed is None:
                break
            position = passed
        self._buffer = data[position:]
        self._base += position
        return items

    def _take_usual(self, data: bytes, text: str, position: int, items: list[Item]) -> int:
        """Take the frames that stand at `position` one after the other, whole and in sequence.

        Nearly all do: the fast path of `_take`. Return where something else begins.
        """
        nonce, number = self.nonce, self._expected
        if not nonce or number is None or self._unread is not None or self._again or self._over:
            return position
        base, seen, match, crc32 = self._base, self._seen.append, LINE.match, zlib.crc32
        seed = round_seed(nonce, number >> DIGIT_BITS)
        while line := match(text, position):
            head, kind, body, check = line.groups()
            size = len(body)
            if int(head, 16) != (number & _DIGITS) << 8 | size:
                break
            if int(check, 16) != crc32(data[position + 1 : position + HEADER + size], seed):
                break
            number += 1
            if not number & _DIGITS:
                seed = round_seed(nonce, number >> DIGIT_BITS)
            seen(hash(body) + ord(kind))
            if kind in "+Z" or self._size:
                self._gather(kind, body, base + position, items)
            else:
                items.append(tuple.__new__(Record, (kind, body, base + position)))
            position = line.end()
        self._expected = number
        return position

    def _intact(self, text: bytes, head: re.Match[bytes]) -> _Frame | None:
        """Return the frame if `text` is exactly one of ours, without its line end."""
        nonce, near = self.nonce, self._expected or 0
        if nonce is None:
            nonce = self._learn(text)
            if nonce is None:
                return None
        sequence = near - near % SEQUENCES + int(head[1], 16)
        content, check = text[1:-CRC], text[-CRC:]
        if b"%08x" % zlib.crc32(content, seed_of(nonce, sequence)) != check:
            if not nonce:
                return None
            # The next round of numbers may have begun, or one of the last round's come again.
            for other in (sequence + SEQUENCES, sequence - SEQUENCES):
                seed = seed_of(nonce, other)
                if other >= 0 and b"%08x" % zlib.crc32(content, seed) == check:
                    sequence = other
                    break
            else:
                return self._first_again(text, head, nonce)
        body = text[HEADER:-CRC].decode("latin-1")
        if not is_plain(body):
            return None
        return _Frame(sequence, chr(text[HEADER - 1]), body)

    def _first_again(self, text: bytes, head: re.Match[bytes], nonce: int) -> _Frame | None:
        """Frames 0 and 1 of a program that restarts after many frames."""
        sequence = int(head[1], 16)
        begins = (sequence == 0 and head[3] == b"V") or (sequence == 1 and self._again is not None)
        if not begins or b"%08x" % zlib.crc32(text[1:-CRC], seed_of(nonce, 0)) != text[-CRC:]:
            return None
        body = text[HEADER:-CRC].decode("latin-1")
        return _Frame(sequence, chr(text[HEADER - 1]), body) if body.isprintable() else None

    def _learn(self, text: bytes) -> int | None:
        nonce = announced(text)
        if nonce is None or (
            self._program and text[HEADER:-CRC].split(b" ")[2:3] != [self._program]
        ):
            return None
        self.nonce = nonce
        return nonce

    def _repair(self, data: bytes, start: int, items: list[Item], *, final: bool) -> int | None:
        """Read the broken frame at `start`; return where the stream goes on, None to wait."""
        following = data.find(b"~", start + 1)
        stop = len(data) if following < 0 else following
        torn = self._without_foreign(data[start:stop])
        if torn is not None:
            self._accept(torn.frame, start, items)
            items.append(Foreign(torn.foreign, self._base + start))
            return start + torn.end
        if following < 0 and not final and len(data) - start < REPAIR_WINDOW:
            return None
        items.append(Foreign(data[start:stop], self._base + start))
        if self.nonce is None and FRAME.match(data, start):
            self._say_unknown(self._base + start, items)
            return stop
        if self._unread is None:
            self._unread = self._base + start
        self._unread_pieces += 1
        return stop

    def _say_unknown(self, offset: int, items: list[Item]) -> None:
        """Report once that there are unreadable frames: their nonce is not known yet."""
        if not self._unknown:
            items.append(Damage("a frame before a version line that this zxhil reads", offset))
        self._unknown = True

    def _without_foreign(self, segment: bytes) -> _Torn | None:
        """Take one foreign line out of a frame broken in one place, if a frame remains."""
        line_ends = [i for i, byte in enumerate(segment) if byte == 0x0A]
        for first, last in itertools.pairwise(line_ends):
            tail = segment[first + 1 : last].rstrip(b"\r")
            if not tail or len(tail) > _LONGEST:
                continue
            for cut in cuts(segment, tail):
                text = segment[:cut] + tail
                head = FRAME.match(text)
                if cut > first or head is None or len(text) != HEADER + int(head[2], 16) + CRC:
                    continue
                frame = self._intact(text, head)
                if frame is not None:
                    return _Torn(frame, segment[cut : first + 1], last + 1)
        return None

    def _report_unread(self, items: list[Item]) -> None:
        if self._unread is not None:
            items.append(Damage("an unreadable frame", self._unread))
            self._reset_unread()

    def _reset_unread(self) -> None:
        self._unread, self._unread_pieces = None, 0

    def _accept(self, frame: _Frame, start: int, items: list[Item]) -> None:
        """Process a frame with this trace's nonce; `_resume` handles one out of sequence."""
        offset = self._base + start
        sequence, kind, body = frame
        if sequence == self._expected and self._unread is None and self._again is None:
            if not self._over:
                self._expected = sequence + 1 if self.nonce else (sequence + 1) % SEQUENCES
                self._seen.append(hash(body) + ord(kind))
                self._gather(kind, body, offset, items)
            return
        if self._over:
            return
        if self._again is not None:
            self._begin_again(frame, items)
        if self.nonce == 0:
            sequence %= SEQUENCES
        if sequence != self._expected:
            if not self._resume(frame, offset, items):
                return
        else:
            self.strange += 0 if self._through else self._unread_pieces
        self._reset_unread()
        self._expected = sequence + 1 if self.nonce else (sequence + 1) % SEQUENCES
        self._seen.extend([0] * (sequence - len(self._seen)))
        self._seen.append(hash(body) + ord(kind))
        self._gather(kind, body, offset, items)

    def _gather(self, kind: str, body: str, offset: int, items: list[Item]) -> None:
        """Join frames to records."""
        if kind == "Z":
            self._through = True
        if kind != "+" and not self._size:
            items.append(Record(kind, body, offset))
            return
        if not self._size:
            self._start = offset
        too_long = self._size > MAX_RECORD
        self._size += len(body) + 1
        if self._size <= MAX_RECORD:
            self._parts.append(body)
        elif not too_long:
            self._parts = []
            items.append(Damage(f"a record of more than {MAX_RECORD} characters", self._start))
        if kind != "+":
            if self._size <= MAX_RECORD:
                items.append(Record(kind, "".join(self._parts), self._start))
            self._drop_parts()

    def _drop_parts(self) -> None:
        self._parts, self._size = [], 0

    def _resume(self, frame: _Frame, offset: int, items: list[Item]) -> bool:
        """This frame is out of sequence: the program restarts, or some were lost.

        Say whether it counts.
        """
        sequence, kind, _ = frame
        expected = self._expected
        if expected is not None:
            if kind == "V" and sequence == 0:
                if expected == 1:
                    self.repeated += not self._through
                else:
                    self._again = frame, offset
                return False
            if self.nonce and sequence < expected:
                self.repeated += not self._through
                if self._seen[sequence] not in (0, hash(frame.body) + ord(kind)):
                    self._note_conflict(sequence, offset, items)
                return False
            lost = (sequence - expected) % SEQUENCES if not self.nonce else sequence - expected
            what = "1 frame is missing" if lost == 1 else f"{lost} frames are missing"
            items.append(Damage(what, offset if self._unread is None else self._unread))
        self._drop_parts()
        return True

    def _note_conflict(self, sequence: int, offset: int, items: list[Item]) -> None:
        if not self.conflict and not self._through:
            self.conflict = f"frame {sequence} arrived again with other contents"
            items.append(Damage(self.conflict, offset))

    def _begin_again(self, frame: _Frame, items: list[Item]) -> None:
        """The frame after a second `V`: in a program that restarts it has number 1."""
        assert self._again is not None
        (_, kind, body), offset = self._again
        self._again = None
        if frame.sequence != 1:
            self.repeated += not self._through
            return
        self._drop_parts()
        self._through = self._through and not self._restarts
        if not self._restarts:
            self._over = True
            items.append(Damage("the program restarted", offset))
            return
        self._report_unread(items)
        items.append(Record(kind, body, offset))
        self._seen = array("q", [hash(body) + ord(kind)])
        self._expected = 1
