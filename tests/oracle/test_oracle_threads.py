"""Calls of several threads that overlap: any order of their effects that explains them is right."""

from __future__ import annotations

import itertools

import pytest
from growth import LINEAR, growth
from overlapping import Script, blamed, read, signals, waits
from zxhil.abi.objects import Signal
from zxhil.abi.status import Status
from zxhil.oracle.results import CaseEndKind, CaseResult, from_json, to_json


def two_writers(*texts: bytes | None) -> Script:
    """Two threads write a message each, at the same time; then the main thread reads."""
    k = Script()
    a, b = k.channel()
    k.c(1, "channel_write", handle=a, bytes=b"one")
    k.c(2, "channel_write", handle=a, bytes=b"two")
    k.r(1)
    k.r(2)
    for text in texts:
        read(k, 0, b, text)
    return k


@pytest.mark.parametrize("texts", [(b"one", b"two"), (b"two", b"one")])
def test_messages_of_two_writers_come_in_any_order(texts):
    result = two_writers(*texts, None).result()
    assert (result.end, blamed(result)) == (CaseEndKind.PASSED, [])
    assert "channel_write/delivered" in result.reached


@pytest.mark.parametrize(
    "texts", [(b"one", None), (b"two", None), (b"one", b"one"), (b"one", b"two", b"two"), (None,)]
)
def test_message_of_two_writers_is_lost_or_doubled(texts):
    result = two_writers(*texts).result()
    assert result.end is CaseEndKind.FAILED
    assert result.divergences[0].call == len(texts) + 2


def test_messages_of_one_writer_keep_their_order():
    k = Script()
    a, b = k.channel()
    k.c(1, "channel_write", handle=a, bytes=b"one")
    k.does(2, "channel_write", handle=a, bytes=b"two")
    k.does(2, "channel_write", handle=a, bytes=b"three")
    k.r(1)
    for text in (b"three", b"one", b"two"):
        read(k, 0, b, text)
    result = k.result()
    assert result.end is CaseEndKind.FAILED
    assert result.divergences[0].call == 4


def test_reader_that_overlaps_a_writer_may_be_first_or_second():
    for text in (None, b"one"):
        k = Script()
        a, b = k.channel()
        k.c(1, "channel_write", handle=a, bytes=b"one")
        read(k, 0, b, text)
        k.r(1)
        read(k, 0, b, None if text else b"one")
        assert k.result().end is CaseEndKind.PASSED


def test_call_that_returned_before_another_was_made_is_first():
    k = Script()
    a, b = k.channel()
    k.c(2, "nanosleep", deadline=1)
    k.does(1, "channel_write", handle=a, bytes=b"one")
    read(k, 0, b, None)
    k.r(2)
    assert k.result().end is CaseEndKind.FAILED


def test_wait_ends_by_the_signal_of_another_thread():
    k = Script()
    handle = k.event()
    waits(k, handle)
    signals(k, handle, set_mask=int(Signal.EVENT_SIGNALED))
    k.r(1, observed=int(Signal.EVENT_SIGNALED))
    assert k.result().end is CaseEndKind.PASSED


def test_wait_that_nothing_ends_diverges():
    k = Script()
    handle = k.event()
    waits(k, handle)
    signals(k, handle, set_mask=1 << 24)
    k.r(1, observed=int(Signal.EVENT_SIGNALED))
    result = k.result()
    assert result.end is CaseEndKind.FAILED
    assert result.divergences[0].call == 1
    assert "overlapped call 2" in result.divergences[0].text


def test_wait_sees_a_signal_that_came_and_went():
    """The page: all signals that were observed while waiting, which may be others by now."""
    k = Script()
    handle = k.event()
    waits(k, handle)
    signals(k, handle, set_mask=int(Signal.EVENT_SIGNALED))
    signals(k, handle, clear_mask=int(Signal.EVENT_SIGNALED))
    signals(k, handle, set_mask=1 << 24)
    k.r(1, observed=int(Signal.EVENT_SIGNALED) | 1 << 24)
    assert k.result().end is CaseEndKind.PASSED


def test_wait_does_not_see_a_signal_that_never_came():
    k = Script()
    handle = k.event()
    waits(k, handle)
    signals(k, handle, set_mask=int(Signal.EVENT_SIGNALED))
    k.r(1, observed=int(Signal.EVENT_SIGNALED) | 1 << 25)
    assert blamed(k.result()) == ["object_wait_one/observed"]


CLOSED = int(Signal.HANDLE_CLOSED)


def closed_during_wait(status: int, **outs: int) -> CaseResult:
    k = Script("object_wait_one/canceled")
    handle = k.event()
    waits(k, handle)
    k.does(0, "handle_close", handle=handle)
    k.r(1, status, **outs)
    return k.result()


def test_handle_closed_during_the_wait_cancels_it():
    result = closed_during_wait(Status.ZX_ERR_CANCELED, observed=CLOSED)
    assert (result.end, result.detail) == (CaseEndKind.PASSED, "")
    assert "object_wait_one/canceled" in result.returned
    assert "object_wait_one/closed_observed" in result.reached


def test_handle_closed_before_the_wait_began_is_none():
    assert closed_during_wait(Status.ZX_ERR_BAD_HANDLE).divergences == ()


def test_canceled_wait_says_that_the_handle_was_closed():
    result = closed_during_wait(Status.ZX_ERR_CANCELED, observed=0)
    assert blamed(result) == ["object_wait_one/closed_observed"]


def test_canceled_wait_of_an_open_handle_diverges():
    k = Script()
    handle = k.event()
    waits(k, handle)
    k.does(0, "handle_close", handle=k.event())
    k.r(1, Status.ZX_ERR_CANCELED, observed=CLOSED)
    assert k.result().end is CaseEndKind.FAILED


def test_handle_closed_long_before_the_wait_does_not_cancel_it():
    k = Script()
    handle = k.event()
    k.does(0, "handle_close", handle=handle)
    waits(k, handle)
    k.does(0, "event_create", outs={"out": k.new()})
    k.r(1, Status.ZX_ERR_CANCELED, observed=CLOSED)
    assert k.result().end is CaseEndKind.FAILED


# ---- time


def timed_out(returned: int) -> CaseResult:
    k = Script()
    handle = k.event()
    k.c(0, "object_wait_one", time=100, handle=handle, signals=8, deadline=1000)
    k.r(0, Status.ZX_ERR_TIMED_OUT, time=returned, observed=0)
    return k.result()


@pytest.mark.parametrize("time", [0, 1000, 5000])
def test_wait_may_time_out_from_its_deadline_on(time):
    result = timed_out(time)
    assert result.end is CaseEndKind.PASSED
    assert ("object_wait_one/not_before_deadline" in result.reached) is bool(time)


def test_wait_that_times_out_early_diverges():
    assert blamed(timed_out(999)) == ["object_wait_one/not_before_deadline"]


# ---- bounds


def writers(number: int, *, read_one: bool = False) -> Script:
    k = Script("channel_write/delivered", threads=number + 1)
    a, b = k.channel()
    for thread in range(1, number + 1):
        k.c(thread, "channel_write", handle=a, bytes=bytes([thread]))
    for thread in range(1, number + 1):
        k.r(thread)
    if read_one:
        read(k, 0, b, bytes([number]))
    return k


def test_window_within_the_bound_is_judged():
    assert writers(4, read_one=True).result().end is CaseEndKind.PASSED


def test_window_beyond_the_bound_is_not_judged_and_does_not_pass():
    result = writers(12, read_one=True).result()
    assert result.end is CaseEndKind.VACUOUS
    assert "overlap in more ways" in result.detail
    assert result.reached == ()
    assert {call.verdict.value for call in result.calls[1:]} == {"not judged"}
    assert len(result.calls) == 14


def test_many_waits_that_time_out_are_judged():
    """Calls that only observe have no order among themselves."""
    k = Script(threads=12)
    handle = k.event()
    for thread in range(1, 12):
        k.c(thread, "object_wait_one", handle=handle, signals=8, deadline=5)
    signals(k, handle, set_mask=1 << 24)
    for thread in range(1, 12):
        k.r(thread, Status.ZX_ERR_TIMED_OUT, observed=1 << 24 if thread % 2 else 0)
    assert k.result().end is CaseEndKind.PASSED


def blocked(calls: int) -> Script:
    """A thread waits while another one signals the same event, and writes, again and again."""
    k = Script()
    handle = k.event()
    a, b = k.channel()
    waits(k, handle)
    for _ in range(calls):
        signals(k, handle, set_mask=1 << 24)
        k.does(0, "channel_write", handle=a, bytes=b"x")
        read(k, 0, b, b"x")
    signals(k, handle, set_mask=int(Signal.EVENT_SIGNALED))
    k.r(1, observed=int(Signal.EVENT_SIGNALED) | 1 << 24)
    return k


def test_calls_beside_a_blocked_one_are_judged():
    k = blocked(20)
    assert k.result().end is CaseEndKind.PASSED


def test_one_blocked_thread_costs_as_much_as_the_calls_beside_it():
    assert growth(lambda k: k.result(), blocked, 60) < LINEAR


# ---- the end


def test_call_under_way_at_the_end_may_have_had_its_effect():
    for text in (None, b"one"):
        k = Script()
        a, b = k.channel()
        k.c(1, "channel_write", handle=a, bytes=b"one")
        read(k, 0, b, text)
        result = k.result()
        assert (result.end, blamed(result)) == (CaseEndKind.PASSED, [])
        assert result.calls[1].status == "did not return"


def test_call_under_way_at_the_end_explains_its_own_effect_only():
    k = Script()
    a, b = k.channel()
    k.c(1, "channel_write", handle=a, bytes=b"one")
    read(k, 0, b, b"two")
    assert k.result().end is CaseEndKind.FAILED


# ---- what is shown


def test_calls_have_their_thread_and_how_long_they_took():
    k = two_writers(b"two", b"one")
    result = k.result()
    assert [call.thread for call in result.calls] == [0, 1, 2, 0, 0]
    assert [call.until for call in result.calls] == [-1, 2, -1, -1, -1]
    assert from_json(to_json(result)).calls[1:3] == tuple(result.calls[1:3])


def test_every_order_of_three_writers_is_allowed():
    for order in itertools.permutations((1, 2, 3)):
        k = writers(3)
        for thread in order:
            read(k, 0, 0x1002, bytes([thread]))
        assert k.result().end is CaseEndKind.PASSED


# ---- calls that share no handle


@pytest.mark.parametrize("first", ["wait", "wake"])
def test_futex_wait_may_be_woken_by_another_thread(first):
    k = Script()
    k.c(1, "futex_wait", value_ptr=None, current_value=0, new_futex_owner=0, deadline=1 << 60)
    k.c(0, "futex_wake", value_ptr=None, wake_count=1)
    for thread in (1, 0) if first == "wait" else (0, 1):
        k.r(thread)
    text = " ".join(d.text for d in k.result().divergences)
    assert "ZX_ERR_TIMED_OUT" not in text


def test_signal_and_wait_on_its_port_are_ordered():
    """A packet comes by the signal of another thread: the object leads to the port."""
    k = Script()
    port, handle = k.new(), k.event()
    k.does(0, "port_create", outs={"out": port})
    given = {"handle": handle, "port": port, "key": 7, "signals": 8, "options": 0}
    k.does(0, "object_wait_async", **given)
    k.c(1, "port_wait", handle=port, deadline=1 << 60)
    signals(k, handle, set_mask=8)
    k.r(1)
    k.does(0, "port_wait", Status.ZX_ERR_TIMED_OUT, handle=port, deadline=0)
    assert blamed(k.result()) == []


# ---- what keeps the search small, and what it may not leave out


def test_orders_that_lead_to_the_same_state_are_one():
    k = Script()
    handle = k.event()
    for _ in range(12):
        for thread in (1, 2):
            k.c(thread, "object_signal", handle=handle, clear_mask=0, set_mask=thread << 24)
        for thread in (1, 2):
            k.r(thread)
        signals(k, handle, clear_mask=3 << 24)
    result = k.result()
    assert (result.end, result.detail) == (CaseEndKind.PASSED, "")


def test_handle_of_unknown_value_may_be_any_that_was_closed():
    """Both outputs of a call lie in one place: the value of the other handle is not known."""
    k = Script()
    closed = k.event()
    k.does(0, "handle_close", handle=closed)
    both = k.new()
    k.c(1, "channel_create")
    k.c(2, "handle_close", handle=closed)
    k.r(2)
    k.r(1, out0=both, out1=both)
    assert blamed(k.result()) == []


def test_packet_may_come_before_the_call_returned_that_caused_it():
    k = Script()
    port, handle = k.new(), k.event()
    k.does(0, "port_create", outs={"out": port})
    given = {"handle": handle, "port": port, "key": 7, "signals": 8, "options": 0}
    k.does(0, "object_wait_async", **given)
    k.c(1, "object_signal", handle=handle, clear_mask=0, set_mask=8)
    k.does(0, "port_wait", handle=port, deadline=0)
    k.r(1)
    assert blamed(k.result()) == []
