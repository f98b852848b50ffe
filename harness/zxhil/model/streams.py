"""Unread bytes in a socket: what the pages of socket read and socket write share.

How many bytes a call moved is in `actual`. A caller that passes NULL for it does not learn that,
and no page says if a read that fails takes something: then what waits is open (`Unread.open`).
"""

from __future__ import annotations

from zxhil.abi.objects import LIMITS
from zxhil.model.contents import Contents
from zxhil.model.objects import Socket, Unread
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, YES, Tri, both, negate

DATAGRAM = LIMITS["ZX_SOCKET_DATAGRAM"]
_HAS_CONTROL = LIMITS["ZX_SOCKET_HAS_CONTROL"]


def amount(socket: Socket, unread: Unread) -> int:
    """How much waits at least: bytes of a stream, else datagrams."""
    if not unread.exact:
        return unread.least
    if socket.created_with(DATAGRAM) == NO:
        return sum(chunk.size for chunk in unread.chunks)
    return len(unread.chunks)


def wrote(socket: Socket, unread: Unread, size: int | None, data: Contents) -> None:
    """A write of `data` moved `size` bytes of it (None: not recorded) to `unread`."""
    room = data.size
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
        unread.chunks.append(data if size is None else data.read(0, size))


def expected(socket: Socket, room: int) -> Contents | None:
    """What a read of data into `room` bytes gets.

    None if it is open what waits. A stream's bytes come however they were written, a datagram by
    itself, and cut short if there is no room for all of it.
    """
    unread, datagram = socket.data, socket.created_with(DATAGRAM)
    if socket.unseen or not unread.exact or not unread.chunks or datagram == MAYBE:
        return None
    waiting = unread.chunks[0]
    for more in unread.chunks[1:] if datagram == NO else ():
        if waiting.size >= room:
            break
        waiting += more
    return waiting.read(0, room)


def took(socket: Socket, unread: Unread, taken: Contents | None, room: int) -> None:
    """A read into `room` bytes got `taken` (None: not recorded) from `unread`."""
    datagram = socket.created_with(DATAGRAM)
    waiting = amount(socket, unread)
    if datagram == YES:
        if unread.exact:
            del unread.chunks[:1]
        else:
            unread.least = max(0, waiting - 1)
    elif unread.exact and taken is not None and datagram == NO:
        _consume(unread, taken)
    elif taken is None or datagram != NO:
        unread.open(waiting - room if datagram == NO else 0)
    else:
        unread.least = max(0, waiting - taken.size)


def may_have_taken(socket: Socket, unread: Unread, room: int) -> None:
    """A read into `room` bytes failed: no page says that it left everything where it was."""
    if unread.empty() == YES:
        return
    datagram = socket.created_with(DATAGRAM)
    taken = room if datagram == NO else 1
    unread.open(amount(socket, unread) - taken if datagram in (NO, YES) else 0)


def _consume(unread: Unread, taken: Contents) -> None:
    """Take `taken` off a stream's front."""
    while taken.size and unread.chunks:
        first = unread.chunks.pop(0)
        if first.size > taken.size:
            unread.chunks.insert(0, first.after(taken))
            return
        taken = taken.after(first)


def wrote_control(to: Socket, data: Contents) -> None:
    """A write of `data` to the control plane, which is never short."""
    if not data.size:
        # No page says if a message of no bytes is one that waits.
        to.control.open(0)
    elif to.control.exact:
        to.control.chunks.append(data)


def expected_control(socket: Socket, room: int) -> Contents | None:
    """What a read of the control plane gets; None where no page says it.

    That is all but one write that waits and has room: no page says how several are kept apart.
    """
    unread = socket.control
    if socket.unseen or not unread.exact or len(unread.chunks) != 1 or unread.chunks[0].size > room:
        return None
    return unread.chunks[0]


def took_control(socket: Socket, room: int) -> None:
    """A read of the control plane, of the expected message or of an unknown one."""
    whole = expected_control(socket, room) is not None
    socket.control.became_empty() if whole else socket.control.open(0)


def lacks_control(s: State, handle: int) -> Tri:
    """Was the socket created without a control plane?"""
    socket = s.object(handle)
    if not isinstance(socket, Socket):
        return s.unknown(handle)
    return both(negate(socket.created_with(_HAS_CONTROL)), s.valid(handle))
