"""zx_port_wait, as its page stood in 2018-12."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import PortWait
from zxhil.abi.constants import signals_name
from zxhil.abi.kinds import PortPacket
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.deadlines import before_deadline
from zxhil.model.exceptions import is_report, saw_report, wrong_report
from zxhil.model.guests import bells_rung, wrong_key
from zxhil.model.interrupts import (
    may_have_been_read,
    no_packet,
    odd_packet,
    packet_read,
    packet_waits,
)
from zxhil.model.page import Page
from zxhil.model.pages.guest_set_trap import key_reported, trap_set
from zxhil.model.pages.interrupt_trigger import triggered
from zxhil.model.pages.object_wait_async import observed, packet_fields
from zxhil.model.pages.port_queue import queued
from zxhil.model.pages.task_bind_exception_port import bound
from zxhil.model.pages.task_bind_exception_port import key_reported as report_key
from zxhil.model.ports import (
    SIGNAL_ONE,
    SIGNAL_REP,
    USER,
    Readable,
    as_signal,
    candidates,
    is_empty,
    known,
    may_have_taken,
    nothing_waits,
    took,
)
from zxhil.model.state import State
from zxhil.model.tri import Tri, both, negate

page = Page("port_wait", PortWait, "port_wait.md, 2018-12")
page.changes = {"handle": ObjType.PORT}
page.observes = True

earliest = page.effect(
    "earliest", "the earliest packet is read", words=("earliest", "fifo order"), purpose=True
)
user_packet = page.effect(
    "user_packet",
    "a packet that zx_port_queue queued has type ZX_PKT_TYPE_USER, and else what it was given",
    words=("zx_pkt_type_user", "controls all other values"),
)
kernel_packet = page.effect(
    "kernel_packet",
    "a packet of the kernel has status ZX_OK and the key of the call that asked for it",
    words=("all kernel queued packets", "key"),
)
ends_at_once = page.effect(
    "ends_at_once",
    "with a deadline in the past a packet is read if one waits",
    words=("in the past", "unless a packet"),
)

page.valid("handle")
page.pointer("packet")


@page.unlisted_where(Status.ZX_ERR_WRONG_TYPE)
def wrong_type(s: State, c: PortWait) -> Tri:
    """RIGHTS asks for a port; ERRORS names no status for another object."""
    return s.not_a(c.handle, ObjType.PORT)


page.has_right("handle", Rights.READ)


@page.error(
    Status.ZX_ERR_TIMED_OUT,
    "no packet was there before the deadline",
    words=("deadline passed", "no packet"),
)
def timed_out(s: State, c: PortWait) -> Tri:
    return both(nothing_waits(s, c.handle), negate(packet_waits(s, c.handle)))


not_before_deadline = page.effect(
    "not_before_deadline",
    "ZX_ERR_TIMED_OUT is returned once the deadline has passed",
    words=("arrived by the deadline", "zx_err_timed_out"),
)


def _packet(o: Outcome) -> PortPacket | None:
    found = o.outs.get("packet")
    return found if isinstance(found, PortPacket) else None


@page.outputs
def outputs(s: State, c: PortWait, o: Outcome) -> Iterator[Mismatch]:
    if o.status == Status.ZX_ERR_TIMED_OUT:
        yield from before_deadline(s, c.deadline, not_before_deadline)
    port, packet = known(s, c.handle), _packet(o)
    if o.status == Status.ZX_OK and port is None:
        yield from odd_packet(s, s.object(c.handle), packet, triggered)
    if o.status == Status.ZX_OK and packet is not None:
        yield from wrong_key(key_reported, bells_rung(s, s.object(c.handle), packet), packet)
    if o.status == Status.ZX_OK:
        for difference in wrong_report(s, s.object(c.handle), packet):
            yield Mismatch(report_key, *difference)
    if o.status != Status.ZX_OK or port is None or packet is None:
        return
    found = list(candidates(port))
    if not found or any(each.fits(packet) for each in found):
        return
    same = [each for each in found if each.is_of(packet)]
    yield from _differs(same[0] if same else found[0], packet)


def _differs(due: Readable, packet: PortPacket) -> Iterator[Mismatch]:
    if not due.is_of(packet):
        key = due.content.key if due.wait is None and due.content else None
        key = due.wait.key if due.wait is not None else key
        of = "zx_port_queue" if due.wait is None else "zx_object_wait_async"
        expected = f"the packet of {of} with key {key:#x}" if key is not None else f"that of {of}"
        yield Mismatch(earliest, expected, f"one of type {packet.type} with key {packet.key:#x}")
    elif due.wait is None:
        if due.content is not None and packet.status != due.content.status:
            yield Mismatch(user_packet, f"status={due.content.status}", f"status={packet.status}")
        else:
            yield Mismatch(user_packet, "the contents that were queued", "others")
    elif packet.type != due.type:
        yield Mismatch(packet_fields, f"type={due.type}", f"type={packet.type}")
    elif packet.status:
        yield Mismatch(kernel_packet, "status=0", f"status={packet.status}")
    else:
        yield from _signals_differ(due, packet)


def _signals_differ(due: Readable, packet: PortPacket) -> Iterator[Mismatch]:
    assert due.wait is not None
    seen, object_ = as_signal(packet), due.wait.object
    type_ = None if object_ is None else object_.type.name
    if seen.trigger != due.wait.signals:
        asked = signals_name(due.wait.signals, type_)
        got = f"trigger={signals_name(seen.trigger, type_)}"
        yield Mismatch(packet_fields, f"trigger={asked}", got)
        return
    missing, extra = due.least & ~seen.observed, seen.observed & ~due.most
    if missing or extra:
        state = "asserted" if missing else "clear"
        other = "clear" if missing else "asserted"
        yield Mismatch(observed, f"{signals_name(missing or extra, type_)} {state}", f"it {other}")
    else:
        asked = signals_name(due.wait.signals, type_)
        yield Mismatch(observed, f"one of {asked} in observed", "none of them")


def _predicted(s: State, c: PortWait) -> PortPacket:
    port = known(s, c.handle)
    due = None if port is None else next(candidates(port), None)
    if due is None or (due.wait is None and due.content is None):
        return PortPacket(0, USER, 0, bytes(32))
    if due.wait is None:
        assert due.content is not None
        return due.content
    shown = due.least or due.most & due.wait.signals
    content = due.wait.signals.to_bytes(4, "little") + shown.to_bytes(4, "little") + b"\1"
    return PortPacket(due.wait.key, due.type, 0, content.ljust(32, b"\0"))


page.reported["packet"] = _predicted


@page.success
def success(s: State, c: PortWait, o: Outcome) -> None:
    port, packet = known(s, c.handle), _packet(o)
    s.reach(ends_at_once)
    if packet is not None and packet.key in bells_rung(s, s.object(c.handle), packet):
        s.reach(key_reported)
        s.reach(trap_set)
    s.reach(earliest, packet is not None)
    s.reach(user_packet, packet is not None and packet.type == USER)
    s.reach(kernel_packet, packet is not None and packet.type in (SIGNAL_ONE, SIGNAL_REP))
    if packet is not None and is_report(packet):
        seen = saw_report(s, s.object(c.handle), packet)
        s.reach(report_key, seen)
        s.reach(bound, seen)
    if port is None:
        packet_read(s, s.object(c.handle), packet, triggered)
        return
    due = [each for each in candidates(port) if packet is not None and each.fits(packet)]
    for each in due:
        s.reach(queued, each.wait is None)
        s.reach(observed, each.wait is not None)
        s.reach(packet_fields, each.wait is not None)
    took(s, port, packet)


@page.failure
def failure(s: State, c: PortWait, o: Outcome) -> None:
    port = known(s, c.handle)
    if o.status == Status.ZX_ERR_TIMED_OUT:
        s.reach(not_before_deadline, bool(s.ended))
        no_packet(s, s.object(c.handle))
    elif o.status == Status.ZX_ERR_INVALID_ARGS:
        may_have_been_read(s, s.object(c.handle))
    if port is None or o.status in (Status.ZX_ERR_BAD_HANDLE, Status.ZX_ERR_WRONG_TYPE):
        return
    if o.status == Status.ZX_ERR_TIMED_OUT:
        is_empty(s, port)
    else:
        may_have_taken(s, port)
