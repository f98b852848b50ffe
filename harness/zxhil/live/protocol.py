"""The format of a request: one line of text, framed, numbered, and checksummed (docs/shell.md).

A line has only characters that no kernel changes on input (kernels of 2018 turn CR into LF),
and it is short enough for what Zircon keeps of serial input: 1024 bytes in the kernel on x64,
which a second line must fit into when the first is sent again, and 256 in the console's driver.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator, Sequence

from zxhil.abi.arch import Arch
from zxhil.abi.runtime import REQUEST_HEAD, REQUEST_TEXT, REQUESTS

_RUN = 24
"""A run of one byte at least this long is sent as its length."""


# A 16550 UART that is set to interrupt at 14 bytes, as Zircon sets it, hands on the last 13 only
# after a pause of four characters' time each: 4.5 ms in all. So it gets some that don't matter.
_TAIL = {Arch.X64: b"\n" * 14, Arch.ARM64: b""}


def encode(sequence: int, text: str, arch: Arch = Arch.ARM64) -> bytes:
    """Encode a request. `text` are operations joined by ``;``, at most `REQUEST_TEXT` characters.

    Empty lines may follow it, which the guest skips.
    """
    body = f"{sequence % REQUESTS:03x}{len(text):03x}{text}".encode("ascii")
    return b"~%b%08x\n" % (body, zlib.crc32(body)) + _TAIL[arch]


def decode(line: bytes) -> tuple[int, str] | None:
    """Parse a request line as the guest does; None if it is damaged."""
    line = line.rstrip(b"\n")
    body, crc = line[1:-8], line[-8:]
    if not line.startswith(b"~") or len(body) < REQUEST_HEAD or crc != b"%08x" % zlib.crc32(body):
        return None
    text = body[REQUEST_HEAD:].decode("ascii")
    return (int(body[:3], 16), text) if len(text) == int(body[3:6], 16) else None


def put(offset: int, data: bytes) -> Iterator[str]:
    """Operations that put `data` into the scratch area at `offset`."""
    if len(data) > 2 and len(set(data)) == 1:
        yield f"F {offset:x} {len(data):x} {data[0]:x}"
        return
    room = (REQUEST_TEXT - len("W fffff ")) // 4 * 3
    start = 0
    while start < len(data):
        run = _run(data, start)
        if run >= _RUN:
            yield f"F {offset + start:x} {run:x} {data[start]:x}"
            start += run
            continue
        end = start + 1
        while end < len(data) and end - start < room and _run(data, end) < _RUN:
            end += 1
        content = base64.b64encode(data[start:end]).rstrip(b"=").decode("ascii")
        yield f"W {offset + start:x} {content}"
        start = end


def _run(data: bytes, start: int) -> int:
    """The length of the run of the byte at `start`."""
    first = data[start : start + 1]
    if data[start : start + _RUN] != first * _RUN:
        return 1
    return len(data) - start - len(data[start:].lstrip(first))


def peek(offset: int, size: int) -> str:
    """The operation that reads `size` bytes of the scratch area."""
    return f"P {offset:x} {size:x}"


def call(slot: int, arguments: Sequence[str]) -> str:
    """The operation that makes a call; nothing may follow it in its request."""
    return " ".join([f"X {slot:x}", *arguments])


#: Repeat the greeting; end the trace and keep listening; end.
INTRODUCE, LEAVE, QUIT = "H", "E", "Q"


def pack(operations: Sequence[str]) -> list[str]:
    """Join operations into as few request texts as possible, in order."""
    texts: list[str] = []
    for operation in operations:
        if texts and len(texts[-1]) + 1 + len(operation) <= REQUEST_TEXT:
            texts[-1] += f";{operation}"
        else:
            texts.append(operation)
    return texts
