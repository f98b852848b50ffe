"""Orders of overlapping calls: which are tried, and so what may explain an answer."""

from __future__ import annotations

from typing import Any

import pytest
from overlapping import Script, blamed, blocks, pair, reads_text, start_process
from zxhil.abi.kinds import FutexPointer, Memory, PortPacket
from zxhil.abi.objects import Signal
from zxhil.abi.sample import sample
from zxhil.abi.status import Status
from zxhil.oracle.results import CaseEndKind

BAD_HANDLE = Status.ZX_ERR_BAD_HANDLE
CLOSED = Status.ZX_ERR_PEER_CLOSED
SIGNALED = int(Signal.EVENT_SIGNALED)


# ---- what overlaps a call


@pytest.mark.parametrize(
    ("events", "end"),
    [("w", "FAILED"), ("bwB", "PASSED"), ("wbB", "PASSED"), ("bBw", "FAILED"), ("wbBw", "FAILED")],
)
def test_memory_may_change_only_beside_other_calls(events: str, end: str) -> None:
    """A futex is said to have had the value asked for, and the recorder saw another one.

    `w` is that wait, which returns at the end or before the next; `b` and `B` are a call of
    another thread and its return.
    """
    k = Script()
    waits = False
    for event in events:
        if event == "b":
            blocks(k, 2)
        elif event == "B":
            k.r(2)
        else:
            if waits:
                k.r(1, Status.ZX_ERR_TIMED_OUT)
            changed = FutexPointer(Memory.WRITABLE, True, 0x10, 7)
            wait = {"value_ptr": changed, "current_value": 1, "new_futex_owner": 0, "deadline": 1}
            k.c(1, "futex_wait", **wait)
            waits = True
    k.r(1, Status.ZX_ERR_TIMED_OUT)
    assert k.result().end is CaseEndKind[end]


def test_call_after_a_window_begins_anew() -> None:
    k = Script()
    futex = FutexPointer(Memory.WRITABLE, True, 0x10, 1)
    wait = {"value_ptr": futex, "current_value": 1, "new_futex_owner": 0, "deadline": 1}
    blocks(k, 2)
    for _ in range(2):
        k.c(1, "futex_wait", **wait)
        k.r(1, Status.ZX_ERR_TIMED_OUT)
    k.r(2)
    k.does(1, "futex_wait", Status.ZX_ERR_TIMED_OUT, **wait)
    assert blamed(k.result()) == []
    k = Script()
    k.c(1, "futex_wait", **wait)
    blocks(k, 2)
    k.r(2)
    k.r(1, Status.ZX_ERR_TIMED_OUT)
    k.does(1, "futex_wait", Status.ZX_ERR_TIMED_OUT, **wait)
    assert blamed(k.result()) == []


def test_call_that_fails_later_explains_nothing_before() -> None:
    k = Script()
    a, b = k.channel()
    k.c(1, "channel_write", handle=a, bytes=b"one")
    reads_text(k, 0, b, b"one")
    k.r(1, Status.ZX_ERR_NO_MEMORY)
    assert k.result().end is CaseEndKind.FAILED


def test_call_that_never_returns_may_have_failed_with_an_effect() -> None:
    """The write discarded the handle, which closed the other end of the pair."""
    k = Script()
    a, _ = k.channel()
    sent, kept = pair(k)
    k.c(1, "channel_write", handle=a, bytes=b"x", handles=[sent])
    closed = int(Signal.EVENTPAIR_PEER_CLOSED)
    k.does(0, "object_wait_one", outs={"observed": closed}, handle=kept, signals=closed, deadline=0)
    assert blamed(k.result()) == []


def test_calls_that_are_related_through_a_third_have_an_order() -> None:
    """The last call that returns was the first: it closed a handle that the second wanted to send.

    So the second failed and discarded the other handle, which the third saw.
    """
    k = Script()
    a, _ = k.channel()
    sent, kept = pair(k)
    other = k.event()
    closed = int(Signal.EVENTPAIR_PEER_CLOSED)
    k.c(1, "handle_close", handle=other)
    k.c(2, "channel_write", handle=a, bytes=b"x", handles=[sent, other])
    k.does(0, "object_wait_one", outs={"observed": closed}, handle=kept, signals=closed, deadline=0)
    k.r(2, BAD_HANDLE)
    k.r(1)
    assert blamed(k.result()) == []


def test_message_with_a_handle_may_be_read_before_its_write_returned() -> None:
    """A write touches its channel, and not only the handles that it sends."""
    k = Script()
    a, b = k.channel()
    k.c(1, "channel_write", handle=a, bytes=b"x", handles=[k.event()])
    outs = {"bytes": sample(b"x"), "handles": (k.new(),), "actual_bytes": 1, "actual_handles": 1}
    k.does(0, "channel_read", outs=outs, handle=b, num_bytes=8, num_handles=1)
    k.r(1)
    assert blamed(k.result()) == []


def test_thread_may_be_closed_before_it_is_named_as_the_owner_of_a_futex() -> None:
    """A call on a futex touches the handle that it is given, too."""
    k = Script()
    handle = k.event()
    k.c(1, "handle_close", handle=handle)
    futex = FutexPointer(Memory.WRITABLE, True, 0x10, 1)
    given = {"value_ptr": futex, "current_value": 1, "new_futex_owner": handle, "deadline": 1}
    k.does(2, "futex_wait", BAD_HANDLE, **given)
    k.r(1)
    assert "BAD_HANDLE" not in " ".join(each.text for each in k.result().divergences)


def test_handle_that_is_made_may_be_used_before_its_call_returned() -> None:
    """Another thread guesses the value."""
    k = Script()
    made = k.new()
    k.c(1, "event_create")
    k.does(0, "object_signal", handle=made, clear_mask=0, set_mask=8)
    k.r(1, out=made)
    assert blamed(k.result()) == []


@pytest.mark.parametrize(("first", "expected"), [(1, "0x6f"), (2, "0x74")])
def test_order_of_the_returns_is_the_first_that_is_reported(first: int, expected: str) -> None:
    k = Script()
    a, b = k.channel()
    k.c(1, "channel_write", handle=a, bytes=b"one")
    k.c(2, "channel_write", handle=a, bytes=b"two")
    k.r(first)
    k.r(3 - first)
    reads_text(k, 0, b, b"six")
    (divergence,) = k.result().divergences
    assert f"expected byte 0 of 3 to be {expected}" in divergence.text


# ---- processes


def test_other_process_keeps_its_handle_until_it_ends() -> None:
    k = Script()
    a, b = k.channel()
    start_process(k, b)
    k.does(0, "channel_write", CLOSED, handle=a, bytes=b"x")
    assert k.result().end is CaseEndKind.FAILED


@pytest.mark.parametrize("name", ["thread_exit", "process_exit"])
def test_handle_of_a_process_is_closed_some_time_after_it_ended(name: str) -> None:
    k = Script()
    a, b = k.channel()
    start_process(k, b)
    k.c(5, name, **({"retcode": 0} if name == "process_exit" else {}))
    k.does(0, "channel_write", handle=a, bytes=b"x")
    k.does(0, "channel_write", handle=a, bytes=b"x")
    k.does(0, "channel_write", CLOSED, handle=a, bytes=b"x")
    assert blamed(k.result()) == []
    k.does(0, "channel_write", handle=a, bytes=b"x")
    assert k.result().end is CaseEndKind.FAILED


def test_process_does_not_end_before_the_call_that_ends_it() -> None:
    """All of it is one window, since another thread is in a call."""
    k = Script()
    a, b = k.channel()
    start_process(k, b)
    blocks(k, 1)
    k.does(0, "channel_write", CLOSED, handle=a, bytes=b"x")
    k.c(5, "process_exit", retcode=0)
    k.r(1)
    assert k.result().end is CaseEndKind.FAILED


@pytest.mark.parametrize(
    ("threads", "end"), [((5,), "FAILED"), ((6,), "FAILED"), ((5, 6), "PASSED")]
)
def test_process_ends_with_its_last_thread_only(threads: tuple[int, ...], end: str) -> None:
    k = Script()
    a, b = k.channel()
    start_process(k, b)
    k.starts(6, process=1)
    for thread in threads:
        k.c(thread, "thread_exit")
    k.does(0, "channel_write", CLOSED, handle=a, bytes=b"x")
    assert k.result().end is CaseEndKind[end]


@pytest.mark.parametrize(("text", "end"), [(b"hi", "PASSED"), (b"ho", "FAILED")])
def test_process_that_runs_has_been_started(text: bytes, end: str) -> None:
    """The handle moved with the start, which has not returned yet."""
    k = Script()
    a, b = k.channel()
    start_process(k, b, overlapped=True)
    k.does(5, "channel_write", handle=0x77, bytes=b"hi")
    k.r(0)
    reads_text(k, 0, a, text)
    result = k.result()
    assert result.end is CaseEndKind[end]
    assert "not judged" not in [call.verdict.value for call in result.calls]


@pytest.mark.parametrize(("text", "end"), [(b"hi", "PASSED"), (b"ho", "FAILED")])
def test_process_that_runs_has_been_started_by_a_call_that_never_returns(
    text: bytes, end: str
) -> None:
    k = Script()
    a, b = k.channel()
    start_process(k, b, overlapped=True, by=1)
    k.does(5, "channel_write", handle=0x77, bytes=b"hi")
    reads_text(k, 0, a, text)
    k.does(0, "handle_close", BAD_HANDLE, handle=b)
    assert k.result().end is CaseEndKind[end]


def test_call_of_another_process_explains_what_this_one_sees() -> None:
    """What a call touches is found in the handle table of its own process."""
    k = Script()
    a, b = k.channel()
    start_process(k, b)
    k.c(5, "channel_write", handle=0x77, bytes=b"hi")
    reads_text(k, 0, a, b"hi")
    k.r(5)
    assert blamed(k.result()) == []


# ---- packets


@pytest.mark.parametrize("registered", [True, False])
def test_packet_comes_to_a_port_by_a_signal_on_an_object_that_leads_there(registered: bool) -> None:
    """The object and the port share nothing but the wait that the port registered."""
    k = Script()
    port, handle = k.new(), k.event()
    k.does(0, "port_create", outs={"out": port})
    if registered:
        wait: dict[str, Any] = {"handle": handle, "port": port, "key": 7, "signals": 8}
        k.does(0, "object_wait_async", **wait, options=0)
    k.c(1, "object_signal", handle=handle, clear_mask=0, set_mask=8)
    k.does(0, "port_wait", handle=port, deadline=0)
    k.r(1)
    k.does(0, "port_wait", Status.ZX_ERR_TIMED_OUT, handle=port, deadline=0)
    assert (blamed(k.result()) == []) is registered


def signal_packet(key: int, mask: int) -> PortPacket:
    """What zx_object_wait_async with ZX_WAIT_ASYNC_ONCE queues."""
    content = b"".join(each.to_bytes(4, "little") for each in (mask, mask, 1))
    return PortPacket(key, 1, 0, content.ljust(32, b"\0"))


@pytest.mark.parametrize(
    ("keys", "end"), [((1, 2), "PASSED"), ((2, 1), "PASSED"), ((1, 1), "FAILED")]
)
def test_signals_on_two_objects_are_ordered_by_the_port_that_both_lead_to(
    keys: tuple[int, int], end: str
) -> None:
    k = Script()
    port = k.new()
    k.does(0, "port_create", outs={"out": port})
    events = k.event(), k.event()
    for key, handle in enumerate(events, 1):
        given = {"handle": handle, "port": port, "key": key, "signals": SIGNALED, "options": 0}
        k.does(0, "object_wait_async", **given)
    for thread, handle in enumerate(events, 1):
        k.c(thread, "object_signal", handle=handle, clear_mask=0, set_mask=SIGNALED)
    for thread in (1, 2):
        k.r(thread)
    for key in keys:
        outs = {"packet": signal_packet(key, SIGNALED)}
        k.does(0, "port_wait", outs=outs, handle=port, deadline=0)
    assert k.result().end is CaseEndKind[end]


# ---- what has no order, and so is no work


@pytest.mark.parametrize("kind", ["signal", "create", "sleep", "close"])
def test_calls_that_share_nothing_are_judged_however_many_overlap(kind: str) -> None:
    k = Script(threads=12)
    threads = range(1, 12)
    handles = [k.event() for _ in range(12)]
    made = [k.new() for _ in range(12)]
    for thread in threads:
        match kind:
            case "signal":
                k.c(thread, "object_signal", handle=handles[thread], clear_mask=0, set_mask=8)
            case "create":
                k.c(thread, "event_create")
            case "sleep":
                k.c(thread, "nanosleep", deadline=1)
            case "close":
                k.c(thread, "handle_close", handle=handles[thread])
    for thread in threads:
        k.r(thread, **({"out": made[thread]} if kind == "create" else {}))
    k.does(0, "object_signal", handle=handles[0], clear_mask=0, set_mask=8)
    result = k.result()
    assert (result.end, result.detail) == (CaseEndKind.PASSED, "")
