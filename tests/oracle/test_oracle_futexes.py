"""Futexes that threads wait for: who is woken, by which call, and which is blamed if nobody is."""

from __future__ import annotations

from typing import Any

import pytest
from overlapping import Script
from zxhil.abi.kinds import FutexPointer, Memory
from zxhil.abi.status import Status
from zxhil.oracle.results import CaseResult
from zxhil.oracle.worlds import World

FIRST = FutexPointer(Memory.WRITABLE, True, 0x10, 1)
SECOND = FutexPointer(Memory.WRITABLE, True, 0x20, 1)
FOREVER = (1 << 63) - 1
TIMED_OUT = Status.ZX_ERR_TIMED_OUT


def waits(script: Script, *threads: int, owner: int = 0) -> None:
    for thread in threads:
        script.c(
            thread,
            "futex_wait",
            value_ptr=FIRST,
            current_value=1,
            new_futex_owner=owner,
            deadline=FOREVER,
        )


def wakes(script: Script, count: int, at: FutexPointer = FIRST, **calls: Any) -> None:
    script.does(0, "futex_wake", value_ptr=at, wake_count=count, **calls)


def blamed(result: CaseResult) -> list[str]:
    return [clause for each in result.divergences for clause in each.blamed]


def test_woken_thread_returns() -> None:
    script = Script("futex_wake/woken", "futex_wait/sleeps")
    waits(script, 1)
    wakes(script, 1)
    script.r(1)
    result = script.result()
    assert not result.divergences
    assert {"futex_wake/woken", "futex_wait/sleeps"} <= set(result.reached)


@pytest.mark.parametrize(("count", "at"), [(0, FIRST), (1, SECOND)])
def test_return_without_a_wake_is_spurious(count: int, at: FutexPointer) -> None:
    script = Script("futex_wake/woken")
    waits(script, 1)
    wakes(script, count, at)
    script.r(1)
    assert blamed(script.result()) == ["futex_wait/not_spurious"]


def test_woken_thread_does_not_time_out() -> None:
    script = Script("futex_wake/woken")
    script.c(1, "futex_wait", value_ptr=FIRST, current_value=1, new_futex_owner=0, deadline=1)
    wakes(script, 1)
    waits(script, 2)
    wakes(script, 1)
    script.r(2)
    script.r(1, TIMED_OUT)
    assert not script.result().divergences, "either may have been woken by either call"


@pytest.mark.parametrize(("count", "back", "right"), [(2, 2, True), (1, 2, False), (3, 3, True)])
def test_no_more_threads_return_than_were_woken(count: int, back: int, right: bool) -> None:
    script = Script("futex_wake/woken", threads=4)
    waits(script, 1, 2, 3)
    wakes(script, count)
    for thread in range(1, back + 1):
        script.r(thread)
    assert (not script.result().divergences) is right


def test_second_wake_wakes_nobody_who_comes_later() -> None:
    script = Script("futex_wake/woken")
    waits(script, 1)
    wakes(script, 1)
    script.r(1)
    wakes(script, 1)
    waits(script, 2)
    wakes(script, 0)
    script.r(2)
    assert blamed(script.result()) == ["futex_wait/not_spurious"]


@pytest.mark.parametrize(("woken", "moved", "back"), [(1, 1, 2), (0, 2, 2), (1, 0, 1)])
@pytest.mark.parametrize("more", [False, True])
def test_moved_threads_are_woken_at_the_other_futex(
    woken: int, moved: int, back: int, more: bool
) -> None:
    script = Script("futex_wake/woken", threads=4)
    waits(script, 1, 2, 3)
    script.does(
        0,
        "futex_requeue",
        value_ptr=FIRST,
        wake_count=woken,
        current_value=1,
        requeue_ptr=SECOND,
        requeue_count=moved,
        new_requeue_owner=0,
    )
    wakes(script, 9, SECOND)
    for thread in range(1, back + 1 + more):
        script.r(thread)
    assert bool(script.result().divergences) is more


@pytest.mark.parametrize(("koid", "right"), [(902, True), (0, True), (7, False)])
def test_owner_is_the_thread_that_the_waiter_named(koid: int, right: bool) -> None:
    from zxhil.oracle.simulate import THREAD

    script = Script("futex_get_owner/owner_reported")
    waits(script, 1, owner=THREAD)
    script.does(0, "futex_get_owner", outs={"koid": koid}, value_ptr=FIRST)
    wakes(script, 1)
    script.r(1)
    assert (not script.result().divergences) is right, "the wait may begin after the question"


def test_thread_that_exits_wakes_and_closes() -> None:
    page = "futex_wake_handle_close_thread_exit"
    script = Script(f"{page}/woken", f"{page}/closed")
    event = script.event()
    waits(script, 0)
    script.stays(1)
    script.c(1, page, value_ptr=FIRST, wake_count=1, new_value=2, close_handle=event)
    script.r(0)
    script.does(0, "handle_close", Status.ZX_ERR_BAD_HANDLE, handle=event)
    result = script.result()
    assert not result.divergences
    assert {f"{page}/woken", f"{page}/closed"} <= set(result.reached)


def test_orders_that_lead_to_one_world_are_followed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    copies: list[World] = []
    copied = World.copied
    monkeypatch.setattr(World, "copied", lambda world: copies.append(world) or copied(world))
    script = Script("futex_wake/woken", threads=4)
    waits(script, 1, 2, 3)
    script.c(0, "futex_wake", value_ptr=FIRST, wake_count=3)
    for thread in (1, 2, 3, 0):
        script.r(thread)
    assert not script.result().divergences
    # Three that wait begin in six orders; which was first makes no difference.
    assert 0 < len(copies) < 100
