"""Windows of overlapping calls: when they open and close, and what is left of them."""

from __future__ import annotations

import pytest
from overlapping import Script, blamed, blocks, start_process
from zxhil.abi.status import Status
from zxhil.oracle import case, worlds
from zxhil.oracle.results import CaseEndKind

BAD_HANDLE = Status.ZX_ERR_BAD_HANDLE


# ---- when windows open and close


def test_calls_under_way_at_a_crash_are_named() -> None:
    k = Script()
    handle = k.event()
    for thread in (1, 2):
        k.c(thread, "object_wait_one", handle=handle, signals=thread, deadline=5)
    detail = k.result(ends=False).detail
    assert detail.startswith("did not finish; last calls: zx_object_wait_one(")
    first, second = detail.split("; ")[1:]
    assert second.startswith("zx_object_wait_one(")
    assert first.partition("signals=")[2] != second.partition("signals=")[2]


def test_one_call_under_way_at_a_crash_is_named() -> None:
    k = Script()
    k.c(1, "nanosleep", deadline=5)
    assert k.result(ends=False).detail == "did not finish; last call: zx_nanosleep(deadline=5)"


def test_calls_are_judged_as_soon_as_none_is_under_way() -> None:
    k = Script()
    handle = k.event()
    blocks(k, 1)
    k.does(0, "object_signal", handle=handle, clear_mask=0, set_mask=8)
    running = k.running()
    assert len(running.calls) == 1
    k.r(1)
    running = k.running()
    assert len(running.calls) == 3
    assert running.number_made == 3


def test_call_that_ends_its_thread_keeps_no_window_open() -> None:
    k = Script("thread_exit/no_return")
    k.stays(1)
    k.c(1, "thread_exit")
    k.does(0, "nanosleep", deadline=1)
    assert len(k.running().calls) == 2
    result = k.result()
    assert [each.verdict.value for each in result.calls] == ["conforms", "conforms"]
    assert "thread_exit/no_return" in result.returned


def test_case_of_too_many_calls_is_damaged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case, "MAX_CALLS", 5)
    for threads, calls, end in ((1, 5, "PASSED"), (1, 6, "LOST"), (3, 5, "PASSED"), (3, 6, "LOST")):
        k = Script(threads=threads)
        for _ in range(calls):
            k.does(threads - 1, "nanosleep", deadline=1)
        result = k.result()
        assert result.end is CaseEndKind[end], (threads, calls)
        if end == "LOST":
            assert result.detail == "the case made more than 5 calls"


def test_overlapping_calls_of_a_case_of_too_many_are_damaged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(case, "MAX_CALLS", 4)
    for calls, end in ((3, CaseEndKind.PASSED), (4, CaseEndKind.LOST)):
        k = Script()
        blocks(k, 1)
        for _ in range(calls):
            k.does(2, "nanosleep", deadline=1)
        k.r(1)
        assert k.result().end is end


# ---- time


@pytest.mark.parametrize(("returned", "end"), [(999, "FAILED"), (1000, "PASSED")])
def test_call_that_overlaps_others_returns_not_before_its_deadline(returned: int, end: str) -> None:
    k = Script()
    handle = k.event()
    k.c(2, "nanosleep", time=50, deadline=5)
    k.c(1, "object_wait_one", time=100, handle=handle, signals=8, deadline=1000)
    k.r(1, Status.ZX_ERR_TIMED_OUT, time=returned, observed=0)
    k.r(2, time=2000)
    result = k.result()
    assert result.end is CaseEndKind[end]
    assert blamed(result) == ["object_wait_one/not_before_deadline"] * (end == "FAILED")


# ---- what does not return


def test_thread_that_never_goes_on_and_does_diverges_beside_other_calls() -> None:
    k = Script("thread_exit/no_return")
    blocks(k, 2)
    k.stays(1)
    k.c(1, "thread_exit")
    k.r(1)
    k.r(2)
    assert blamed(k.result()) == ["thread_exit/no_return"]


def test_notice_of_no_return_is_for_one_call() -> None:
    k = Script()
    k.stays(1)
    k.does(1, "handle_close", BAD_HANDLE, handle=k.event() + 0x100)
    k.does(1, "handle_close", handle=k.event())
    result = k.result()
    assert (result.end, blamed(result)) == (CaseEndKind.PASSED, [])


def test_later_call_than_the_one_of_the_notice_may_not_end_the_program() -> None:
    k = Script(threads=1)
    k.stays(0)
    k.does(0, "handle_close", BAD_HANDLE, handle=k.event() + 0x100)
    k.c(0, "process_exit", retcode=0)
    assert k.result(ends=False).end is CaseEndKind.CRASHED


def test_of_two_threads_that_end_the_one_that_goes_on_diverges() -> None:
    k = Script()
    for thread in (1, 2):
        k.stays(thread)
        k.c(thread, "thread_exit")
    k.r(2)
    result = k.result()
    assert blamed(result) == ["thread_exit/no_return"]
    assert result.divergences[0].call == 1
    assert "thread_exit/no_return" in result.reached


@pytest.mark.parametrize(
    ("threads", "name", "end"),
    [
        (1, "thread_exit", CaseEndKind.PASSED),
        (1, "process_exit", CaseEndKind.PASSED),
        (2, "process_exit", CaseEndKind.PASSED),
        (2, "thread_exit", CaseEndKind.CRASHED),
    ],
)
def test_program_ends_in_the_last_exit_only(threads: int, name: str, end: CaseEndKind) -> None:
    k = Script(f"{name}/no_return", threads=threads)
    k.stays(0)
    k.c(0, name, **({"retcode": 0} if name == "process_exit" else {}))
    assert k.result(ends=False).end is end


@pytest.mark.parametrize("name", ["thread_exit", "process_exit"])
def test_exit_of_another_process_does_not_end_the_program(name: str) -> None:
    k = Script(f"{name}/no_return")
    start_process(k, k.channel()[1])
    k.stays(5)
    k.c(5, name, **({"retcode": 0} if name == "process_exit" else {}))
    assert k.result(ends=False).end is CaseEndKind.CRASHED
    assert k.result().end is CaseEndKind.PASSED


# ---- what is left of a window


@pytest.mark.parametrize(("first", "reached"), [(False, False), (True, True)])
def test_what_only_some_orders_reach_is_not_reached(first: bool, reached: bool) -> None:
    """A write beside the close of its peer fails for the handle: was the peer closed as well?"""
    k = Script("channel_write/peer_closed")
    a, b = k.channel()
    k.c(1, "handle_close", handle=b)
    if first:
        k.r(1)
        blocks(k, 1)
    k.does(2, "channel_write", BAD_HANDLE, handle=a, bytes=b"x", handles=[0x77])
    k.r(1)
    result = k.result()
    assert blamed(result) == []
    assert ("channel_write/peer_closed" in result.reached) is reached


def test_calls_before_and_after_a_window_that_diverge_are_all_reported() -> None:
    k = Script()
    k.does(0, "handle_close", BAD_HANDLE, handle=k.event())
    blocks(k, 1)
    k.does(2, "handle_close", BAD_HANDLE, handle=k.event())
    k.r(1)
    k.does(0, "handle_close", BAD_HANDLE, handle=k.event())
    result = k.result()
    assert blamed(result) == ["handle_close/bad_handle"] * 3
    assert [each.call for each in result.divergences] == [1, 4, 6]


def test_case_that_is_not_judged_says_so_from_the_window_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worlds, "MOST_STEPS", 0)
    monkeypatch.setattr(worlds, "STEPS_PER_CALL", 0)
    k = Script()
    handle = k.event()
    for thread in (1, 2):
        k.c(thread, "object_signal", handle=handle, clear_mask=0, set_mask=thread << 24)
    for thread in (1, 2):
        k.r(thread)
    k.does(0, "handle_close", BAD_HANDLE, handle=handle)
    blocks(k, 1)
    k.does(2, "handle_close", BAD_HANDLE, handle=handle)
    k.r(1)
    result = k.result()
    assert result.end is CaseEndKind.VACUOUS
    assert result.detail.startswith(
        "not judged: from call 1 on, calls overlap in more ways than 128"
    )
    assert [each.verdict.value for each in result.calls] == ["conforms"] + ["not judged"] * 5
    assert result.divergences == ()


def test_steps_of_a_long_window_grow_with_its_calls() -> None:
    k = Script()
    handle = k.event()
    k.c(1, "object_wait_one", handle=handle, signals=8, deadline=1 << 60)
    for _ in range(worlds.MOST_STEPS // 2):
        k.does(0, "object_signal", handle=handle, clear_mask=0, set_mask=1 << 24)
    k.does(0, "object_signal", handle=handle, clear_mask=0, set_mask=8)
    k.r(1, observed=8 | 1 << 24)
    assert k.result().end is CaseEndKind.PASSED


def test_process_of_each_call_is_shown_where_nothing_was_judged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    k = Script()
    _, b = k.channel()
    start_process(k, b)
    monkeypatch.setattr(worlds, "MOST_STEPS", 0)
    monkeypatch.setattr(worlds, "STEPS_PER_CALL", 0)
    k.c(5, "handle_close", handle=0x77)
    k.does(0, "nanosleep", deadline=1)
    k.r(5)
    assert [each.process for each in k.result().calls][-2:] == [1, 0]
