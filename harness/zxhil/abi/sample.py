"""What the trace has of a byte string: all bytes if they are few, else the first and a CRC-32.

A field is ``=`` and the bytes in hex; if these are not all, ``*`` and the CRC-32 follow. A field
without ``=`` is of an older zxhil: the CRC-32 alone.
"""

from __future__ import annotations

import zlib
from typing import NamedTuple

#: This many bytes are carried whole, and of more the first ones (guest_tests/rt/record.c).
BYTES_WHOLE = 64
BYTES_FIRST = 32


class Sample(NamedTuple):
    """The `first` of some bytes; all, unless `digest` is the CRC-32 of all."""

    first: bytes
    digest: int | None = None

    @property
    def whole(self) -> bytes | None:
        """All of the bytes, if the trace carries them."""
        return self.first if self.digest is None else None

    def crc(self) -> int:
        """The CRC-32 of all of the bytes."""
        return zlib.crc32(self.first) if self.digest is None else self.digest

    @property
    def text(self) -> str:
        """For people: the bytes that are known, then the CRC-32 of all."""
        if self.digest is None:
            return repr(self.first) if self.first else "no bytes"
        if not self.digest and not self.first:
            return "no bytes"
        first = f"{self.first!r}… " if self.first else ""
        return f"{first}crc32 {self.digest:08x}"

    def may_be(self, other: Sample) -> bool:
        """Could both be samples of the same bytes?"""
        if self == other:
            return True
        if self.digest is None and other.digest is None:
            return False
        length = min(len(self.first), len(other.first))
        return self.first[:length] == other.first[:length] and self.crc() == other.crc()


def sample(data: bytes) -> Sample:
    """The sample that the recorder writes of `data`."""
    if len(data) <= BYTES_WHOLE:
        return Sample(data)
    return Sample(data[:BYTES_FIRST], zlib.crc32(data))


def field_of(value: Sample) -> str:
    """The field of a sample; one without any bytes is written as older recorders did."""
    if value.digest is None:
        return f"={value.first.hex()}"
    crc = f"{value.digest:08x}"
    return f"={value.first.hex()}*{crc}" if value.first else crc


def from_field(field: str) -> Sample:
    """Read a field. Raises ValueError if no recorder writes it."""
    if field[:1] != "=":
        return Sample(b"", int(field, 16))
    first, mark, crc = field[1:].partition("*")
    return Sample(bytes.fromhex(first), int(crc, 16) if mark else None)
