"""The last lines of serial of a boot in which the program never started."""

from __future__ import annotations

from zxhil.plain import plain

LINES = 20
_KEPT = 16 << 10
_LONGEST = 200
#: At least this many bytes, of which this fraction is not text, suggest other line settings.
_SAMPLE = 32
_UNREADABLE = 0.3
_TEXT = frozenset(b"\t\n\r\x1b") | frozenset(range(0x20, 0x7F))

WRONG_SETTINGS = "most of what came is no text: check the speed and the parity of the serial port"


class SerialTail:
    """Keeps the end of a stream."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def add(self, data: bytes) -> None:
        """Take the next bytes."""
        self._bytes += data
        if len(self._bytes) > 2 * _KEPT:
            del self._bytes[:-_KEPT]

    def lines(self, evidence: str = "") -> tuple[str, ...]:
        """The last lines before those of `evidence`, which are shown separately.

        If most of them are not text, a line that says what to check comes first.
        """
        whole = plain(bytes(self._bytes[-_KEPT:])).splitlines()
        first = evidence.partition("\n")[0]
        at = next((n for n in reversed(range(len(whole))) if first and first in whole[n]), None)
        lines = [line.rstrip()[:_LONGEST] for line in whole[:at]]
        shown = tuple([line for line in lines if line][-LINES:])
        return (WRONG_SETTINGS, *shown) if is_unreadable(self._bytes) else shown


def is_unreadable(data: bytes | bytearray) -> bool:
    """Is a large part of the bytes not text? False for too few bytes."""
    odd = sum(byte not in _TEXT for byte in data)
    return len(data) >= _SAMPLE and odd >= _UNREADABLE * len(data)
