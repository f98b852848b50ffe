"""Packets in ports and the asynchronous waits that queue them: what the pages of ports share.

`zxhil.model.wait_packets` has what queues the packets of waits. Where no page says if a signal is
asserted, a packet may wait whose place among the others is unknown: its wait is `loose`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from zxhil.abi.kinds import PortPacket
from zxhil.abi.objects import LIMITS, ObjType
from zxhil.model.clause import Clause
from zxhil.model.facts import Expectation
from zxhil.model.objects import KernelObject
from zxhil.model.packets import KernelPort, Packet, Wait
from zxhil.model.settling import waiting
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, YES, Tri, both, either, negate, tri

USER = LIMITS["ZX_PKT_TYPE_USER"]
SIGNAL_ONE = LIMITS["ZX_PKT_TYPE_SIGNAL_ONE"]
SIGNAL_REP = LIMITS["ZX_PKT_TYPE_SIGNAL_REP"]

_SIGNAL = struct.Struct("<IIQ")


class SignalPacket(NamedTuple):
    """zx_packet_signal_t."""

    trigger: int
    observed: int
    operations: int


def as_signal(packet: PortPacket) -> SignalPacket:
    """The union of a packet as zx_packet_signal_t."""
    return SignalPacket(*_SIGNAL.unpack_from(packet.content))


def known(s: State, handle: int) -> KernelPort | None:
    """The port behind a handle; None if it may have packets that the model has not.

    Interrupts are bound to ports that were created with options.
    """
    port = s.object(handle)
    certain = isinstance(port, KernelPort) and not (
        port.unseen or port.unidentified or port.options
    )
    return port if certain and isinstance(port, KernelPort) else None


def nothing_waits(s: State, handle: int) -> Tri:
    """Is it a handle to a port without a packet?"""
    port = known(s, handle)
    if port is None:
        return both(s.is_a(handle, ObjType.PORT), MAYBE)
    some: Tri = max((wait.loose for wait in port.waits), default=NO)
    for packet in waiting(port.queue):
        some = either(some, tri(packet.present.value))
    return both(s.valid(handle), negate(some))


# ---- asynchronous waits


def register(s: State, port: KernelPort, wait: Wait) -> None:
    """A port now waits; `wait_packets.look`, after the call, queues a packet if it is due."""
    port.waits.append(wait)
    if port not in s.ports:
        s.ports.append(port)


# ---- user packets


def enqueue(s: State, port: KernelPort, content: PortPacket | None, clause: Clause) -> None:
    """User mode queued a packet, as `clause` says."""
    port.queue.append(Packet(content, None, s.fact(True, clause)))


def may_have_queued(s: State, port: KernelPort) -> None:
    """A call that failed: no page says that it queued nothing."""
    port.queue.append(Packet(None, None, s.fact(None, None)))


# ---- reading


class Readable(NamedTuple):
    """What a read may have got: a packet of the queue, or the loose one of a wait."""

    packet: Packet | None
    wait: Wait | None
    least: int
    most: int

    @property
    def content(self) -> PortPacket | None:
        """What user mode queued, as far as that is known."""
        return None if self.packet is None else self.packet.content

    def is_of(self, packet: PortPacket) -> bool:
        """Have they the same sender, user mode or a wait, and the same key?"""
        if self.wait is None:
            return self.content is None or (packet.type, packet.key) == (USER, self.content.key)
        return packet.type in (SIGNAL_ONE, SIGNAL_REP) and packet.key == self.wait.key

    @property
    def type(self) -> int:
        """The type that its packet has."""
        if self.wait is None:
            return USER
        return SIGNAL_REP if self.wait.repeating else SIGNAL_ONE

    def fits(self, packet: PortPacket) -> bool:
        """May the packet that was read be this one?"""
        if not self.is_of(packet):
            return False
        if self.wait is None:
            return self.content is None or packet == self.content
        seen = as_signal(packet)
        wrong = self.least & ~seen.observed | seen.observed & ~self.most
        right = seen.trigger == self.wait.signals and bool(seen.observed & seen.trigger)
        return right and not wrong and (packet.type, packet.status) == (self.type, 0)


def candidates(port: KernelPort) -> Iterator[Readable]:
    """What a read may get: packets up to the first that is there for sure, early and loose ones."""
    first = list(waiting(port.queue))
    for packet in port.queue:
        if packet.present.value is not False and (packet in first or packet.early):
            yield Readable(packet, packet.wait, packet.least, packet.most)
    for wait in port.waits:
        if wait.loose != NO:
            yield Readable(None, wait, 0, wait.most)


def took(s: State, port: KernelPort, packet: PortPacket | None) -> None:
    """A read got `packet`; None if that was not recorded."""
    found = list(candidates(port))
    if packet is not None:
        found = [each for each in found if each.fits(packet)] or found[:1]
    if len(found) != 1:
        may_have_taken(s, port)
        return
    (got,) = found
    if got.packet is None:
        _was_read(got.wait)
        return
    if got.packet.early:
        s.saw(got.packet.present, True)
        port.queue.remove(got.packet)
        return
    while port.queue:
        first = port.queue.pop(0)
        s.saw(first.present, first is got.packet)
        if first is got.packet:
            break


def _was_read(wait: Wait | None) -> None:
    """A loose packet was read: a wait for one packet is over."""
    if wait is not None:
        wait.loose, wait.most = NO, 0
        wait.pending = wait.pending if wait.repeating else NO


def may_have_taken(s: State, port: KernelPort) -> None:
    """No page says if the call has taken a packet, or it is not known which."""
    for each in list(candidates(port)):
        if each.packet is not None:
            s.change(each.packet.present, None, None)
        elif each.wait is not None and not each.wait.repeating:
            # If its packet was taken, it is over.
            each.wait.pending = both(each.wait.pending, MAYBE)


def is_empty(s: State, port: KernelPort) -> None:
    """An answer showed that no packet waits."""
    for packet in port.queue:
        s.saw(packet.present, False)
    port.queue = []
    for wait in port.waits:
        wait.loose = NO


# ---- cancelling


def matches(s: State, port: KernelPort, source: int, key: int) -> Iterator[tuple[Wait, Tri]]:
    """The waits of a port with `key` whose object is that of `source`, and if they are meant.

    No page says if a wait is meant that was registered through another handle to the object.
    """
    object_ = s.object(source)
    met: list[Wait] = []
    for wait in (*port.waits, *(packet.wait for packet in port.queue)):
        if wait is None or wait in met or wait.key != key:
            continue
        met.append(wait)
        if wait.entry is s.entry(source):
            yield wait, YES
        elif wait.object is object_ or wait.object is None or _may_be(s, wait.object, object_):
            yield wait, MAYBE


def _may_be(s: State, one: KernelObject, other: KernelObject | None) -> bool:
    return s.may_be_same(one, other) != NO


def there_is(port: KernelPort, wait: Wait) -> Tri:
    """Is the wait pending, or a packet of it in the queue?"""
    some = either(wait.pending, wait.loose)
    for packet in port.queue:
        if packet.wait is wait:
            some = either(some, tri(packet.present.value))
    return some


def cancel(s: State, port: KernelPort, wait: Wait, meant: Tri, clause: Clause | None) -> None:
    """The wait is cancelled and its packets are removed, as `clause` says; None: perhaps."""
    certain = meant == YES and clause is not None
    if certain and clause is not None and wait.pending == YES:
        wait.end(Expectation(s.calls, clause))
    wait.pending = NO if certain else both(wait.pending, MAYBE)
    wait.loose = NO if certain else both(wait.loose, MAYBE)
    for packet in port.queue:
        if packet.wait is wait and packet.present.value is not False:
            value = False if certain else None
            s.change(packet.present, value, clause if certain else None)
