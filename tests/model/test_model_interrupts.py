"""Interrupts: what each call leaves, and which sentence a kernel that departs is blamed for."""

from __future__ import annotations

from typing import Any

import pytest
from model_make import without
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
