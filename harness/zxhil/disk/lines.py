"""JSON lines with a checksum, for files that are appended to: a changed line is rejected.

A flipped bit in a name, a count or an exit code is still JSON. Each line ends in
``"crc":"89abcdef"``, the CRC-32 of the line's bytes before ``,"crc"``. It begins with the checksum
of another line, usually the one before, so that the line counts only where it was written.
"""

from __future__ import annotations

import json
import re
import zlib
from typing import Any, NamedTuple

from zxhil.disk.files import parse_json

_SEAL = re.compile(rb',"crc":"([0-9a-f]{8})"\}$')


class SealedLine(NamedTuple):
    """A line with its line feed, and its checksum."""

    line: bytes
    crc: int


def sealed_line(content: dict[str, Any], before: int = 0) -> SealedLine:
    """The line of a non-empty object; `before` is the checksum that it begins with."""
    head = json.dumps(content, separators=(",", ":")).encode()[:-1]
    crc = zlib.crc32(head, before)
    return SealedLine(b'%s,"crc":"%08x"}\n' % (head, crc), crc)


def crc_of(line: bytes) -> int | None:
    """The checksum in a line (without its line feed); None if it has none."""
    seal = _SEAL.search(line)
    return int(seal[1], 16) if seal else None


def unsealed_line(line: bytes, before: int) -> Any:
    """The object in a line, given the checksum that it begins with.

    Raises ValueError if it is not JSON, or if the checksum is missing or wrong.
    """
    seal = _SEAL.search(line)
    if seal is None:
        raise ValueError("has a missing or broken checksum")
    head = line[: seal.start()]
    if zlib.crc32(head, before) != int(seal[1], 16):
        raise ValueError("does not match its checksum: it was changed, or belongs elsewhere")
    return parse_json(head + b"}")
