"""Futexes: what each call refuses, by the futex's address and value."""

from __future__ import annotations

import pytest
from zxhil.abi.kinds import FutexPointer, Memory
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.kernel import Kernel

HERE = FutexPointer(Memory.WRITABLE, True, 0x10, 5)
THERE = FutexPointer(Memory.WRITABLE, True, 0x20, 5)
ODD = FutexPointer(Memory.WRITABLE, False, 0x11, 5)
NOWHERE = FutexPointer(Memory.INVALID, True, None, None)
UNKNOWN = FutexPointer(Memory.READABLE, True, None, None)
NULL = FutexPointer(Memory.NULL, True, None, None)
WAIT = {"value_ptr": HERE, "current_value": 5, "new_futex_owner": 0, "deadline": 0}
REQUEUE = {"value_ptr": HERE, "current_value": 5, "requeue_ptr": THERE, "new_requeue_owner": 0}


@pytest.fixture
def k() -> Kernel:
    return Kernel()


def held(k: Kernel, name: str, **given: object) -> set[str]:
    """Names of the clauses whose conditions hold, and those that may in brackets."""
    permits = k.allowed(k.make(name, **given))
    found = {clause.id.partition("/")[2] for clause in permits.holds}
    return found | {f"({clause.id.partition('/')[2]})" for clause in permits.may_hold}


@pytest.mark.parametrize(
    ("changed", "clauses"),
    [
        ({}, {"timed_out"}),
        ({"current_value": 6}, {"bad_state"}),
        ({"current_value": -5}, {"bad_state"}),
        ({"value_ptr": NULL}, {"invalid_args_value_ptr", "timed_out"}),
        ({"value_ptr": NOWHERE}, {"invalid_args_value_ptr", "timed_out"}),
        ({"value_ptr": ODD}, {"invalid_args_value_ptr_aligned", "(invalid_args_value_ptr)"}),
        ({"value_ptr": UNKNOWN}, {"(bad_state)", "(timed_out)"}),
        ({"new_futex_owner": 0x31}, {"bad_handle", "timed_out"}),
    ],
)
def test_wait_is_refused(k: Kernel, changed: dict[str, object], clauses: set[str]) -> None:
    assert held(k, "futex_wait", **{**WAIT, **changed}) == clauses


def test_owner_must_be_a_thread(k: Kernel) -> None:
    (event,) = k.event_create()
    assert "wrong_type" in held(k, "futex_wait", **{**WAIT, "new_futex_owner": event})


def test_wait_that_nobody_ends_times_out_no_earlier_than_its_deadline(k: Kernel) -> None:
    call = k.make("futex_wait", **{**WAIT, "deadline": 900})
    assert [c.id for c in k.observe(call, Outcome(0, {})).blamed] == ["futex_wait/timed_out"]
    k.state.began, k.state.ended = 100, 899
    verdict = k.observe(call, Outcome(int(Status.ZX_ERR_TIMED_OUT), {}))
    assert [c.id for c in verdict.blamed] == ["futex_wait/not_before_deadline"]
    k.state.ended = 900
    assert not k.observe(call, Outcome(int(Status.ZX_ERR_TIMED_OUT), {})).blamed


@pytest.mark.parametrize("name", ["futex_requeue", "futex_requeue_single_owner"])
@pytest.mark.parametrize(
    ("changed", "clauses"),
    [
        ({}, set()),
        ({"requeue_ptr": HERE}, {"invalid_args_same"}),
        ({"requeue_ptr": NOWHERE}, {"invalid_args_requeue_ptr"}),
        ({"value_ptr": NOWHERE, "requeue_ptr": NOWHERE}, {"(invalid_args_same)"}),
        ({"requeue_ptr": ODD}, {"invalid_args_requeue_ptr_aligned"}),
        ({"current_value": 4}, {"bad_state"}),
        ({"new_requeue_owner": 0x31}, {"bad_handle"}),
    ],
)
def test_requeue_is_refused(
    k: Kernel, name: str, changed: dict[str, object], clauses: set[str]
) -> None:
    found = held(k, name, **{**REQUEUE, **changed})
    assert clauses <= found
    if not clauses:
        assert not found


@pytest.mark.parametrize("name", ["futex_wake", "futex_wake_single_owner"])
def test_wake_needs_an_aligned_address_alone(k: Kernel, name: str) -> None:
    for pointer in (HERE, NULL, NOWHERE, UNKNOWN):
        assert held(k, name, value_ptr=pointer) == set()
    count = {"wake_count": 1} if name == "futex_wake" else {}
    assert held(k, name, value_ptr=ODD, **count) == {"invalid_args_value_ptr_aligned"}


def test_error_for_an_unallocated_address_is_blamed_on_what_allows_it(k: Kernel) -> None:
    call = k.make("futex_wake", value_ptr=NOWHERE, wake_count=1)
    verdict = k.observe(call, Outcome(int(Status.ZX_ERR_INVALID_ARGS), {}))
    assert "futex_wake/unallocated" in {c.id for c in verdict.blamed}


def test_futex_without_waiters_has_no_owner(k: Kernel) -> None:
    call = k.make("futex_get_owner", value_ptr=HERE)
    assert not k.observe(call, Outcome(0, {"koid": 0})).blamed
    verdict = k.observe(call, Outcome(0, {"koid": 1024}))
    assert [c.id for c in verdict.blamed] == ["futex_get_owner/owner_reported"]
