"""Which signals an object asserts, computed from the model's facts."""

from __future__ import annotations

from typing import NamedTuple

from zxhil.abi.objects import USER_SIGNAL_ALL, ObjType, Signal
from zxhil.model.messages import nothing_to_read
from zxhil.model.objects import Channel, KernelObject, Socket
from zxhil.model.shares import ACCEPT_BIT, SHARE_BIT, share_signals
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, YES, Tri, negate

_ALL = 0xFFFFFFFF


class Asserted(NamedTuple):
    """Masks of zx_signals_t: asserted, perhaps asserted. All others are not."""

    yes: int
    maybe: int

    @property
    def no(self) -> int:
        """Signals that are certainly not asserted."""
        return ~(self.yes | self.maybe) & _ALL


def _mask(answers: list[tuple[int, Tri]]) -> Asserted:
    yes = sum(bit for bit, answer in answers if answer == YES)
    maybe = sum(bit for bit, answer in answers if answer == MAYBE)
    return Asserted(yes, maybe)


def _peer_closed(s: State, object_: KernelObject) -> Tri:
    return MAYBE if object_.peer is None else negate(s.held(object_.peer))


def asserted(s: State, object_: KernelObject) -> Asserted:
    """What the pages say of each signal; where none says anything, perhaps."""
    user = object_.signals.value
    own = USER_SIGNAL_ALL
    answers: list[tuple[int, Tri]] = []
    if object_.type in (ObjType.EVENT, ObjType.EVENTPAIR):
        own |= int(Signal.EVENT_SIGNALED)
    if object_.type is ObjType.EVENTPAIR:
        answers = [(int(Signal.EVENTPAIR_PEER_CLOSED), _peer_closed(s, object_))]
    elif isinstance(object_, Channel):
        answers = [
            (int(Signal.CHANNEL_READABLE), negate(nothing_to_read(s, object_))),
            (int(Signal.CHANNEL_PEER_CLOSED), _peer_closed(s, object_)),
        ]
    elif isinstance(object_, Socket):
        can_share, can_accept = share_signals(s, object_)
        answers = [
            (SHARE_BIT, can_share),
            (ACCEPT_BIT, can_accept),
            (int(Signal.SOCKET_PEER_CLOSED), _peer_closed(s, object_)),
        ]
    known = _mask(answers)
    judged = sum(bit for bit, _ in answers) | own
    if object_.type is ObjType.NONE:
        return Asserted(0, _ALL)
    if user is None or object_.unseen:
        return Asserted(known.yes, (known.maybe | _ALL & ~(judged & ~own)) & ~known.yes)
    return Asserted(known.yes | user, (known.maybe | _ALL & ~judged) & ~user)
