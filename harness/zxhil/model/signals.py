"""Which signals an object asserts, computed from the model's facts."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable
from typing import NamedTuple

from zxhil.abi.objects import LIMITS, USER_SIGNAL_ALL, ObjType, Property, Signal
from zxhil.model.fifos import waiting
from zxhil.model.messages import nothing_to_read
from zxhil.model.objects import Channel, Fifo, KernelObject, Socket, Unread, Vmo
from zxhil.model.shares import ACCEPT_BIT, SHARE_BIT, share_signals
from zxhil.model.state import State
from zxhil.model.task_signals import of_task
from zxhil.model.timers import Timer
from zxhil.model.tri import MAYBE, NO, YES, Tri, both, negate, tri

_ALL = 0xFFFFFFFF
_HAS_CONTROL = LIMITS["ZX_SOCKET_HAS_CONTROL"]


_MEANINGS = {
    int(Signal.SOCKET_READABLE): "data can be read",
    int(Signal.SOCKET_WRITABLE): "data can be written",
    int(Signal.SOCKET_CONTROL_READABLE): "control data can be read",
    int(Signal.SOCKET_CONTROL_WRITABLE): "control data can be written",
}


def meaning_of(mask: int, object_: KernelObject) -> str:
    """What a single signal of a socket says, in brackets for a sentence; empty for others."""
    text = _MEANINGS.get(mask) if isinstance(object_, Socket) else None
    return f" ({text})" if text else ""


class Asserted(NamedTuple):
    """Masks of zx_signals_t: asserted, possibly asserted. All other signals are not asserted."""

    yes: int
    maybe: int

    @property
    def no(self) -> int:
        """Signals that are certainly not asserted."""
        return ~(self.yes | self.maybe) & _ALL


#: Those of an unknown object.
UNKNOWN = Asserted(0, _ALL)


def at_any(moments: Iterable[Asserted]) -> Asserted:
    """What was asserted at all of several moments, and what at one of them."""
    found = tuple(moments)
    always = functools.reduce(operator.and_, (each.yes for each in found))
    ever = functools.reduce(operator.or_, (each.yes | each.maybe for each in found))
    return Asserted(always, ever & ~always)


def _mask(answers: list[tuple[int, Tri]]) -> Asserted:
    yes = sum(bit for bit, answer in answers if answer == YES)
    maybe = sum(bit for bit, answer in answers if answer == MAYBE)
    return Asserted(yes, maybe)


def _peer_closed(s: State, object_: KernelObject) -> Tri:
    return MAYBE if object_.peer is None else negate(s.held(object_.peer))


def _of_socket(s: State, socket: Socket) -> list[tuple[int, Tri]]:
    """socket.md; of thresholds, object_get_property.md."""
    can_share, can_accept = share_signals(s, socket)
    peer_closed = _peer_closed(s, socket)
    control = socket.created_with(_HAS_CONTROL)
    peer = socket.peer if isinstance(socket.peer, Socket) else None
    disabled = MAYBE if peer is None else _shut(peer)
    writable = both(negate(peer_closed), _has_room(socket, "data"))
    return [
        (SHARE_BIT, can_share),
        (ACCEPT_BIT, can_accept),
        (int(Signal.SOCKET_PEER_CLOSED), peer_closed),
        (int(Signal.SOCKET_READABLE), _readable(socket, "data")),
        (int(Signal.SOCKET_WRITABLE), both(negate(disabled), writable)),
        (int(Signal.SOCKET_WRITE_DISABLED), disabled),
        (int(Signal.SOCKET_PEER_WRITE_DISABLED), _shut(socket)),
        (int(Signal.SOCKET_CONTROL_READABLE), both(control, _readable(socket, "control"))),
        (
            int(Signal.SOCKET_CONTROL_WRITABLE),
            both(control, both(negate(peer_closed), _has_room(socket, "control"))),
        ),
        (int(Signal.SOCKET_READ_THRESHOLD), _can_read_threshold(socket)),
        (int(Signal.SOCKET_WRITE_THRESHOLD), _can_write_threshold(socket)),
    ]


def _shut(socket: Socket) -> Tri:
    """What an unknown call was given may be shut at any time, whatever was seen before."""
    return MAYBE if socket.unidentified else tri(socket.shut.value)


def _of_fifo(s: State, end: Fifo) -> list[tuple[int, Tri]]:
    """No page describes them; their names say what they mean, as long as the peer is open."""
    peer_closed = _peer_closed(s, end)
    peer = end.peer
    room = waiting(peer).asks(lambda count: count < end.capacity)
    return [
        (int(Signal.FIFO_PEER_CLOSED), peer_closed),
        (int(Signal.FIFO_READABLE), waiting(end).asks(bool)),
        (int(Signal.FIFO_WRITABLE), room if peer_closed == NO else MAYBE),
    ]


def _threshold(socket: Socket, property_: Property) -> int | None:
    """What the threshold was set to, 0 if it was not; None if that is not known."""
    fact = socket.properties.get(property_)
    if fact is None:
        return None if socket.unseen else 0
    return None if fact.value is None else int.from_bytes(fact.value, "little")


def _can_read_threshold(socket: Socket) -> Tri:
    """Is there as much to read as the threshold says?"""
    threshold = _threshold(socket, Property.SOCKET_RX_THRESHOLD)
    if threshold == 0:
        return NO
    if threshold is None or socket.unseen or socket.peer is None or not socket.data.exact:
        return MAYBE
    return tri(sum(chunk.size for chunk in socket.data.chunks) >= threshold)


def _can_write_threshold(socket: Socket) -> Tri:
    """Is there as much room as the threshold says? No page says how much there can be."""
    threshold = _threshold(socket, Property.SOCKET_TX_THRESHOLD)
    if threshold == 0:
        return NO
    return both(_has_room(socket, "data"), YES if threshold == 1 else MAYBE)


def _unread(socket: Socket, plane: str) -> Unread:
    return socket.control if plane == "control" else socket.data


def _readable(socket: Socket, plane: str) -> Tri:
    if socket.unseen or socket.peer is None:
        return MAYBE
    return negate(_unread(socket, plane).empty())


def _has_room(socket: Socket, plane: str) -> Tri:
    """Can something be written? No page says how much: something, if nothing is unread."""
    peer = socket.peer
    known = isinstance(peer, Socket) and not peer.unseen and not socket.unseen
    if not known or not isinstance(peer, Socket):
        return MAYBE
    return YES if _unread(peer, plane).empty() == YES else MAYBE


#: The day on which the signal ZX_VMO_ZERO_CHILDREN came: d999118f9.
_ZERO_CHILDREN_SINCE = 20180307


def _of_others(s: State, object_: KernelObject) -> list[tuple[int, Tri]]:
    """Pages name one signal of each of these types; nothing that is modeled sets one off.

    What a job asserts, no page says.
    """
    if object_.unseen:
        return []
    match object_.type:
        case ObjType.VMO:
            known = s.earliest > _ZERO_CHILDREN_SINCE
            zero = _zero_children(s, object_) if known else MAYBE
            return [(int(Signal.VMO_ZERO_CHILDREN), zero)]
        case ObjType.TIMER if isinstance(object_, Timer):
            return [(int(Signal.TIMER_SIGNALED), tri(object_.fired.value))]
        case ObjType.PROCESS | ObjType.THREAD | ObjType.JOB:
            return of_task(s, object_)
    return []


def _zero_children(s: State, object_: KernelObject) -> Tri:
    """Not while there is a clone. What is mapped of a clone that was closed, no call shows."""
    answer: Tri = YES
    for clone in object_.clones if isinstance(object_, Vmo) else ():
        assert clone.source is not None
        counted, held = clone.source.counted.value, s.held(clone)
        if counted is True and held == YES:
            return NO
        gone = held == NO and not (clone.mapped or clone.clones)
        if counted is not False and not gone:
            answer = MAYBE
    return answer


def controlled(object_: KernelObject) -> int:
    """The signals that zx_object_signal controls: an event's own, and the user signals of all."""
    own = object_.type in (ObjType.EVENT, ObjType.EVENTPAIR)
    return USER_SIGNAL_ALL | (int(Signal.EVENT_SIGNALED) if own else 0)


def asserted(s: State, object_: KernelObject) -> Asserted:
    """What the pages say of each signal; possibly asserted where no page covers it."""
    user = object_.signals.value
    own = controlled(object_)
    if object_.type is ObjType.EVENTPAIR:
        answers = [(int(Signal.EVENTPAIR_PEER_CLOSED), _peer_closed(s, object_))]
    elif isinstance(object_, Channel):
        answers = [
            (int(Signal.CHANNEL_READABLE), negate(nothing_to_read(s, object_))),
            (int(Signal.CHANNEL_PEER_CLOSED), _peer_closed(s, object_)),
        ]
    elif isinstance(object_, Socket):
        answers = _of_socket(s, object_)
    elif isinstance(object_, Fifo):
        answers = _of_fifo(s, object_)
    else:
        answers = _of_others(s, object_)
    answers.append((int(Signal.HANDLE_CLOSED), NO))
    known = _mask(answers)
    judged = sum(bit for bit, _ in answers) | own
    if object_.type is ObjType.NONE:
        return Asserted(0, _ALL)
    if user is None or object_.unseen:
        return Asserted(known.yes, (known.maybe | own | _ALL & ~judged) & ~known.yes)
    return Asserted(known.yes | user, (known.maybe | _ALL & ~judged) & ~user)


#: Types with signals that pages name, or whose handles have ZX_RIGHT_WAIT by default.
_WAITABLE = frozenset(
    (
        *(ObjType.PROCESS, ObjType.THREAD, ObjType.JOB, ObjType.VMO, ObjType.CHANNEL),
        *(ObjType.EVENT, ObjType.EVENTPAIR, ObjType.SOCKET, ObjType.FIFO, ObjType.TIMER),
    )
)


def can_be_waited_on(object_: KernelObject | None) -> Tri:
    """May signals of the object be waited for? Pages name ports as objects that they may not."""
    type_ = ObjType.NONE if object_ is None else object_.type
    if type_ is ObjType.PORT:
        return NO
    return YES if type_ in _WAITABLE else MAYBE
