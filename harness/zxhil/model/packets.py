"""Ports, the packets in them, and the asynchronous waits that queue packets."""

from __future__ import annotations

from zxhil.abi.kinds import PortPacket
from zxhil.abi.objects import ObjType
from zxhil.model.facts import Expectation, Fact
from zxhil.model.objects import HandleEntry, KernelObject
from zxhil.model.tri import NO, YES, Tri


class Packet:
    """A packet that waits in a port; `wait` registered it, None for one that user mode queued.

    `least` are the signals that it certainly observed, `most` those that it may have. `early`: it
    may have been queued before others that stand ahead of it.
    """

    __slots__ = ("content", "early", "least", "most", "present", "wait")

    def __init__(self, content: PortPacket | None, wait: Wait | None, present: Fact[bool]) -> None:
        self.content = content
        self.wait = wait
        self.present = present
        self.least = 0
        self.most = 0
        self.early = False


class Wait:
    """An asynchronous wait of a port, registered by the call number `call`, for `signals`.

    `pending`: can it still queue a packet? `loose`: may a packet of it wait that is not in the
    port's queue of the model? Its observed signals are then among `most`. `before` are the signals
    that may have been asserted when it was last looked at.
    `over` is what ended it for certain: it queues no packet any more.
    """

    __slots__ = (
        *("before", "call", "entry", "fired", "key", "loose", "most", "object", "over"),
        *("pending", "repeating", "signals"),
    )

    def __init__(
        self, entry: HandleEntry, key: int, signals: int, *, repeating: bool, call: int
    ) -> None:
        self.entry = entry
        self.object = entry.object.value
        self.key = key
        self.signals = signals
        self.repeating = repeating
        self.call = call
        self.pending: Tri = YES
        self.loose: Tri = NO
        self.most = 0
        self.before = 0
        self.fired = False
        self.over: Expectation | None = None

    def end(self, why: Expectation) -> None:
        """It queues no packet any more."""
        self.pending, self.over = NO, why


class KernelPort(KernelObject):
    """A port that was created with `options`; `queue` holds its packets, oldest first."""

    __slots__ = ("options", "queue", "waits")

    def __init__(self, options: int) -> None:
        super().__init__(ObjType.PORT)
        self.options = options
        self.queue: list[Packet] = []
        self.waits: list[Wait] = []
