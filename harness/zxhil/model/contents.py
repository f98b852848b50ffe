"""Bytes as far as they are known: unread data in a socket, the contents of an object.

    >>> from zxhil.model.contents import Contents
    >>> memory = Contents.unknown(8).write(2, Contents.of(b"abcd")).write(4, Contents.of(b"XY"))
    >>> memory.known()
    [(2, b'abXY')]
    >>> memory.read(3, 2).may_be(Contents.of(b"bX"))
    True

A trace carries few bytes whole, and of more the first and a CRC-32 of all (`Sample`). A piece that
is known so is compared by its CRC-32, alone or joined with what lies around it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from zxhil.abi.sample import BYTES_WHOLE, Sample
from zxhil.model.clause import Difference

_MOST_COMPUTED = 1 << 20
"""Bytes of which a CRC is computed: no socket holds more."""


class Piece(NamedTuple):
    """`size` bytes: the `first` are known, and the CRC-32 `digest` of all, unless it is None."""

    size: int
    first: bytes
    digest: int | None = None

    def crc(self) -> int | None:
        """The CRC-32 of all of it, as far as that is known."""
        return zlib.crc32(self.first) if len(self.first) == self.size else self.digest

    def cut(self, start: int, end: int) -> Piece:
        """A part of it."""
        if start == 0 and end == self.size:
            return self
        return Piece(end - start, self.first[start:end])


class Contents:
    """A sequence of bytes, each known or not. It is immutable: `write` returns a new one."""

    __slots__ = ("pieces", "size")

    def __init__(self, pieces: Iterable[Piece]) -> None:
        self.pieces = tuple(_merged(pieces))
        self.size = sum(piece.size for piece in self.pieces)

    @staticmethod
    def of(data: bytes) -> Contents:
        """Bytes that are known."""
        return Contents([Piece(len(data), data)])

    @staticmethod
    def unknown(size: int) -> Contents:
        """Bytes of which nothing is known."""
        return Contents([Piece(size, b"")])

    @staticmethod
    def sampled(size: int, seen: Sample | None) -> Contents:
        """`size` bytes of which a trace carries `seen`; nothing is known if it carries another."""
        if seen is None or len(seen.first) > size:
            return Contents.unknown(size)
        if seen.digest is None and len(seen.first) != size:
            return Contents.unknown(size)
        return Contents([Piece(size, seen.first, seen.digest)])

    def __add__(self, other: Contents) -> Contents:
        return Contents(self.pieces + other.pieces)

    # ---- ranges

    def read(self, offset: int, size: int) -> Contents:
        """What is known of `size` bytes from `offset`; of fewer, where it ends before."""
        return Contents(self._cut(offset, offset + size))

    def write(self, offset: int, data: Contents) -> Contents:
        """The same with `data` at `offset`, over what was there. It may become longer."""
        end = offset + data.size
        gap = [Piece(offset - self.size, b"")] if offset > self.size else []
        before, after = self._cut(0, offset), self._cut(end, self.size)
        return Contents([*before, *gap, *data.pieces, *after])

    def _cut(self, start: int, end: int) -> Iterator[Piece]:
        place = 0
        for piece in self.pieces:
            first, last = max(start - place, 0), min(end - place, piece.size)
            if first < last:
                yield piece.cut(first, last)
            place += piece.size

    def after(self, taken: Contents) -> Contents:
        """What is left once its first bytes, which were `taken`, are gone.

        Of a piece that was cut, the CRC-32 of the rest follows from that of the part taken.
        """
        size, digest, left = taken.size, taken.crc(), list(self.pieces)
        while size and left:
            piece = left.pop(0)
            if piece.size > size:
                rest = piece.size - size
                crc = _known_joined(digest, piece.crc(), rest)
                left.insert(0, piece.cut(size, piece.size)._replace(digest=crc))
                break
            size -= piece.size
            digest = _known_joined(piece.crc(), digest, size)
        return Contents(left)

    # ---- what is known

    def known(self) -> list[tuple[int, bytes]]:
        """The bytes that are known, each range with its offset."""
        place, found = 0, []
        for piece in self.pieces:
            if piece.first:
                found.append((place, piece.first))
            place += piece.size
        return found

    def crc(self) -> int | None:
        """The CRC-32 of all, if that is known."""
        digest: int | None = 0
        for piece in self.pieces:
            digest = _known_joined(digest, piece.crc(), piece.size)
        return digest

    def may_be(self, other: Contents) -> bool:
        """Can these be the same bytes?"""
        return self.difference(other) is None

    def difference(self, got: Contents) -> Difference | None:
        """Say how `got`, of the same size, differs from what is expected; None if it may not."""
        for offset, mine in self.known():
            for place, theirs in got.known():
                wrong = _differs(offset, mine, place, theirs)
                if wrong is not None:
                    at = f"byte {wrong} of {self.size}"
                    expected, seen = mine[wrong - offset], theirs[wrong - place]
                    return Difference(f"{at} to be {expected:#04x}", f"{seen:#04x}")
        own, other = self.crc(), got.crc()
        if own is None or other is None or own == other:
            return None
        return Difference(f"the {self.size} bytes that were written", "others")

    def sample(self) -> Sample | None:
        """What a trace would carry of it; None if too little is known."""
        first = self.pieces[0].first if self.pieces else b""
        if len(first) == self.size and self.size <= BYTES_WHOLE:
            return Sample(first)
        digest = self.crc()
        return None if digest is None else Sample(b"", digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Contents) and self.pieces == other.pieces

    def __hash__(self) -> int:
        return hash(self.pieces)

    def __repr__(self) -> str:
        return f"Contents({list(self.pieces)})"


def _merged(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Known bytes that follow each other as one piece, and no empty piece."""
    last: Piece | None = None
    for piece in pieces:
        if not piece.size:
            continue
        whole = last is not None and len(last.first) == last.size
        if last is not None and whole and len(piece.first) == piece.size:
            last = Piece(last.size + piece.size, last.first + piece.first)
            continue
        if last is not None:
            yield last
        last = piece
    if last is not None:
        yield last


def _differs(offset: int, one: bytes, place: int, other: bytes) -> int | None:
    """The first place where two ranges of bytes, each at its offset, differ."""
    start = max(offset, place)
    end = min(offset + len(one), place + len(other))
    if start >= end or one[start - offset : end - offset] == other[start - place : end - place]:
        return None
    return next(at for at in range(start, end) if one[at - offset] != other[at - place])


def joined(first: int, second: int, size: int) -> int:
    """The CRC-32 of bytes with the CRC `first` and `size` more with the CRC `second`.

    And the other way round: if `second` is that of the whole, this is that of its last `size`.
    """
    zeros = bytes(size)
    return zlib.crc32(zeros, first) ^ zlib.crc32(zeros) ^ second


def _known_joined(first: int | None, second: int | None, size: int) -> int | None:
    if first is None or second is None or size > _MOST_COMPUTED:
        return None
    return joined(first, second, size)
