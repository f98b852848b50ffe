"""Guests and VCPUs: what each call leaves, and which sentence is blamed when a kernel departs."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from zxhil.abi.kinds.layouts import PortPacket
from zxhil.abi.objects import LIMITS, ResourceKind
from zxhil.abi.rights import Rights
from zxhil.abi.sample import sample
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.guests import BELL, IO, MEM, STATE_SIZES
from zxhil.model.judge import Verdict, VerdictKind
from zxhil.model.kernel import Kernel
from zxhil.model.state import Bootstrap

ROOT, GUEST, VMAR, VCPU = 0x777, 0x40F, 0x41F, 0x42F
PAGE = 4096
MEM_PACKET = LIMITS["ZX_PKT_TYPE_GUEST_MEM"]
CONFORMS = VerdictKind.CONFORMS
STATE = bytes(place % 256 for place in range(STATE_SIZES[1]))


@pytest.fixture
def k() -> Kernel:
    k = Kernel([Bootstrap(ROOT, 15, int(Rights.WRITE), 9)])
    (hypervisor,) = k.resource_create(ROOT, int(ResourceKind.HYPERVISOR))
    answer(k, "guest_create", out={"guest_handle": GUEST, "vmar_handle": VMAR}, resource=hypervisor)
    answer(k, "vcpu_create", out={"out": VCPU}, guest=GUEST)
    return k


def answer(
    k: Kernel, name: str, status: str = "ZX_OK", out: dict[str, Any] | None = None, **given: Any
) -> Verdict:
    return k.observe(k.make(name, **given), Outcome(int(Status[status]), out or {}))


def allowed(k: Kernel, name: str, **given: Any) -> set[str]:
    return set(k.allowed(k.make(name, **given)).names) - {"ZX_ERR_NO_MEMORY"}


def trap(addr: int = 0x8000, kind: int = MEM, **given: Any) -> dict[str, Any]:
    return {"handle": GUEST, "kind": kind, "addr": addr, "size": PAGE, "key": 7, **given}


def resumed(k: Kernel, addr: int, key: int) -> Verdict:
    content = struct.pack("<Q24x", addr)
    packet = PortPacket(key, MEM_PACKET, 0, content)
    return answer(k, "vcpu_resume", out={"packet": packet}, handle=VCPU)


def read(k: Kernel, state: bytes) -> Verdict:
    size = STATE_SIZES[1]
    out = {"buffer": sample(state[:size])}
    return answer(k, "vcpu_read_state", out=out, handle=VCPU, kind=0, buffer_size=size)


def written(k: Kernel, state: bytes, status: str = "ZX_OK") -> Verdict:
    size = STATE_SIZES[1]
    given = {"handle": VCPU, "kind": 0, "buffer": state[:size], "buffer_size": size}
    return answer(k, "vcpu_write_state", status, **given)


@pytest.mark.parametrize("kind", [ResourceKind.ROOT, ResourceKind.VMEX])
def test_resource_of_another_kind_makes_no_guest(k: Kernel, kind: ResourceKind) -> None:
    (other,) = k.resource_create(ROOT, int(kind))
    assert "ZX_OK" not in allowed(k, "guest_create", resource=other)
    verdict = answer(k, "guest_create", "ZX_ERR_WRONG_TYPE", resource=other)
    assert [c.id for c in verdict.blamed] == ["guest_create/access_denied"]


def test_bootstrap_resource_is_of_the_root_kind(k: Kernel) -> None:
    assert "ZX_OK" not in allowed(k, "guest_create", resource=ROOT)


def test_machine_that_runs_no_guests_is_not_accused(k: Kernel) -> None:
    (hypervisor,) = k.resource_create(ROOT, int(ResourceKind.HYPERVISOR))
    verdict = answer(k, "guest_create", "ZX_ERR_NOT_SUPPORTED", resource=hypervisor)
    assert verdict.kind is CONFORMS


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (trap(), {"ZX_OK"}),
        (trap(0x8008), {"ZX_ERR_INVALID_ARGS"}),
        (trap(size=0), {"ZX_ERR_INVALID_ARGS"}),
        (trap(size=PAGE + 1), {"ZX_ERR_INVALID_ARGS"}),
        (trap(kind=3), {"ZX_ERR_INVALID_ARGS"}),
        (trap(0x60, IO, size=4), {"ZX_OK", "ZX_ERR_INVALID_ARGS"}),
        (trap(0x60, IO, size=0), {"ZX_ERR_INVALID_ARGS"}),
        (trap(kind=BELL), {"ZX_ERR_INVALID_ARGS", "ZX_ERR_BAD_HANDLE"}),
        (trap(port_handle=0x31), {"ZX_ERR_INVALID_ARGS", "ZX_ERR_BAD_HANDLE"}),
        (trap((1 << 64) - PAGE, size=2 * PAGE), {"ZX_ERR_OUT_OF_RANGE"}),
        (trap((1 << 64) - 2 * PAGE, size=PAGE), {"ZX_OK", "ZX_ERR_OUT_OF_RANGE"}),
        (trap(0xFEE00000, size=2 * PAGE), {"ZX_OK", "ZX_ERR_INVALID_ARGS"}),
    ],
)
def test_trap_takes_what_its_kind_takes(k: Kernel, given: dict[str, Any], names: set[str]) -> None:
    assert allowed(k, "guest_set_trap", **given) == names


def test_port_is_for_bells_alone(k: Kernel) -> None:
    (port,) = k.port_create(0)
    assert allowed(k, "guest_set_trap", **trap(kind=BELL, port_handle=port)) == {"ZX_OK"}
    for kind in (MEM, IO):
        names = allowed(k, "guest_set_trap", **trap(kind=kind, port_handle=port))
        assert names == {"ZX_ERR_INVALID_ARGS"}


def test_second_trap_of_a_kind_at_an_address_exists(k: Kernel) -> None:
    (port,) = k.port_create(0)
    answer(k, "guest_set_trap", **trap())
    assert allowed(k, "guest_set_trap", **trap(size=2 * PAGE)) == {"ZX_ERR_ALREADY_EXISTS"}
    bell = allowed(k, "guest_set_trap", **trap(kind=BELL, port_handle=port))
    assert bell == {"ZX_OK", "ZX_ERR_ALREADY_EXISTS"}, "bells and memory share an address space"
    assert "ZX_ERR_ALREADY_EXISTS" not in allowed(k, "guest_set_trap", **trap(kind=IO))
    assert allowed(k, "guest_set_trap", **trap(0x9000)) == {"ZX_OK"}


def test_trap_of_a_failed_call_may_exist(k: Kernel) -> None:
    answer(k, "guest_set_trap", "ZX_ERR_NO_MEMORY", **trap())
    assert allowed(k, "guest_set_trap", **trap()) == {"ZX_OK", "ZX_ERR_ALREADY_EXISTS"}


def test_packet_has_the_key_of_the_trap_that_was_hit(k: Kernel) -> None:
    answer(k, "guest_set_trap", **trap())
    answer(k, "guest_set_trap", **trap(0x9000, key=8))
    assert resumed(k, 0x8FF8, 7).kind is CONFORMS
    assert resumed(k, 0x9000, 8).kind is CONFORMS
    assert {"guest_set_trap/key_reported", "guest_set_trap/trap_set"} <= k.state.seen
    verdict = resumed(k, 0x8FF8, 8)
    assert [c.id for c in verdict.blamed] == ["guest_set_trap/key_reported"]


def test_state_is_what_was_written_until_the_guest_runs(k: Kernel) -> None:
    assert written(k, STATE).kind is CONFORMS
    assert read(k, STATE).kind is CONFORMS
    assert "vcpu_write_state/written" in k.state.seen
    answer(k, "guest_set_trap", **trap())
    resumed(k, 0x8000, 7)
    assert read(k, STATE[::-1]).kind is CONFORMS


def test_other_state_than_was_written_is_a_divergence(k: Kernel) -> None:
    written(k, STATE)
    verdict = read(k, bytes(len(STATE)))
    assert {c.id for c in verdict.blamed} >= {"vcpu_write_state/written"}


def test_failed_write_may_have_written(k: Kernel) -> None:
    written(k, STATE)
    written(k, STATE[::-1], "ZX_ERR_BAD_STATE")
    assert read(k, STATE[::-1]).kind is CONFORMS


def test_state_of_a_paused_vcpu_is_not_bad(k: Kernel) -> None:
    given = {"handle": VCPU, "kind": 0, "buffer_size": STATE_SIZES[1]}
    assert "ZX_ERR_BAD_STATE" in allowed(k, "vcpu_read_state", **given), "it never ran"
    answer(k, "guest_set_trap", **trap())
    resumed(k, 0x8000, 7)
    assert allowed(k, "vcpu_read_state", **given) == {"ZX_OK"}


@pytest.mark.parametrize(
    ("kind", "size", "names"),
    [
        (0, STATE_SIZES[0], {"ZX_OK"}),
        (0, 8, {"ZX_ERR_INVALID_ARGS"}),
        (1, 8, {"ZX_OK", "ZX_ERR_INVALID_ARGS"}),
        (1, 7, {"ZX_ERR_INVALID_ARGS"}),
        (2, STATE_SIZES[0], {"ZX_ERR_INVALID_ARGS"}),
    ],
)
def test_written_state_has_the_size_of_its_kind(
    k: Kernel, kind: int, size: int, names: set[str]
) -> None:
    given = {"handle": VCPU, "kind": kind, "buffer": bytes(size), "buffer_size": size}
    assert allowed(k, "vcpu_write_state", **given) - {"ZX_ERR_BAD_STATE"} == names


def test_entry_far_away_may_be_refused(k: Kernel) -> None:
    assert allowed(k, "vcpu_create", guest=GUEST, entry=0x1000) == {"ZX_OK"}
    far = allowed(k, "vcpu_create", guest=GUEST, entry=1 << 60)
    assert far == {"ZX_OK", "ZX_ERR_INVALID_ARGS"}


def test_interrupt_is_bound_to_the_vcpus_of_one_guest(k: Kernel) -> None:
    interrupt, guest, sibling, other = 0x51F, 0x52F, 0x53F, 0x54F
    answer(k, "interrupt_create", out={"out_handle": interrupt}, src_obj=ROOT, options=4)
    (hypervisor,) = k.resource_create(ROOT, int(ResourceKind.HYPERVISOR))
    out = {"guest_handle": guest, "vmar_handle": guest + 0x100}
    answer(k, "guest_create", out=out, resource=hypervisor)
    answer(k, "vcpu_create", out={"out": sibling}, guest=GUEST)
    answer(k, "vcpu_create", out={"out": other}, guest=guest)
    refused = {"ZX_ERR_ALREADY_BOUND", "ZX_ERR_INVALID_ARGS"}
    assert not refused & allowed(k, "interrupt_bind_vcpu", handle=interrupt, vcpu=VCPU)
    answer(k, "interrupt_bind_vcpu", handle=interrupt, vcpu=VCPU)
    assert not refused & allowed(k, "interrupt_bind_vcpu", handle=interrupt, vcpu=sibling)
    assert allowed(k, "interrupt_bind_vcpu", handle=interrupt, vcpu=other) == refused


def test_bell_packet_has_the_key_of_its_bell(k: Kernel) -> None:
    (port,) = k.port_create(0)
    answer(k, "guest_set_trap", **trap(kind=BELL, port_handle=port))
    answer(k, "guest_set_trap", **trap(0x9000, BELL, port_handle=port, key=8))

    def read(addr: int, key: int) -> Verdict:
        packet = PortPacket(key, LIMITS["ZX_PKT_TYPE_GUEST_BELL"], 0, struct.pack("<Q24x", addr))
        return answer(k, "port_wait", out={"packet": packet}, handle=port, deadline=0)

    assert read(0x9008, 8).kind is CONFORMS
    assert "guest_set_trap/key_reported" in k.state.seen
    assert [c.id for c in read(0x8000, 8).blamed] == ["guest_set_trap/key_reported"]


def test_vcpu_is_bound_to_the_thread_that_made_it(k: Kernel) -> None:
    k.state.thread = 2
    for name in ("vcpu_resume", "vcpu_read_state", "vcpu_write_state"):
        assert "ZX_ERR_BAD_STATE" in allowed(k, name, handle=VCPU)
        assert "ZX_OK" not in allowed(k, name, handle=VCPU)
    assert allowed(k, "vcpu_interrupt", handle=VCPU, vector=40) == {"ZX_OK"}
    verdict = answer(k, "vcpu_resume", "ZX_ERR_NOT_FOUND", handle=VCPU)
    assert "vcpu_resume/bad_state" in {c.id for c in verdict.blamed}
