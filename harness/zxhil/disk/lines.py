"""Files of JSON lines, each with a checksum: ``{"case": {…}, "crc": "89abcdef"}``.

A flipped bit in a log's name, a count or a clause is still JSON, and would be believed. The
checksum is the CRC-32 of the line's bytes before ``,"crc"``. Files of before have none.
"""

from __future__ import annotations

import json
import re
import zlib
from typing import Any

from zxhil.disk.files import parse_json

_SEAL = re.compile(rb',"crc":"([0-9a-f]{8})"\}$')


def sealed(content: dict[str, Any]) -> bytes:
    """The line of a non-empty object, with its line feed."""
    head = json.dumps(content, separators=(",", ":")).encode()[:-1]
    return b'%s,"crc":"%08x"}\n' % (head, zlib.crc32(head))


def is_sealed(line: bytes) -> bool:
    """Does the line carry a checksum?"""
    return _SEAL.search(line) is not None


def unsealed(line: bytes, must: bool) -> Any:
    """What the line holds. `must` tells that it needs a checksum.

    Raises ValueError for what is no JSON, or does not fit its checksum.
    """
    seal = _SEAL.search(line)
    if seal is None:
        if must:
            raise ValueError("has no checksum, or a broken one")
        return parse_json(line)
    head = line[: seal.start()]
    if zlib.crc32(head) != int(seal[1], 16):
        raise ValueError("was changed since it was written: its checksum is another")
    return parse_json(head + b"}")
