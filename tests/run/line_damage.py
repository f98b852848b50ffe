"""What terminals, loggers, cables and drivers do to a whole stream, or to large parts of it."""

from __future__ import annotations

import random
from collections.abc import Callable

Change = Callable[[bytes, random.Random], bytes]


def _spot(data: bytes, chance: random.Random) -> int:
    return chance.randrange(len(data) + 1)


def _range(data: bytes, chance: random.Random) -> tuple[int, int]:
    """All of the stream, or a part of it."""
    if chance.random() < 0.5:
        return 0, len(data)
    one, other = _spot(data, chance), _spot(data, chance)
    return min(one, other), max(one, other)


def _within(change: Change) -> Change:
    """Apply `change` to all of the stream or to a part of it."""

    def changed(data: bytes, chance: random.Random) -> bytes:
        start, stop = _range(data, chance)
        return data[:start] + change(data[start:stop], chance) + data[stop:]

    changed.__name__ = change.__name__
    return changed


def _sprinkled(data: bytes, chance: random.Random, what: bytes, rate: float) -> bytes:
    """Put `what` in after every 1 / `rate` bytes on average."""
    parts, last = [], 0
    while last < len(data):
        at = last + 1 + int(chance.expovariate(rate))
        parts.append(data[last:at])
        last = at
    return what.join(parts)


@_within
def line_ends(data: bytes, chance: random.Random) -> bytes:
    new = chance.choice((b"\n", b"\r", b"\r\r\n", b"\n\r", b"\r\n\r\n", b"", b" \r\n", b"\r\n "))
    return data.replace(b"\r\n", new)


@_within
def eighth_bit(data: bytes, chance: random.Random) -> bytes:
    """A line of seven bits, or with a parity bit that is not removed."""
    match chance.randrange(3):
        case 0:
            return bytes(byte & 0x7F for byte in data)
        case 1:
            return bytes(byte | 0x80 for byte in data)
    return bytes(byte | (byte.bit_count() & 1) << 7 for byte in data)


@_within
def wrapped(data: bytes, chance: random.Random) -> bytes:
    """A terminal's columns."""
    width = chance.choice((20, 40, 80, 100, 132))
    end = chance.choice((b"\r\n", b"\n", b" \r", b"\r"))
    lines = data.split(b"\n")
    return b"\n".join(
        end.join(line[n : n + width] for n in range(0, max(len(line), 1), width)) for line in lines
    )


@_within
def nuls(data: bytes, chance: random.Random) -> bytes:
    match chance.randrange(3):
        case 0:
            return data.replace(b"\r\n", b"\r\n" + b"\0" * chance.randrange(1, 9))
        case 1:
            return data.decode("latin-1").encode("utf-16-le")
    return _sprinkled(data, chance, b"\0", chance.choice((0.002, 0.02, 0.2)))


@_within
def flow_control(data: bytes, chance: random.Random) -> bytes:
    what = chance.choice((b"\x11", b"\x13", b"\x13\x11", b"\x7f", b"\b", b"\b \b", b"\a"))
    return _sprinkled(data, chance, what, chance.choice((0.002, 0.01, 0.05)))


@_within
def log_between(data: bytes, chance: random.Random) -> bytes:
    """Kernel log lines within lines, many of them."""
    line = b"[%05d.%03d] 01024.01029> intc: irq %d\r\n" % (
        chance.randrange(99999),
        chance.randrange(1000),
        chance.randrange(99),
    )
    return _sprinkled(data, chance, line, chance.choice((0.001, 0.005, 0.02)))


@_within
def logger(data: bytes, chance: random.Random) -> bytes:
    """What a logger puts before or after each line."""
    stamp = chance.choice((b"[2026-11-27 22:29:17] ", b"> ", b"\x1b[0m", b"~", b"00000010  "))
    if chance.random() < 0.5:
        return data.replace(b"\n", b"\n" + stamp)
    return data.replace(b"\r\n", stamp + b"\r\n")


@_within
def letters(data: bytes, chance: random.Random) -> bytes:
    match chance.randrange(4):
        case 0:
            return data.upper()
        case 1:
            return data.replace(b" ", b"")
        case 2:
            return data.replace(b" ", b"\t")
    return data.replace(b"~", chance.choice((b"", b"~~", b"-", b"\\~")))


def echoed(data: bytes, chance: random.Random) -> bytes:
    """Each line or each byte twice, as a line with echo shows them."""
    if chance.random() < 0.5:
        return b"".join(line * 2 for line in data.splitlines(keepends=True))
    start, stop = _range(data, chance)
    return data[:start] + bytes(b for byte in data[start:stop] for b in (byte, byte)) + data[stop:]


def joined(data: bytes, chance: random.Random) -> bytes:
    """The log cut and joined with itself."""
    one, other = _spot(data, chance), _spot(data, chance)
    return chance.choice(
        (data[:one] + data[other:], data[one:] + data[:one], data + data, data[one:] + data)
    )


def ranges(data: bytes, chance: random.Random) -> bytes:
    """Several ranges twice, gone, or at another place."""
    for _ in range(chance.choice((2, 4, 8))):
        start = _spot(data, chance)
        piece = data[start : start + chance.choice((16, 64, 256, 1024))]
        at = _spot(data, chance)
        match chance.randrange(3):
            case 0:
                data = data[:at] + piece + data[at:]
            case 1:
                data = data[:start] + data[start + len(piece) :]
            case _:
                data = data[:at] + piece + data[at + len(piece) :]
    return data


def swapped(data: bytes, chance: random.Random) -> bytes:
    """Neighbours swapped: two frames, two blocks of a FIFO, or two bytes."""
    size = chance.choice((0, 1, 8, 16, 64, 512))
    if not size:
        lines = data.splitlines(keepends=True)
        for at in range(0, len(lines) - 1, chance.choice((2, 5, 17))):
            lines[at], lines[at + 1] = lines[at + 1], lines[at]
        return b"".join(lines)
    for _ in range(chance.choice((1, 1, 3))):
        at = _spot(data, chance)
        one, other = data[at : at + size], data[at + size : at + 2 * size]
        data = data[:at] + other + one + data[at + 2 * size :]
    return data


def crossed(data: bytes, chance: random.Random) -> bytes:
    """The beginning of one line and the end of another, in the place of one of them."""
    lines = data.splitlines(keepends=True)
    if not lines:
        return data
    for _ in range(chance.choice((1, 3, 9))):
        one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        cut = chance.randrange(len(lines[one]) + 1)
        lines[one] = lines[one][:cut] + lines[other][cut:]
    return b"".join(lines)


def overrun(data: bytes, chance: random.Random) -> bytes:
    """A FIFO of 16 bytes that overran again and again."""
    kept, last = [], 0
    for _ in range(chance.choice((1, 2, 5, 20))):
        at = last + int(chance.expovariate(0.003))
        kept.append(data[last:at])
        last = at + chance.randrange(1, 17)
    return b"".join([*kept, data[last:]])


CHANGES: tuple[Change, ...] = (
    line_ends,
    eighth_bit,
    wrapped,
    nuls,
    flow_control,
    log_between,
    logger,
    letters,
    echoed,
    joined,
    ranges,
    swapped,
    crossed,
    overrun,
)
