"""Files of JSON lines, each with a checksum: ``{"case": {…}, "crc": "89abcdef"}``.

A flipped bit in a log's name, a count or a clause is still JSON, and would be believed. The
checksum is the CRC-32 of the line's bytes before ``,"crc"``, begun with the checksum of the line
before (0 for the first): a line that was taken out, doubled or moved shows too. Files of before
have no checksums.
"""

from __future__ import annotations

import json
import re
import zlib
from typing import Any, NamedTuple

from zxhil.disk.files import parse_json

_SEAL = re.compile(rb',"crc":"([0-9a-f]{8})"\}$')


class Sealed(NamedTuple):
    """A line with its line feed, and its checksum, with which the next one begins."""

    line: bytes
    crc: int


def sealed(content: dict[str, Any], before: int = 0) -> Sealed:
    """The line of a non-empty object; `before` is the checksum of the line before."""
    head = json.dumps(content, separators=(",", ":")).encode()[:-1]
    crc = zlib.crc32(head, before)
    return Sealed(b'%s,"crc":"%08x"}\n' % (head, crc), crc)


def crc_of(line: bytes) -> int | None:
    """The checksum that a line says, without its line feed; None if it says none."""
    seal = _SEAL.search(line)
    return int(seal[1], 16) if seal else None


def unsealed(line: bytes, before: int) -> Any:
    """What a line holds, given the checksum of the line before.

    Raises ValueError for what is no JSON, has no checksum or does not fit it.
    """
    seal = _SEAL.search(line)
    if seal is None:
        raise ValueError("has a missing or broken checksum")
    head = line[: seal.start()]
    if zlib.crc32(head, before) != int(seal[1], 16):
        raise ValueError(
            "does not match its checksum: it was changed, or a line before it is missing"
        )
    return parse_json(head + b"}")
