"""Packets in ports: in order, with what was observed; who is blamed for one that is missing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from model_make import NEVER, event, without
from zxhil.abi.calls import AnyCall
from zxhil.abi.kinds import Memory, PortPacket
from zxhil.abi.objects import LIMITS, Signal
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.kernel import Kernel
from zxhil.model.pages import find_clause, load

ONCE, REPEATING = LIMITS["ZX_WAIT_ASYNC_ONCE"], LIMITS["ZX_WAIT_ASYNC_REPEATING"]
ONE, REP = LIMITS["ZX_PKT_TYPE_SIGNAL_ONE"], LIMITS["ZX_PKT_TYPE_SIGNAL_REP"]
USER_0, USER_1 = int(Signal.USER_SIGNAL_0), int(Signal.USER_SIGNAL_1)
KEY = 7
TIMED_OUT, NOT_FOUND = int(Status.ZX_ERR_TIMED_OUT), int(Status.ZX_ERR_NOT_FOUND)


def port(k: Kernel) -> int:
    (handle,) = k.port_create()
    return handle


def socket(k: Kernel) -> int:
    return k.socket_create().handles[0]


def user(key: int, content: bytes = b"") -> PortPacket:
    return PortPacket(key, 0, -3, content.ljust(32, b"\0"))


def signals(type_: int, observed: int, trigger: int = USER_0, key: int = KEY) -> PortPacket:
    raw = b"".join(each.to_bytes(4, "little") for each in (trigger, observed, 1))
    return PortPacket(key, type_, 0, raw.ljust(32, b"\0"))


def wait(k: Kernel, handle: int, options: int = ONCE, mask: int = USER_0) -> int:
    """A new port that waits for signals of an object."""
    made = port(k)
    k.object_wait_async(handle, made, KEY, mask, options=options)
    return made


def put(k: Kernel, handle: int, bits: int, cleared: int = 0) -> None:
    k.object_signal(handle, cleared, bits)


def reads(k: Kernel, handle: int, got: PortPacket | None) -> list[str]:
    """Who is blamed if a read gets this packet, or times out."""
    outcome = Outcome(0, {"packet": got}) if got is not None else Outcome(TIMED_OUT, {})
    verdict = k.observe(k.make("port_wait", handle=handle), outcome)
    return [clause.id for clause in verdict.blamed]


def cancel(k: Kernel, handle: int, source: int, key: int = KEY) -> AnyCall:
    return k.make("port_cancel", handle=handle, source=source, key=key)


def waiting(k: Kernel) -> tuple[int, int]:
    source = socket(k)
    return wait(k, source), source


def queue(k: Kernel, handle: int) -> AnyCall:
    return k.make("port_queue", handle=handle, packet=user(1))


def a_sync(k: Kernel, handle: int, at: int, options: int = ONCE) -> AnyCall:
    return k.make("object_wait_async", handle=handle, port=at, options=options)


HOLDS: dict[str, Callable[[Kernel], AnyCall]] = {
    "port_queue/bad_handle": lambda k: queue(k, NEVER),
    "port_queue/wrong_type": lambda k: queue(k, event(k)),
    "port_wait/timed_out": lambda k: k.make("port_wait", handle=port(k)),
    "port_cancel/not_found": lambda k: cancel(k, *waiting(k), 8),
    "port_cancel/not_supported": lambda k: cancel(k, port(k), port(k)),
    "port_cancel/access_denied_source": lambda k: cancel(
        k, port(k), without(k, socket(k), Rights.WRITE)
    ),
    "object_wait_async/not_supported": lambda k: a_sync(k, port(k), port(k)),
    "object_wait_async/invalid_args_options": lambda k: a_sync(k, event(k), port(k), 2),
}
MISSES: dict[str, Callable[[Kernel], AnyCall]] = {
    "port_cancel/not_found": lambda k: cancel(k, *waiting(k)),
    "port_cancel/not_supported": lambda k: cancel(k, *waiting(k)),
    "port_cancel/access_denied_source": lambda k: cancel(k, *waiting(k)),
    "object_wait_async/not_supported": lambda k: a_sync(k, event(k), port(k)),
    "object_wait_async/invalid_args_options": lambda k: a_sync(k, event(k), port(k), REPEATING),
}


@pytest.mark.parametrize("clause", HOLDS)
def test_condition_demands_its_error(clause: str) -> None:
    k = Kernel()
    call, found = HOLDS[clause](k), find_clause(clause)
    assert found is not None
    assert found in k.allowed(call).holds
    with load(found.page).without(found):
        assert found not in k.allowed(call).holds


@pytest.mark.parametrize("clause", MISSES)
def test_condition_that_is_not_met_demands_nothing(clause: str) -> None:
    k = Kernel()
    call = MISSES[clause](k)
    assert k.allowed(call).ok


def test_packets_are_read_in_order() -> None:
    k = Kernel()
    handle = port(k)
    for key in (1, 2):
        k.port_queue(handle, user(key))
    assert reads(k, handle, user(2)) == ["port_queue/queued", "port_wait/earliest"]
    k = Kernel()
    handle = port(k)
    for key in (1, 2):
        k.port_queue(handle, user(key, b"x"))
    assert reads(k, handle, user(1, b"x")) == []
    assert reads(k, handle, user(2, b"y")) == ["port_wait/user_packet"]


def test_packet_that_is_not_there_is_blamed_on_the_call_that_queued_it() -> None:
    k = Kernel()
    handle = port(k)
    k.port_queue(handle, user(1))
    assert reads(k, handle, None) == ["port_queue/queued"]
    k = Kernel()
    source = event(k)
    handle = wait(k, source)
    put(k, source, USER_0)
    assert reads(k, handle, None) == ["object_wait_async/queued"]


@pytest.mark.parametrize(
    ("packet", "clause"),
    [
        (signals(ONE, USER_0 | USER_1), ""),
        (signals(ONE, USER_0), "object_wait_async/observed"),
        (signals(ONE, USER_0 | USER_1 | 8), "object_wait_async/observed"),
        (signals(ONE, USER_0 | USER_1, USER_1), "object_wait_async/packet_fields"),
        (signals(REP, USER_0 | USER_1), "object_wait_async/packet_fields"),
        (signals(ONE, USER_0 | USER_1, key=8), "port_wait/earliest"),
        (signals(ONE, USER_0 | USER_1)._replace(status=-1), "port_wait/kernel_packet"),
    ],
)
def test_packet_of_signals_says_what_was_asserted(packet: PortPacket, clause: str) -> None:
    k = Kernel()
    source = event(k)
    handle = wait(k, source)
    assert reads(k, handle, None) == []
    put(k, source, USER_0 | USER_1)
    put(k, source, 0, USER_0)
    assert reads(k, handle, packet) == ([clause] if clause else [])


def test_one_packet_for_a_wait_that_is_for_one() -> None:
    k = Kernel()
    source = event(k)
    handle = wait(k, source)
    for _ in range(2):
        put(k, source, USER_0)
        put(k, source, 0, USER_0)
    assert reads(k, handle, signals(ONE, USER_0)) == []
    assert reads(k, handle, signals(ONE, USER_0)) == ["object_wait_async/once"]


def test_packet_of_a_repeating_wait_takes_in_later_signals() -> None:
    k = Kernel()
    source = event(k)
    handle = wait(k, source, REPEATING, USER_0 | USER_1)
    put(k, source, USER_0)
    put(k, source, USER_1, USER_0)
    trigger = USER_0 | USER_1
    assert reads(k, handle, signals(REP, USER_0, trigger)) == ["object_wait_async/observed"]


def test_second_packet_of_a_repeating_wait_is_missed() -> None:
    k = Kernel()
    source = event(k)
    handle = wait(k, source, REPEATING)
    put(k, source, USER_0)
    assert reads(k, handle, signals(REP, USER_0)) == []
    put(k, source, 0, USER_0)
    put(k, source, USER_0)
    assert reads(k, handle, None) == ["object_wait_async/repeating"]


def test_signal_that_stays_may_queue_a_packet_again_for_a_repeating_wait() -> None:
    for again in (signals(REP, USER_0), None):
        k = Kernel()
        source = event(k)
        handle = wait(k, source, REPEATING)
        put(k, source, USER_0)
        assert reads(k, handle, signals(REP, USER_0)) == []
        assert reads(k, handle, again) == []


def test_packet_after_the_cancel_is_blamed_on_it() -> None:
    for before in (True, False):
        k = Kernel()
        handle, source = waiting(k)
        if before:
            put(k, source, USER_0)
        assert k.perform(cancel(k, handle, source)).status is Status.ZX_OK
        put(k, source, USER_0)
        got = signals(ONE, USER_0 | int(Signal.SOCKET_WRITABLE))
        assert reads(k, handle, got) == ["port_cancel/canceled"]


def test_packet_after_the_close_is_blamed_on_the_wait() -> None:
    k = Kernel()
    source = event(k)
    (other,) = k.handle_duplicate(source, 1 << 31)
    handle = wait(k, source)
    k.handle_close(source)
    k.object_get_info(source)
    put(k, other, USER_0)
    assert reads(k, handle, signals(ONE, USER_0)) == ["object_wait_async/ends_when_closed"]


def test_cancel_through_another_handle_may_find_nothing() -> None:
    for status in (0, NOT_FOUND):
        k = Kernel()
        handle, source = waiting(k)
        (other,) = k.handle_duplicate(source, 1 << 31)
        verdict = k.observe(cancel(k, handle, other), Outcome(status, {}))
        assert verdict.blamed == ()


def test_read_that_failed_for_its_pointer_may_have_taken_a_packet() -> None:
    for left in (user(1), user(2)):
        k = Kernel()
        handle = port(k)
        for key in (1, 2):
            k.port_queue(handle, user(key))
        k.call("port_wait", handle=handle, packet=Memory.INVALID)
        assert reads(k, handle, left) == []
