"""Packets of ports that may be there: signals in doubt, calls that failed, waits cancelled."""

from __future__ import annotations

import pytest
from model_make import channel, event
from test_model_ports import (
    KEY,
    NOT_FOUND,
    ONCE,
    REP,
    REPEATING,
    TIMED_OUT,
    USER_0,
    USER_1,
    cancel,
    port,
    put,
    reads,
    signals,
    user,
    wait,
)
from test_model_ports import ONE as SINGLE
from zxhil.abi.kinds import PortPacket
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.kernel import Kernel

GOT = signals(SINGLE, USER_0)
AGAIN = signals(REP, USER_0)
NOTHING = ["port_wait/timed_out"]


def doubt(k: Kernel, source: int) -> None:
    """The object may assert signals."""
    object_ = k.state.object(source)
    assert object_ is not None
    k.state.change(object_.signals, None, None)


def shows(k: Kernel, source: int, observed: int) -> None:
    """An answer says which signals the object asserts."""
    call = k.make("object_wait_one", handle=source, signals=USER_0, deadline=0)
    status = 0 if observed & USER_0 else TIMED_OUT
    assert k.observe(call, Outcome(status, {"observed": observed})).blamed == ()


def doubted(options: int = ONCE) -> tuple[Kernel, int, int]:
    """A port that waits for a signal of an object, which may be asserted."""
    k = Kernel()
    source = event(k)
    doubt(k, source)
    return k, wait(k, source, options), source


def all_reads(k: Kernel, handle: int, *got: PortPacket | None) -> list[str]:
    return [blamed for each in got for blamed in reads(k, handle, each)]


@pytest.mark.parametrize("got", [[], [GOT], [None], [GOT, None], [None, None]])
def test_packet_for_a_signal_in_doubt_may_come(got: list[PortPacket | None]) -> None:
    k, handle, _ = doubted()
    assert all_reads(k, handle, *got) == []


def test_packet_for_a_signal_in_doubt_comes_once() -> None:
    k, handle, source = doubted()
    assert all_reads(k, handle, GOT, GOT) == NOTHING
    k, handle, source = doubted()
    assert reads(k, handle, GOT) == []
    put(k, source, 0, USER_0)
    put(k, source, USER_0)
    assert all_reads(k, handle, None) == []
    assert reads(k, handle, GOT) == NOTHING


@pytest.mark.parametrize(
    ("got", "clause"),
    [
        (signals(SINGLE, USER_1), "object_wait_async/observed"),
        (signals(SINGLE, USER_0, USER_1), "object_wait_async/packet_fields"),
        (signals(REP, USER_0), "object_wait_async/packet_fields"),
        (signals(SINGLE, USER_0, key=8), "port_wait/earliest"),
        (PortPacket(KEY, 0, 0, GOT.content), "port_wait/earliest"),
        (GOT._replace(status=-1), "port_wait/kernel_packet"),
    ],
)
def test_packet_for_a_signal_in_doubt_is_right_where_it_comes(got: PortPacket, clause: str) -> None:
    k, handle, _ = doubted()
    assert reads(k, handle, got) == [clause]


def test_repeating_wait_goes_on_after_a_packet_in_doubt() -> None:
    k, handle, source = doubted(REPEATING)
    assert reads(k, handle, AGAIN) == []
    shows(k, source, 0)
    assert reads(k, handle, None) == []
    put(k, source, USER_0)
    assert reads(k, handle, None) == ["object_wait_async/queued"]


@pytest.mark.parametrize("options", [ONCE, REPEATING])
def test_packet_comes_for_certain_once_the_signal_is(options: int) -> None:
    packet = GOT if options == ONCE else AGAIN
    k, handle, source = doubted(options)
    shows(k, source, 0)
    put(k, source, USER_0)
    assert reads(k, handle, None) == ["object_wait_async/queued"]
    k, handle, source = doubted(options)
    shows(k, source, USER_0)
    assert reads(k, handle, packet) == []
    put(k, source, 0, USER_0)
    assert reads(k, handle, None) == []


def test_one_packet_comes_where_the_signal_was_in_doubt_first() -> None:
    k, handle, source = doubted()
    shows(k, source, USER_0)
    assert reads(k, handle, signals(SINGLE, USER_0 | USER_1)) == [], "asserted before, perhaps"
    put(k, source, 0, USER_0)
    put(k, source, USER_0)
    assert reads(k, handle, GOT) == ["object_wait_async/once"]


def test_packet_in_doubt_may_stand_before_those_that_were_queued_later() -> None:
    for order in ([GOT, user(1), user(2)], [user(1), GOT, user(2)], [user(1), user(2), GOT]):
        k, handle, source = doubted()
        for key in (1, 2):
            k.port_queue(handle, user(key))
        shows(k, source, USER_0)
        assert all_reads(k, handle, *order, None) == []
    k, handle, source = doubted()
    for key in (1, 2):
        k.port_queue(handle, user(key))
    shows(k, source, USER_0)
    assert reads(k, handle, user(2)) != []
    k = Kernel()
    source = event(k)
    handle = wait(k, source)
    k.port_queue(handle, user(1))
    put(k, source, USER_0)
    assert reads(k, handle, GOT) != [], "it was queued later for certain"


# ---- what a repeating wait's packet observed


@pytest.mark.parametrize(
    ("puts", "seen", "right"),
    [
        ([(USER_0, 0), (USER_1, 0)], USER_0 | USER_1, True),
        ([(USER_0, 0), (USER_1, 0)], USER_0, False),
        ([(USER_0, 0), (0, USER_0), (USER_1, 0)], USER_0, True),
        ([(USER_0, 0), (0, USER_0), (USER_1, 0)], USER_0 | USER_1, False),
        ([(USER_0, 0), (0, USER_0), (USER_0, 0)], USER_0, True),
    ],
)
def test_waiting_packet_takes_in_signals_while_its_own_is_asserted(
    puts: list[tuple[int, int]], seen: int, right: bool
) -> None:
    k = Kernel()
    source = event(k)
    handle = wait(k, source, REPEATING)
    for bits, cleared in puts:
        put(k, source, bits, cleared)
    assert (reads(k, handle, signals(REP, seen)) == []) is right


def test_signals_of_two_waits_are_apart() -> None:
    k = Kernel()
    source, other = event(k), event(k)
    handle = wait(k, source, REPEATING)
    k.object_wait_async(other, handle, 9, USER_0, options=REPEATING)
    put(k, source, USER_0)
    put(k, other, USER_0)
    assert all_reads(k, handle, AGAIN, signals(REP, USER_0, key=9)) == []
    put(k, other, 0, USER_0)
    put(k, other, USER_0)
    assert reads(k, handle, None) == ["object_wait_async/repeating"]


# ---- calls that left it open


@pytest.mark.parametrize("left", [[user(1)], [user(2), None], [None]])
def test_unrecorded_read_took_one_of_several(left: list[PortPacket | None]) -> None:
    k, handle, _ = doubted()
    k.port_queue(handle, user(1))
    k.port_queue(handle, user(2))
    assert k.observe(k.make("port_wait", handle=handle), Outcome(0, {})).blamed == ()
    found = all_reads(k, handle, *left)
    assert (found == []) is (left != [None])


def test_unrecorded_read_took_the_only_one() -> None:
    k = Kernel()
    handle = port(k)
    k.port_queue(handle, user(1))
    assert k.observe(k.make("port_wait", handle=handle), Outcome(0, {})).blamed == ()
    assert reads(k, handle, None) == []
    k.port_queue(handle, user(2))
    assert reads(k, handle, user(2)) == []


def failed_queue(k: Kernel) -> int:
    """A port, of which a call refused to queue a packet of another type."""
    handle = port(k)
    call = k.make("port_queue", handle=handle, packet=user(1)._replace(type=SINGLE))
    k.observe(call, Outcome(int(Status.ZX_ERR_INVALID_ARGS), {}))
    return handle


@pytest.mark.parametrize("got", [user(1), user(5), None])
def test_failed_queue_may_have_queued_its_packet(got: PortPacket | None) -> None:
    k = Kernel()
    assert reads(k, failed_queue(k), got) == []


def test_failed_wait_may_wait_all_the_same() -> None:
    for got in (GOT, None):
        k = Kernel()
        source = event(k)
        handle = port(k)
        call = k.make("object_wait_async", handle=source, port=handle, key=KEY, signals=USER_0)
        k.observe(call, Outcome(int(Status.ZX_ERR_NO_MEMORY), {}))
        put(k, source, USER_0)
        assert reads(k, handle, got) == []


def test_empty_port_is_so_for_certain_after_a_timeout() -> None:
    k = Kernel()
    handle = failed_queue(k)
    assert all_reads(k, handle, None, user(1)) == NOTHING


# ---- waits that end, or perhaps


@pytest.mark.parametrize("status", [0, NOT_FOUND])
@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("got", [GOT, None])
def test_cancel_through_another_handle_leaves_its_packet_in_doubt(
    status: int, before: bool, got: PortPacket | None
) -> None:
    k = Kernel()
    source = event(k)
    handle = wait(k, source)
    (other,) = k.handle_duplicate(source, 1 << 31)
    if before:
        put(k, source, USER_0)
    k.observe(cancel(k, handle, other), Outcome(status, {}))
    if not before:
        put(k, source, USER_0)
    found = reads(k, handle, got)
    assert found == [] or (status == NOT_FOUND and got is None)


def test_cancel_ends_a_wait_in_doubt() -> None:
    k, handle, source = doubted()
    assert k.perform(cancel(k, handle, source)).status is Status.ZX_OK
    shows(k, source, 0)
    put(k, source, USER_0)
    assert reads(k, handle, GOT) == ["port_cancel/canceled"]
    k, handle, source = doubted()
    k.perform(cancel(k, handle, source))
    assert reads(k, handle, GOT) == NOTHING
    k, handle, source = doubted()
    k.perform(cancel(k, handle, source))
    assert reads(k, handle, None) == []


@pytest.mark.parametrize(("key", "at_other"), [(8, False), (KEY, True)])
def test_cancel_of_another_wait_does_not_end_this_one(key: int, at_other: bool) -> None:
    k = Kernel()
    source, other = event(k), event(k)
    handle = wait(k, source)
    k.observe(cancel(k, handle, other if at_other else source, key), Outcome(NOT_FOUND, {}))
    put(k, source, USER_0)
    assert reads(k, handle, None) == ["object_wait_async/queued"]


def test_cancel_leaves_the_packets_of_other_waits() -> None:
    k = Kernel()
    source = event(k)
    handle = wait(k, source)
    k.object_wait_async(source, handle, 9, USER_0, options=ONCE)
    put(k, source, USER_0)
    k.port_queue(handle, user(1))
    assert k.perform(cancel(k, handle, source)).status is Status.ZX_OK
    assert all_reads(k, handle, signals(SINGLE, USER_0, key=9), user(1), None) == []


@pytest.mark.parametrize("got", [GOT, None])
@pytest.mark.parametrize("is_sent", [True, False])
def test_wait_through_a_handle_that_left_or_may_be_closed_may_go_on(
    got: PortPacket | None, is_sent: bool
) -> None:
    """No page says what becomes of it when the handle is sent to somebody."""
    k = Kernel()
    source = event(k)
    (other,) = k.handle_duplicate(source, 1 << 31)
    handle = wait(k, source)
    if is_sent:
        k.channel_write(channel(k), b"", [source])
    else:
        entry = k.state.entry(source)
        assert entry is not None
        k.state.change(entry.live, None, None)
    put(k, other, USER_0)
    assert reads(k, handle, got) == []


def test_wait_that_may_have_ended_ends_with_its_handle() -> None:
    k = Kernel()
    source = event(k)
    (other,) = k.handle_duplicate(source, 1 << 31)
    handle = wait(k, source)
    k.observe(cancel(k, handle, other), Outcome(0, {}))
    k.handle_close(source)
    put(k, other, USER_0)
    assert reads(k, handle, GOT) == NOTHING


@pytest.mark.parametrize("left", [[user(1), GOT], [GOT, user(1)], [user(1), None], [GOT, None]])
def test_unrecorded_read_may_have_taken_the_packet_in_doubt(left: list[PortPacket | None]) -> None:
    k, handle, source = doubted()
    k.port_queue(handle, user(1))
    assert k.observe(k.make("port_wait", handle=handle), Outcome(0, {})).blamed == ()
    shows(k, source, USER_0)
    assert all_reads(k, handle, *left) == []
