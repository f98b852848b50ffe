"""Bytes waiting in a socket: what the pages of socket read and socket write share.

How many bytes a call moved is in `actual`. A caller that passes NULL for it does not learn that,
and no page says if a read that fails takes something: then what waits is open (`Unread.open`).
"""

from __future__ import annotations

from zxhil.abi.objects import LIMITS
from zxhil.model.objects import Socket, Unread
from zxhil.model.tri import NO, YES

DATAGRAM = LIMITS["ZX_SOCKET_DATAGRAM"]


def amount(socket: Socket, unread: Unread) -> int:
    """How much waits at least: bytes of a stream, else datagrams."""
    if not unread.exact:
        return unread.least
    if socket.created_with(DATAGRAM) == NO:
        return sum(size for size, _ in unread.chunks)
    return len(unread.chunks)


def wrote(socket: Socket, unread: Unread, size: int | None, room: int, digest: int | None) -> None:
    """A write of `room` bytes moved `size` of them (None: not recorded) to `unread`."""
    if not room or size == 0:
        return
    datagram = socket.created_with(DATAGRAM)
    if not unread.exact:
        unread.least += (1 if datagram == YES else size or 1) if datagram in (NO, YES) else 1
    elif size is None and datagram != YES:
        # No page says that a write that succeeds moves anything at all.
        unread.open(amount(socket, unread))
    else:
        moved = room if size is None else size
        unread.chunks.append((moved, digest if moved == room else None))


def took(socket: Socket, unread: Unread, size: int | None, room: int) -> None:
    """A read into `room` bytes took `size` of them (None: not recorded) from `unread`."""
    datagram = socket.created_with(DATAGRAM)
    waiting = amount(socket, unread)
    if datagram == YES:
        if unread.exact:
            del unread.chunks[:1]
        else:
            unread.least = max(0, waiting - 1)
    elif unread.exact and size is not None and datagram == NO:
        _consume(unread, size)
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


def _consume(unread: Unread, size: int) -> None:
    """Take `size` bytes off a stream's front."""
    while size and unread.chunks:
        first, _ = unread.chunks.pop(0)
        if first > size:
            unread.chunks.insert(0, (first - size, None))
        size -= min(first, size)
