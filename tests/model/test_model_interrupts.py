"""Interrupts: what each call leaves, and which sentence a kernel that departs is blamed for."""

from __future__ import annotations

from typing import Any

import pytest
from model_make import without
from zxhil.abi.kinds import Memory, PortPacket
from zxhil.abi.objects import LIMITS, ResourceKind
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.judge import Verdict, VerdictKind
from zxhil.model.kernel import Kernel
from zxhil.model.state import Bootstrap

VIRTUAL = LIMITS["ZX_INTERRUPT_VIRTUAL"]
FOR_INTERRUPTS = LIMITS["ZX_PORT_BIND_TO_INTERRUPT"]
ROOT = 0x777
CONFORMS = VerdictKind.CONFORMS


@pytest.fixture
def k() -> Kernel:
    return Kernel([Bootstrap(ROOT, 15, int(Rights.WRITE), 9)])


def made(k: Kernel, options: int = VIRTUAL) -> int:
    handle = 0x40F
    source = ROOT if options != VIRTUAL else 0
    answer(k, "interrupt_create", out={"out_handle": handle}, src_obj=source, options=options)
    return handle


def port(k: Kernel, options: int = FOR_INTERRUPTS) -> int:
    (handle,) = k.port_create(options)
    return handle


def answer(
    k: Kernel, name: str, status: str = "ZX_OK", out: dict[str, Any] | None = None, **given: Any
) -> Verdict:
    return k.observe(k.make(name, **given), Outcome(int(Status[status]), out or {}))


def allowed(k: Kernel, name: str, **given: Any) -> set[str]:
    return set(k.allowed(k.make(name, **given)).names) - {"ZX_ERR_NO_MEMORY"}


def bound(k: Kernel) -> tuple[int, int]:
    interrupt, to = made(k), port(k)
    answer(k, "interrupt_bind", handle=interrupt, port_handle=to, key=7)
    return interrupt, to


@pytest.mark.parametrize(
    ("options", "source", "names"),
    [
        (VIRTUAL, 0x31, {"ZX_OK"}),
        (0, 0x31, {"ZX_ERR_BAD_HANDLE"}),
        (0x20, 0, {"ZX_ERR_INVALID_ARGS", "ZX_ERR_BAD_HANDLE"}),
        (VIRTUAL | 0x20, 0, {"ZX_ERR_INVALID_ARGS", "ZX_ERR_BAD_HANDLE"}),
        (VIRTUAL | 1, 0, {"ZX_OK", "ZX_ERR_INVALID_ARGS", "ZX_ERR_BAD_HANDLE"}),
    ],
)
def test_source_matters_for_physical_interrupts_alone(
    k: Kernel, options: int, source: int, names: set[str]
) -> None:
    out = {"out_handle": 0x40F}
    found = allowed(k, "interrupt_create", src_obj=source, options=options, **out)
    assert found & names == names
    assert ("ZX_OK" in found) == ("ZX_OK" in names)


def test_resource_of_another_kind_is_refused(k: Kernel) -> None:
    (other,) = k.resource_create(ROOT, int(ResourceKind.HYPERVISOR))
    assert allowed(k, "interrupt_create", src_obj=other, options=0, out_handle=1) == {
        "ZX_ERR_ACCESS_DENIED",
        # Nor does the page say which numbers there are.
        *("ZX_ERR_BAD_HANDLE", "ZX_ERR_WRONG_TYPE", "ZX_ERR_INVALID_ARGS"),
    }
    assert "ZX_OK" in allowed(k, "interrupt_create", src_obj=ROOT, options=0, out_handle=1)


def test_bind_needs_a_port_for_interrupts(k: Kernel) -> None:
    interrupt, plain = made(k), port(k, 0)
    assert "ZX_OK" not in allowed(k, "interrupt_bind", handle=interrupt, port_handle=plain)
    verdict = answer(k, "interrupt_bind", handle=interrupt, port_handle=plain)
    assert [c.id for c in verdict.blamed] == ["interrupt_bind/port_not_for_interrupts"]


def test_bound_interrupt_is_bound_once_and_not_waited_for(k: Kernel) -> None:
    interrupt, to = bound(k)
    assert allowed(k, "interrupt_bind", handle=interrupt, port_handle=to) == {
        "ZX_ERR_ALREADY_BOUND"
    }
    assert allowed(k, "interrupt_wait", handle=interrupt) == {"ZX_ERR_BAD_STATE"}
    assert allowed(k, "interrupt_ack", handle=interrupt) == {"ZX_OK"}


def test_closed_port_leaves_open_whether_the_interrupt_is_bound(k: Kernel) -> None:
    interrupt, to = bound(k)
    k.handle_close(to)
    assert {"ZX_OK", "ZX_ERR_BAD_STATE"} <= allowed(k, "interrupt_wait", handle=interrupt)


def test_wait_ends_only_for_a_triggered_interrupt(k: Kernel) -> None:
    interrupt = made(k)
    verdict = answer(k, "interrupt_wait", handle=interrupt)
    assert [c.id for c in verdict.blamed] == ["interrupt_wait/waits"]
    k.handle_close(interrupt)
    interrupt = made(k)
    answer(k, "interrupt_trigger", handle=interrupt)
    assert answer(k, "interrupt_wait", handle=interrupt).kind is CONFORMS
    assert answer(k, "interrupt_wait", handle=interrupt).kind is not CONFORMS


def test_two_triggers_may_end_two_waits(k: Kernel) -> None:
    interrupt = made(k)
    for _ in range(2):
        answer(k, "interrupt_trigger", handle=interrupt)
    for _ in range(2):
        assert answer(k, "interrupt_wait", handle=interrupt).kind is CONFORMS


def test_destroyed_interrupt_is_canceled_and_unbound(k: Kernel) -> None:
    interrupt, to = bound(k)
    assert {"ZX_OK", "ZX_ERR_NOT_FOUND"} == allowed(k, "interrupt_destroy", handle=interrupt)
    answer(k, "interrupt_destroy", handle=interrupt)
    for name in ("interrupt_wait", "interrupt_trigger"):
        assert allowed(k, name, handle=interrupt) == {"ZX_ERR_CANCELED"}
    assert allowed(k, "interrupt_bind", handle=interrupt, port_handle=to) == {"ZX_ERR_CANCELED"}
    assert allowed(k, "interrupt_ack", handle=interrupt) == {"ZX_ERR_CANCELED", "ZX_ERR_BAD_STATE"}


def test_not_found_destroys_as_well(k: Kernel) -> None:
    interrupt, _ = bound(k)
    answer(k, "interrupt_destroy", "ZX_ERR_NOT_FOUND", handle=interrupt)
    assert allowed(k, "interrupt_trigger", handle=interrupt) == {"ZX_ERR_CANCELED"}


def test_only_a_virtual_interrupt_is_triggered(k: Kernel) -> None:
    interrupt = made(k, 0)
    assert allowed(k, "interrupt_trigger", handle=interrupt) == {"ZX_ERR_BAD_STATE"}


def test_failed_destroy_leaves_open_what_it_did(k: Kernel) -> None:
    interrupt = without(k, made(k), Rights.WRITE)
    answer(k, "interrupt_destroy", "ZX_ERR_ACCESS_DENIED", handle=interrupt)
    assert allowed(k, "interrupt_trigger", handle=interrupt) == {"ZX_OK", "ZX_ERR_CANCELED"}
    answer(k, "interrupt_trigger", "ZX_ERR_CANCELED", handle=interrupt)
    assert allowed(k, "interrupt_trigger", handle=interrupt) == {"ZX_ERR_CANCELED"}


def test_destroy_that_had_no_effect_is_blamed(k: Kernel) -> None:
    interrupt = made(k)
    answer(k, "interrupt_destroy", handle=interrupt)
    assert "interrupt_trigger/canceled" in {
        c.id for c in answer(k, "interrupt_trigger", handle=interrupt).blamed
    }


def reads(k: Kernel, to: int, key: int | None, time: int = 5) -> Verdict:
    """Read the packet with `key` that a port has; none if that is None."""
    if key is None:
        return answer(k, "port_wait", "ZX_ERR_TIMED_OUT", handle=to)
    content = time.to_bytes(8, "little").ljust(32, b"\0")
    packet = PortPacket(key, LIMITS["ZX_PKT_TYPE_INTERRUPT"], 0, content)
    return answer(k, "port_wait", out={"packet": packet}, handle=to)


def ids(verdict: Verdict) -> set[str]:
    return {clause.id for clause in verdict.blamed}


def test_bound_interrupt_sends_one_packet_for_a_trigger(k: Kernel) -> None:
    interrupt, to = bound(k)
    assert ids(reads(k, to, 7)) == {"interrupt_trigger/triggered"}
    k.handle_close(interrupt)
    interrupt, to = bound(k)
    assert reads(k, to, None).kind is CONFORMS
    answer(k, "interrupt_trigger", handle=interrupt, timestamp=5)
    assert reads(k, to, 7).kind is CONFORMS
    assert reads(k, to, None).kind is CONFORMS


def test_missing_packet_is_blamed_on_the_trigger(k: Kernel) -> None:
    interrupt, to = bound(k)
    answer(k, "interrupt_trigger", handle=interrupt, timestamp=5)
    assert "interrupt_trigger/triggered" in ids(reads(k, to, None))


def test_packet_that_was_read_makes_destroy_answer_not_found(k: Kernel) -> None:
    interrupt, to = bound(k)
    answer(k, "interrupt_trigger", handle=interrupt, timestamp=5)
    reads(k, to, 7)
    assert allowed(k, "interrupt_destroy", handle=interrupt) == {"ZX_ERR_NOT_FOUND"}
    answer(k, "interrupt_ack", handle=interrupt)
    assert "ZX_OK" in allowed(k, "interrupt_destroy", handle=interrupt)


def test_trigger_before_the_acknowledgment_sends_after_it(k: Kernel) -> None:
    interrupt, to = bound(k)
    answer(k, "interrupt_trigger", handle=interrupt, timestamp=5)
    reads(k, to, 7)
    answer(k, "interrupt_trigger", handle=interrupt, timestamp=5)
    assert reads(k, to, None).kind is CONFORMS
    answer(k, "interrupt_ack", handle=interrupt)
    assert "interrupt_ack/rearmed" in ids(reads(k, to, None))


def test_packet_of_a_destroyed_interrupt_is_removed(k: Kernel) -> None:
    interrupt, to = bound(k)
    answer(k, "interrupt_trigger", handle=interrupt, timestamp=5)
    answer(k, "interrupt_destroy", handle=interrupt)
    assert ids(reads(k, to, 7)) == {"interrupt_destroy/removed"}


@pytest.mark.parametrize(("time", "right"), [(5, True), (60, True), (-3, False), (101, False)])
def test_timestamp_is_the_one_given_or_a_time_until_now(k: Kernel, time: int, right: bool) -> None:
    interrupt, to = bound(k)
    answer(k, "interrupt_trigger", handle=interrupt, timestamp=5)
    k.state.ended = 100
    verdict = reads(k, to, 7, time % (1 << 64))
    assert ids(verdict) == (set() if right else {"interrupt_trigger/triggered"})


def test_packet_of_interrupt_that_was_not_followed_is_read_once(k: Kernel) -> None:
    """Acknowledged while its packet waits: pages do not say what becomes of the packet."""
    interrupt, to = bound(k)
    answer(k, "interrupt_trigger", handle=interrupt, timestamp=1000)
    answer(k, "interrupt_ack", handle=interrupt)
    packet = PortPacket(7, LIMITS["ZX_PKT_TYPE_INTERRUPT"], 0, (1000).to_bytes(32, "little"))
    assert answer(k, "port_wait", out={"packet": packet}, handle=to).kind is CONFORMS
    assert answer(k, "port_wait", "ZX_ERR_TIMED_OUT", handle=to).kind is CONFORMS


def test_packet_of_closed_interrupt_may_be_gone(k: Kernel) -> None:
    interrupt, to = bound(k)
    answer(k, "interrupt_trigger", handle=interrupt, timestamp=1000)
    k.handle_close(interrupt)
    assert answer(k, "port_wait", "ZX_ERR_TIMED_OUT", handle=to).kind is CONFORMS


def test_interrupt_triggered_thrice_may_end_three_waits(k: Kernel) -> None:
    interrupt = made(k)
    for timestamp in (1000, 2000):
        answer(k, "interrupt_trigger", handle=interrupt, timestamp=timestamp)
    answer(k, "interrupt_wait", out={"out_timestamp": 1000}, handle=interrupt)
    answer(k, "interrupt_trigger", handle=interrupt, timestamp=3000)
    for timestamp in (2000, 3000):
        ended = answer(k, "interrupt_wait", out={"out_timestamp": timestamp}, handle=interrupt)
        assert ended.kind is CONFORMS


def test_wait_that_fails_may_have_taken_the_packet(k: Kernel) -> None:
    interrupt, to = bound(k)
    answer(k, "interrupt_trigger", handle=interrupt, timestamp=5)
    bad = answer(k, "port_wait", "ZX_ERR_INVALID_ARGS", handle=to, packet=Memory.INVALID)
    assert bad.kind is CONFORMS
    assert answer(k, "port_wait", "ZX_ERR_TIMED_OUT", handle=to).kind is CONFORMS


def test_wait_that_fails_may_have_left_the_packet(k: Kernel) -> None:
    interrupt, to = bound(k)
    answer(k, "interrupt_trigger", handle=interrupt, timestamp=5)
    answer(k, "port_wait", "ZX_ERR_INVALID_ARGS", handle=to, packet=Memory.INVALID)
    assert reads(k, to, 7).kind is CONFORMS
