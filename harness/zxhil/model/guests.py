"""Guests and their VCPUs, as the pages of zx_guest_* and zx_vcpu_* describe them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from zxhil.abi.kinds.layouts import PortPacket
from zxhil.abi.objects import LIMITS, ObjType
from zxhil.abi.sample import BYTES_FIRST, Sample
from zxhil.model.clause import Clause, Mismatch
from zxhil.model.facts import Fact
from zxhil.model.objects import KernelObject
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, Tri, both

BELL = LIMITS["ZX_GUEST_TRAP_BELL"]
MEM = LIMITS["ZX_GUEST_TRAP_MEM"]
IO = LIMITS["ZX_GUEST_TRAP_IO"]

VCPU_STATE = LIMITS["ZX_VCPU_STATE"]
VCPU_IO = LIMITS["ZX_VCPU_IO"]
STATE_SIZES = (136, 264)
"""Of zx_vcpu_state_t: x64, arm64."""
IO_SIZE = 8
"""Of zx_vcpu_io_t."""
BELL_PACKET = LIMITS["ZX_PKT_TYPE_GUEST_BELL"]
_MEM_PACKET = LIMITS["ZX_PKT_TYPE_GUEST_MEM"]


class Trap(NamedTuple):
    """A trap: what zx_guest_set_trap was given; `port` is that of a bell."""

    kind: int
    addr: int
    size: int
    key: int
    port: KernelObject | None = None


class Guest(KernelObject):
    """A guest with the traps that were `set`, and those that `perhaps` were, by a failed call."""

    __slots__ = ("perhaps", "set")

    def __init__(self) -> None:
        super().__init__(ObjType.GUEST)
        self.set: list[Trap] = []
        self.perhaps: list[Trap] = []


class Vcpu(KernelObject):
    """A VCPU of `guest`; `head` is what is known of the first bytes of its state.

    `paused`: it ran, and the last time a packet said why it paused. `thread` made it.
    """

    __slots__ = ("guest", "head", "paused", "thread")

    def __init__(self, guest: KernelObject | None, thread: int) -> None:
        super().__init__(ObjType.VCPU)
        self.guest = guest
        self.head: Fact[bytes] = Fact(None)
        self.paused = False
        self.thread = thread


def guest_of(s: State, handle: int) -> Guest | None:
    """The guest behind a handle; None if its traps are not known."""
    object_ = s.object(handle)
    if not isinstance(object_, Guest) or object_.unseen or object_.unidentified:
        return None
    return object_


def vcpu_of(s: State, handle: int) -> Vcpu | None:
    """The VCPU behind a handle; None if its state is not known."""
    object_ = s.object(handle)
    if not isinstance(object_, Vcpu) or object_.unseen or object_.unidentified:
        return None
    return object_


def same_place(guest: Guest, kind: int, addr: int) -> Iterator[tuple[Trap, bool]]:
    """Traps at `addr` in the address space of `kind`, each with whether it surely is set.

    Bells and memory have one address space.
    """
    for traps, sure in ((guest.set, True), (guest.perhaps, False)):
        for trap in traps:
            if trap.addr == addr and (trap.kind == IO) == (kind == IO):
                yield trap, sure


def state_head(state: Sample | None) -> bytes | None:
    """What a trace surely has of a VCPU's whole state, its first bytes; None if it has less."""
    first = b"" if state is None else state.first[:BYTES_FIRST]
    return first if len(first) == BYTES_FIRST else None


OTHER_THREAD = "another thread made the VCPU (the page does not say which other states are bad)"
"""What the pages of VCPUs call a bad state, with the page of zx_vcpu_create."""


def bad_state(s: State, handle: int) -> Tri:
    """Is it a VCPU that another thread made, or may its state be bad otherwise?

    Of one that never ran, or ended with an error, pages do not say that it is paused.
    """
    vcpu = vcpu_of(s, handle)
    if vcpu is not None and vcpu.thread != s.thread:
        return s.valid(handle)
    return NO if vcpu is not None and vcpu.paused else both(MAYBE, s.is_a(handle, ObjType.VCPU))


def hit(guest: KernelObject | None, packet: PortPacket) -> frozenset[int]:
    """The keys of the traps that a packet of zx_vcpu_resume may be about; empty if not known."""
    if not isinstance(guest, Guest) or guest.unseen or packet.type != _MEM_PACKET:
        return frozenset()
    return _keys((*guest.set, *guest.perhaps), MEM, packet)


def bells_rung(s: State, port: KernelObject | None, packet: PortPacket) -> frozenset[int]:
    """The keys of the bells that a packet of zx_port_wait may be about; empty if not known."""
    if port is None or packet.type != BELL_PACKET:
        return frozenset()
    traps = [
        trap
        for guest in s.every_object()
        if isinstance(guest, Guest)
        for trap in guest.set
        if trap.port is port
    ]
    return _keys(traps, BELL, packet)


def _keys(traps: Iterable[Trap], kind: int, packet: PortPacket) -> frozenset[int]:
    """The keys of the traps of a kind at the address that begins the packet's content."""
    address = int.from_bytes(packet.content[:8], "little")
    return frozenset(
        trap.key
        for trap in traps
        if trap.kind == kind and trap.addr <= address < trap.addr + trap.size
    )


def wrong_key(clause: Clause, keys: frozenset[int], packet: PortPacket) -> Iterator[Mismatch]:
    """Has the packet the key of none of the traps that it may be about?"""
    if keys and packet.key not in keys:
        due = " or ".join(f"{key:#x}" for key in sorted(keys))
        yield Mismatch(clause, f"key={due} in packet", f"key={packet.key:#x}")
