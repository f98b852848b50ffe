"""Interrupt objects: bound, triggered, destroyed, as the pages of zx_interrupt_* describe them."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator

from zxhil.abi.kinds import PortPacket
from zxhil.abi.objects import LIMITS, ObjType
from zxhil.model.clause import Clause, Mismatch
from zxhil.model.facts import Fact
from zxhil.model.guests import vcpu_of
from zxhil.model.objects import KernelObject
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, YES, Tri, both, either, negate, tri

VIRTUAL = LIMITS["ZX_INTERRUPT_VIRTUAL"]
BIND_TO_INTERRUPT = LIMITS["ZX_PORT_BIND_TO_INTERRUPT"]
INTERRUPT = LIMITS["ZX_PKT_TYPE_INTERRUPT"]

_TIME = struct.Struct("<q")


class Interrupt(KernelObject):
    """An interrupt that was created with `options`.

    `triggered`: a wait for it ends at once. `in_flight`: its packet waits in the port.
    `unacknowledged`: the packet was read, and the interrupt was not re-armed since. `again`: it was
    triggered meanwhile. `times` are the timestamps that it was triggered with. `unsure`: more was
    done than pages describe, so nothing is known of its packets. `waits`: how many threads wait.
    """

    __slots__ = (
        *("again", "bound", "destroyed", "guest", "in_flight", "key", "options", "port", "times"),
        *("triggered", "unacknowledged", "unsure", "waits"),
    )

    def __init__(self, options: int) -> None:
        super().__init__(ObjType.INTERRUPT)
        self.options = options
        self.bound: Fact[bool] = Fact(False)
        self.destroyed: Fact[bool] = Fact(False)
        self.triggered: Fact[bool] = Fact(False)
        self.unacknowledged: Fact[bool] = Fact(False)
        self.in_flight: Fact[bool] = Fact(False)
        self.again = False
        self.unsure = False
        self.waits = 0
        self.key = 0
        self.port: KernelObject | None = None
        self.guest: Fact[KernelObject | bool] = Fact(False)
        """The guest of the VCPUs that it is bound to; False if there are none."""
        self.times: tuple[int, ...] = ()

    def yes_or_no_facts(self) -> tuple[Fact[bool], ...]:
        """All of them."""
        return self.bound, self.destroyed, self.triggered, self.in_flight, self.unacknowledged

    def loses_track(self) -> None:
        """From now on its packets are not followed."""
        self.unsure = True
        for fact in (self.in_flight, self.unacknowledged):
            fact.value = fact.expectation = None


def known(s: State, handle: int) -> Interrupt | None:
    """The interrupt behind a handle; None if its state is not known."""
    object_ = s.object(handle)
    if not isinstance(object_, Interrupt) or object_.unseen or object_.unidentified:
        return None
    return object_


def _asked(s: State, handle: int, question: Callable[[Interrupt], Tri]) -> Tri:
    interrupt = known(s, handle)
    if interrupt is None:
        return both(MAYBE, s.is_a(handle, ObjType.INTERRUPT))
    return both(s.valid(handle), question(interrupt))


def destroyed(s: State, handle: int) -> Tri:
    """Was zx_interrupt_destroy called on it?"""
    return _asked(s, handle, lambda interrupt: tri(interrupt.destroyed.value))


def bound(s: State, handle: int) -> Tri:
    """Is it bound to a port?

    Pages do not say what closing the port does.
    """

    def question(interrupt: Interrupt) -> Tri:
        answer = tri(interrupt.bound.value)
        port = interrupt.port
        lost = port is None or s.held(port) != YES
        return both(answer, MAYBE) if lost else answer

    return _asked(s, handle, question)


def not_bound(s: State, handle: int) -> Tri:
    """Is it bound to no port?"""
    is_interrupt = s.is_a(handle, ObjType.INTERRUPT)
    return both(is_interrupt, negate(bound(s, handle)))


def not_virtual(s: State, handle: int) -> Tri:
    """Was it created without ZX_INTERRUPT_VIRTUAL?"""
    return _asked(s, handle, lambda interrupt: tri(not interrupt.options & VIRTUAL))


def left_unacknowledged(s: State, handle: int) -> Tri:
    """Is it bound, and was its packet read and not acknowledged?

    ERRORS can be read as if any bound interrupt were meant, the text of the page says otherwise.
    """

    def question(interrupt: Interrupt) -> Tri:
        return either(MAYBE, tri(interrupt.unacknowledged.value))

    return both(bound(s, handle), _asked(s, handle, question))


def other_guest(s: State, handle: int, vcpu: int) -> Tri:
    """Is it bound to VCPUs of another guest than that of `vcpu`?"""
    is_vcpu = s.is_a(vcpu, ObjType.VCPU)

    def question(interrupt: Interrupt) -> Tri:
        own, bound_to = vcpu_of(s, vcpu), interrupt.guest.value
        if bound_to is False:
            return NO
        if own is None or own.guest is None or bound_to is None:
            return MAYBE
        return tri(bound_to is not own.guest)

    return both(is_vcpu, _asked(s, handle, question))


def waited_for(s: State, handle: int) -> Tri:
    """Does a thread wait for it?"""
    return _asked(s, handle, lambda interrupt: tri(interrupt.waits > 0))


def odd_time(
    s: State, interrupt: Interrupt, timestamp: int | None, clause: Clause
) -> Iterator[Mismatch]:
    """Check a timestamp: one that it was triggered with, or a time until now."""
    given = timestamp is None or timestamp in interrupt.times or interrupt.unsure
    if not given and timestamp is not None and not 0 < timestamp <= (s.ended or timestamp):
        yield Mismatch(clause, "the time when it was triggered", f"{timestamp}")


# ---- packets


def bound_to(s: State, port: KernelObject | None) -> list[Interrupt]:
    """The interrupts that are, may be, or have been bound to a port."""
    return [
        object_
        for object_ in s.every_object()
        if isinstance(object_, Interrupt) and (port is None or object_.port is port)
    ]


def packet_waits(s: State, handle: int) -> Tri:
    """Does the packet of an interrupt wait in the port?

    Pages do not say if it stays there when the last handle to the interrupt is closed.
    """
    found: Tri = NO
    for interrupt in bound_to(s, s.object(handle)):
        waits = tri(interrupt.in_flight.value)
        found = either(found, waits if s.held(interrupt) == YES else both(waits, MAYBE))
    return both(s.valid(handle), found)


def sender(s: State, port: KernelObject | None, packet: PortPacket | None) -> Interrupt | None:
    """The interrupt that surely sent a packet; None if that is not known."""
    if packet is None or packet.type != INTERRUPT or port is None:
        return None
    found = [each for each in bound_to(s, port) if each.key == packet.key]
    return found[0] if len(found) == 1 and not found[0].unseen else None


def odd_packet(
    s: State, port: KernelObject | None, packet: PortPacket | None, clause: Clause
) -> Iterator[Mismatch]:
    """Check a packet that was read from a port: its interrupt was triggered, as `clause` says.

    If a call was to remove the packet, the sentence that says so is broken.
    """
    interrupt = sender(s, port, packet)
    if interrupt is None or packet is None:
        return
    if interrupt.in_flight.value is False:
        due = interrupt.in_flight.expectation
        clause = clause if due is None else due.clause
        yield Mismatch(clause, "no packet before the interrupt triggers", "one")
    else:
        yield from odd_time(s, interrupt, _TIME.unpack_from(packet.content)[0], clause)


def packet_read(
    s: State, port: KernelObject | None, packet: PortPacket | None, clause: Clause
) -> None:
    """A packet was read from a port to which interrupts may be bound."""
    if packet is not None and packet.type != INTERRUPT:
        return
    interrupt = sender(s, port, packet)
    if interrupt is None:
        for each in bound_to(s, port):
            each.loses_track()
        return
    s.saw(interrupt.in_flight, True)
    s.reach(clause)
    if interrupt.unsure:
        interrupt.loses_track()
    else:
        s.change(interrupt.in_flight, False, None)
        s.change(interrupt.unacknowledged, True, None)


def no_packet(s: State, port: KernelObject | None) -> None:
    """A wait showed that no packet is in a port."""
    for interrupt in bound_to(s, port):
        if port is not None and interrupt.in_flight.value is False:
            s.saw(interrupt.in_flight, False)


def may_have_been_read(s: State, port: KernelObject | None) -> None:
    """A wait failed otherwise than by its deadline: if a packet is gone then, no page says."""
    for interrupt in bound_to(s, port):
        interrupt.loses_track()


def sends(s: State, interrupt: Interrupt, clause: Clause) -> None:
    """It triggers: its packet is in the port, as `clause` says."""
    if not interrupt.unsure:
        interrupt.again = False
        s.change(interrupt.in_flight, True, clause)
        s.change(interrupt.unacknowledged, False, None)
