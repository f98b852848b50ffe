"""Bytes waiting in a socket: what the pages of socket read and socket write share.

How many bytes a call moved is in `actual`. A caller that passes NULL for it does not learn that,
and no page says if a read that fails takes something: then what waits is open (`Unread.open`).
"""

from __future__ import annotations

import zlib

from zxhil.abi.objects import LIMITS
from zxhil.model.objects import Socket, Unread
from zxhil.model.tri import MAYBE, NO, YES

DATAGRAM = LIMITS["ZX_SOCKET_DATAGRAM"]
_MOST_COMPUTED = 1 << 20
"""Bytes of which a CRC is computed: no socket holds more."""


def amount(socket: Socket, unread: Unread) -> int:
    """How much waits at least: bytes of a stream, else datagrams."""
    if not unread.exact:
        return unread.least
    if socket.created_with(DATAGRAM) == NO:
        return sum(size for size, _ in unread.chunks)
    return len(unread.chunks)


def wrote(socket: Socket, unread: Unread, size: int | None, room: int, digest: int | None) -> None:
    """A write of `room` bytes moved `size` of them (None: not recorded) to `unread`."""
    datagram = socket.created_with(DATAGRAM)
    if not room and datagram != NO:
        # No page says if a datagram of no bytes is one that waits.
        unread.open(amount(socket, unread))
    if not room or size == 0:
        return
    if not unread.exact:
        unread.least += (1 if datagram == YES else size or 1) if datagram in (NO, YES) else 1
    elif size is None and datagram != YES:
        # No page says that a write that succeeds moves anything at all.
        unread.open(amount(socket, unread))
    else:
        moved = room if size is None else size
        unread.chunks.append((moved, digest if moved == room else None))


def expected(socket: Socket, room: int) -> tuple[int, int | None] | None:
    """How many bytes a read of data into `room` gets, and their CRC-32 where that can be known.

    None if it is open what waits. A stream's bytes come however they were written, a datagram by
    itself, and cut short if there is no room for all of it.
    """
    unread, datagram = socket.data, socket.created_with(DATAGRAM)
    if socket.unseen or not unread.exact or not unread.chunks or datagram == MAYBE:
        return None
    size, digest = unread.chunks[0]
    for more, crc in unread.chunks[1:] if datagram == NO else ():
        if size >= room:
            break
        size, digest = size + more, _known_joined(digest, crc, more)
    return (size, digest) if size <= room else (room, None)


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


def took(
    socket: Socket, unread: Unread, size: int | None, room: int, digest: int | None = None
) -> None:
    """A read into `room` bytes took `size` of them (None: not recorded) from `unread`."""
    datagram = socket.created_with(DATAGRAM)
    waiting = amount(socket, unread)
    if datagram == YES:
        if unread.exact:
            del unread.chunks[:1]
        else:
            unread.least = max(0, waiting - 1)
    elif unread.exact and size is not None and datagram == NO:
        _consume(unread, size, digest)
    elif size is None or datagram != NO:
        unread.open(waiting - room if datagram == NO else 0)
    else:
        unread.least = max(0, waiting - size)


def may_have_taken(socket: Socket, unread: Unread, room: int) -> None:
    """A read into `room` bytes failed: no page says that it left everything where it was."""
    if unread.empty() == YES:
        return
    datagram = socket.created_with(DATAGRAM)
    taken = room if datagram == NO else 1
    unread.open(amount(socket, unread) - taken if datagram in (NO, YES) else 0)


def _consume(unread: Unread, size: int, digest: int | None) -> None:
    """Take `size` bytes with the CRC `digest` off a stream's front."""
    while size and unread.chunks:
        first, crc = unread.chunks.pop(0)
        if first > size:
            left = first - size
            unread.chunks.insert(0, (left, _known_joined(digest, crc, left)))
            return
        size -= first
        digest = _known_joined(crc, digest, size)


def wrote_control(to: Socket, size: int, digest: int | None) -> None:
    """A write to the control plane, which is never short."""
    if not size:
        # No page says if a message of no bytes is one that waits.
        to.control.open(0)
    elif to.control.exact:
        to.control.chunks.append((size, digest))


def expected_control(socket: Socket, room: int) -> tuple[int, int | None] | None:
    """What a read of the control plane gets; None where no page says it.

    That is all but one write that waits and has room: no page says how several are kept apart.
    """
    unread = socket.control
    if socket.unseen or not unread.exact or len(unread.chunks) != 1 or unread.chunks[0][0] > room:
        return None
    return unread.chunks[0]


def took_control(socket: Socket, room: int) -> None:
    """A read of the control plane, of the expected message or of an unknown one."""
    whole = expected_control(socket, room) is not None
    socket.control.became_empty() if whole else socket.control.open(0)
