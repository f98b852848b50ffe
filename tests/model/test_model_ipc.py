"""Sentences special to calls which close, signal, and shut: when they hold, and when not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from model_make import NEVER, event, without
from zxhil.abi.calls import AnyCall
from zxhil.abi.kinds import Memory
from zxhil.abi.objects import LIMITS, Signal
from zxhil.abi.rights import Rights
from zxhil.abi.sample import Sample
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.judge import VerdictKind
from zxhil.model.kernel import Kernel
from zxhil.model.pages import find_clause, load

SHUT_WRITE, SHUT_READ = LIMITS["ZX_SOCKET_SHUTDOWN_WRITE"], LIMITS["ZX_SOCKET_SHUTDOWN_READ"]
ELEMENTS = b"a1b2c3d4e5f6"
USER, SIGNALED = int(Signal.USER_SIGNAL_0), int(Signal.EVENTPAIR_SIGNALED)


def close_many(k: Kernel, *handles: int) -> AnyCall:
    return k.make("handle_close_many", handles=list(handles))


def signal_peer(k: Kernel, handle: int, bits: int = USER) -> AnyCall:
    return k.make("object_signal_peer", handle=handle, set_mask=bits)


def peer_gone(k: Kernel) -> int:
    one, other = k.eventpair_create()
    k.handle_close(other)
    return one


def shut(k: Kernel, options: int, *, unread: bool = False) -> tuple[int, int]:
    """Both ends of a socket; data for either waits, if `unread`; then the first is shut."""
    one, other = k.socket_create()
    if unread:
        k.socket_write(one, b"data")
        k.socket_write(other, b"data")
    k.socket_shutdown(one, options=options)
    return one, other


def read(k: Kernel, handle: int) -> AnyCall:
    return k.make("socket_read", handle=handle, buffer_size=8)


def write(k: Kernel, handle: int, size: int = 4) -> AnyCall:
    return k.make("socket_write", handle=handle, buffer=b"x" * size)


def create(k: Kernel, count: int, size: int, options: int = 0) -> AnyCall:
    return k.make("fifo_create", elem_count=count, elem_size=size, options=options)


def fifo(k: Kernel, waiting: int = 0) -> tuple[int, int]:
    """Both ends of a FIFO of four elements of two bytes; some wait at the other end."""
    one, other = k.fifo_create(elem_count=4, elem_size=2)
    if waiting:
        k.fifo_write(one, 2, ELEMENTS[: 2 * waiting], count=waiting)
    return one, other


def put(k: Kernel, handle: int, count: int = 1, size: int = 2) -> AnyCall:
    data = ELEMENTS[: count * size]
    return k.make("fifo_write", handle=handle, elem_size=size, count=count, data=data)


def take(k: Kernel, handle: int, count: int = 1, size: int = 2) -> AnyCall:
    return k.make("fifo_read", handle=handle, elem_size=size, count=count)


def without_peer(k: Kernel, waiting: int = 0) -> int:
    one, other = fifo(k, waiting)
    k.handle_close(one)
    return other


#: Calls for which a clause holds, and calls for which it just does not.
HOLDS: dict[str, list[Callable[[Kernel], AnyCall]]] = {
    "handle_close_many/bad_handle_entry": [lambda k: close_many(k, event(k), NEVER)],
    "handle_close_many/bad_handle_repeated": [lambda k: close_many(k, *[event(k)] * 2)],
    "object_signal_peer/bad_handle": [lambda k: signal_peer(k, NEVER)],
    "object_signal_peer/access_denied": [
        lambda k: signal_peer(k, without(k, k.socket_create().handles[0], Rights.SIGNAL_PEER))
    ],
    "object_signal_peer/invalid_args": [
        lambda k: signal_peer(k, k.eventpair_create().handles[0], 1),
        lambda k: signal_peer(k, k.channel_create().handles[0], SIGNALED),
    ],
    "object_signal_peer/not_supported": [lambda k: signal_peer(k, event(k))],
    "object_signal_peer/peer_closed": [lambda k: signal_peer(k, peer_gone(k))],
    "socket_read/bad_state_disabled": [
        lambda k: read(k, shut(k, SHUT_READ)[0]),
        lambda k: read(k, shut(k, SHUT_WRITE)[1]),
    ],
    "socket_write/bad_state_disabled": [
        lambda k: write(k, shut(k, SHUT_WRITE)[0]),
        lambda k: write(k, shut(k, SHUT_READ)[1]),
    ],
    "fifo_create/out_of_range_none": [lambda k: create(k, 0, 1), lambda k: create(k, 1, 0)],
    "fifo_create/out_of_range_power": [lambda k: create(k, 3, 1), lambda k: create(k, 4095, 1)],
    "fifo_create/out_of_range_total": [
        lambda k: create(k, 1, 4097),
        lambda k: create(k, 1 << 32, 1 << 32),
    ],
    "fifo_write/out_of_range_count": [lambda k: put(k, fifo(k)[0], 0)],
    "fifo_write/out_of_range_size": [lambda k: put(k, fifo(k)[0], 1, 1)],
    "fifo_write/peer_closed": [lambda k: put(k, without_peer(k))],
    "fifo_write/should_wait": [lambda k: put(k, fifo(k, 4)[0])],
    "fifo_read/out_of_range_count": [lambda k: take(k, fifo(k, 1)[1], 0)],
    "fifo_read/out_of_range_size": [lambda k: take(k, fifo(k, 1)[1], 1, 4)],
    "fifo_read/peer_closed": [
        lambda k: take(k, without_peer(k)),
        lambda k: take(k, without_peer(k, 1)),
    ],
    "fifo_read/should_wait": [lambda k: take(k, fifo(k, 1)[0])],
}
MISSES: dict[str, list[Callable[[Kernel], AnyCall]]] = {
    "handle_close_many/bad_handle_entry": [lambda k: close_many(k, event(k), 0)],
    "handle_close_many/bad_handle_repeated": [lambda k: close_many(k, event(k), event(k))],
    "object_signal_peer/bad_handle": [lambda k: signal_peer(k, k.channel_create().handles[0])],
    "object_signal_peer/access_denied": [
        lambda k: signal_peer(k, without(k, k.socket_create().handles[0], Rights.SIGNAL))
    ],
    "object_signal_peer/invalid_args": [
        lambda k: signal_peer(k, k.eventpair_create().handles[0], SIGNALED)
    ],
    "object_signal_peer/not_supported": [lambda k: signal_peer(k, k.socket_create().handles[0])],
    "object_signal_peer/peer_closed": [lambda k: signal_peer(k, k.eventpair_create().handles[0])],
    "socket_read/bad_state_disabled": [
        lambda k: read(k, shut(k, SHUT_WRITE, unread=True)[0]),
        lambda k: read(k, shut(k, SHUT_READ, unread=True)[1]),
        lambda k: read(k, shut(k, SHUT_READ, unread=True)[0]),
    ],
    "socket_write/bad_state_disabled": [
        lambda k: write(k, shut(k, SHUT_WRITE)[1]),
        lambda k: write(k, shut(k, SHUT_READ)[0]),
    ],
    "fifo_create/out_of_range_none": [lambda k: create(k, 1, 1)],
    "fifo_create/out_of_range_power": [lambda k: create(k, 4096, 1), lambda k: create(k, 1, 3)],
    "fifo_create/out_of_range_total": [lambda k: create(k, 1, 4096), lambda k: create(k, 64, 64)],
    "fifo_write/out_of_range_count": [lambda k: put(k, fifo(k)[0], 9)],
    "fifo_write/out_of_range_size": [lambda k: put(k, fifo(k)[0])],
    "fifo_write/peer_closed": [lambda k: put(k, fifo(k)[0])],
    "fifo_write/should_wait": [lambda k: put(k, fifo(k, 3)[0], 2), lambda k: put(k, fifo(k, 4)[1])],
    "fifo_read/out_of_range_count": [lambda k: take(k, fifo(k, 1)[1], 9)],
    "fifo_read/out_of_range_size": [lambda k: take(k, fifo(k, 1)[1])],
    "fifo_read/peer_closed": [lambda k: take(k, fifo(k, 1)[1])],
    "fifo_read/should_wait": [lambda k: take(k, fifo(k, 1)[1], 2)],
}


def listed(table: dict[str, list[Callable[[Kernel], AnyCall]]]) -> list[object]:
    return [
        pytest.param(clause, make, id=f"{clause}-{place}")
        for clause, calls in table.items()
        for place, make in enumerate(calls)
    ]


@pytest.mark.parametrize(("clause", "make"), listed(HOLDS))
def test_condition_demands_its_error(clause: str, make: Callable[[Kernel], AnyCall]) -> None:
    k = Kernel()
    call, found = make(k), find_clause(clause)
    assert found is not None
    assert found in k.allowed(call).holds
    with load(found.page).without(found):
        assert found not in k.allowed(call).holds


@pytest.mark.parametrize(("clause", "make"), listed(MISSES))
def test_condition_that_is_not_met_demands_nothing(
    clause: str, make: Callable[[Kernel], AnyCall]
) -> None:
    k = Kernel()
    call = make(k)
    assert clause not in {each.id for each in k.allowed(call).holds}


def test_all_handles_are_closed_although_one_is_bad() -> None:
    k = Kernel()
    first, last = event(k), event(k)
    assert k.perform(close_many(k, first, NEVER, last)).status is Status.ZX_ERR_BAD_HANDLE
    for handle in (first, last):
        verdict = k.observe(k.make("handle_close", handle=handle), Outcome(0, {}))
        assert [clause.id for clause in verdict.blamed] == ["handle_close_many/closed"]


def test_bad_array_of_handles_to_close_may_be_refused() -> None:
    k = Kernel()
    for status in (0, int(Status.ZX_ERR_INVALID_ARGS), int(Status.ZX_ERR_BAD_HANDLE)):
        call = k.make("handle_close_many", handles=None, num_handles=1)
        assert k.observe(call, Outcome(status, {})).kind is VerdictKind.CONFORMS
    call = k.make("handle_close_many", handles=None, num_handles=1)
    assert k.observe(call, Outcome(-40, {})).kind is VerdictKind.UNDOCUMENTED_ERROR


def waited(k: Kernel, handle: int, observed: int) -> list[str]:
    """Who is blamed if a poll of all signals observes these."""
    call = k.make("object_wait_one", handle=handle, signals=0xFFFFFFFF)
    verdict = k.observe(call, Outcome(0, {"observed": observed}))
    return [clause.id for clause in verdict.blamed]


def test_signal_of_the_peer_that_is_not_set_is_blamed_on_the_call() -> None:
    k = Kernel()
    one, other = k.eventpair_create()
    k.perform(signal_peer(k, one))
    assert "object_signal_peer/user_signals" in waited(k, other, SIGNALED)
    k.perform(signal_peer(k, one, SIGNALED))
    assert "object_signal_peer/eventpair_signaled" in waited(k, other, USER)


@pytest.mark.parametrize("options", [SHUT_WRITE, SHUT_READ])
def test_socket_that_was_shut_says_so(options: int) -> None:
    k = Kernel()
    one, other = shut(k, options)
    off, peer_off = int(Signal.SOCKET_WRITE_DISABLED), int(Signal.SOCKET_PEER_WRITE_DISABLED)
    writable = int(Signal.SOCKET_WRITABLE)
    quiet, loud = (one, other) if options == SHUT_WRITE else (other, one)
    assert waited(k, quiet, off) == []
    assert waited(k, loud, peer_off | writable) == []
    assert waited(k, quiet, writable | off) == ["object_wait_one/observed"]


def test_shut_that_does_nothing_is_blamed_on_it() -> None:
    k = Kernel()
    one, _ = shut(k, SHUT_WRITE)
    verdict = k.observe(write(k, one), Outcome(0, {"actual": 4}))
    assert [clause.id for clause in verdict.blamed] == ["socket_write/bad_state_disabled"]
    assert [s.expectation.clause.id for s in verdict.suspects] == [
        "socket_shutdown/writing_disabled"
    ]


# ---- elements of a FIFO


def got(k: Kernel, handle: int, count: int, data: bytes, status: int = 0) -> list[str]:
    """Who is blamed if a read for `count` elements of two bytes gets these."""
    outs = {"data": Sample(data), "actual_count": len(data) // 2} if not status else {}
    verdict = k.observe(take(k, handle, count), Outcome(status, outs))
    return [clause.id for clause in verdict.blamed]


def test_elements_are_read_in_order_however_they_were_written() -> None:
    k = Kernel()
    _, other = fifo(k, 3)
    assert got(k, other, 2, b"a1b2") == []
    assert got(k, other, 4, b"c3") == []
    assert k.perform(take(k, other)).status is Status.ZX_ERR_SHOULD_WAIT


@pytest.mark.parametrize(
    ("data", "clause"),
    [(b"b2a1", "data_read"), (b"a1", "actual"), (b"a1b2c3", "actual"), (b"", "actual")],
)
def test_other_elements_are_noticed(data: bytes, clause: str) -> None:
    k = Kernel()
    _, other = fifo(k, 3)
    assert f"fifo_read/{clause}" in got(k, other, 2, data)


def test_write_that_writes_nothing_is_blamed() -> None:
    k = Kernel()
    _, other = fifo(k, 3)
    assert got(k, other, 1, b"", int(Status.ZX_ERR_SHOULD_WAIT)) == ["fifo_write/written"]


@pytest.mark.parametrize(("actual", "blamed"), [(3, []), (2, ["actual"]), (4, ["actual"])])
def test_write_is_short_only_where_there_is_no_room(actual: int, blamed: list[str]) -> None:
    k = Kernel()
    one, _ = fifo(k, 1)
    verdict = k.observe(put(k, one, 5), Outcome(0, {"actual_count": actual}))
    assert [clause.id for clause in verdict.blamed] == [f"fifo_write/{each}" for each in blamed]


def test_read_that_failed_for_its_pointer_may_have_taken_elements() -> None:
    for left in (b"a1b2c3", b"b2c3"):
        k = Kernel()
        _, other = fifo(k, 3)
        call = k.make("fifo_read", handle=other, elem_size=2, count=1, actual_count=Memory.INVALID)
        assert k.perform(call).status is Status.ZX_ERR_INVALID_ARGS
        assert got(k, other, 4, left) == []
        assert k.perform(take(k, other)).status is Status.ZX_ERR_SHOULD_WAIT


def test_signals_of_a_fifo_follow_what_waits() -> None:
    readable, writable = int(Signal.FIFO_READABLE), int(Signal.FIFO_WRITABLE)
    for waiting, at_writer, at_reader in (
        (0, writable, writable),
        (1, writable, writable | readable),
        (4, 0, writable | readable),
    ):
        k = Kernel()
        one, other = fifo(k, waiting)
        assert waited(k, other, at_reader) == []
        assert waited(k, other, at_reader ^ readable) != []
        if at_writer:
            assert waited(k, one, at_writer) == []
        assert waited(k, one, at_writer ^ writable | readable) != []


# ---- waiting for several objects


def wait_many(k: Kernel, *items: tuple[int, int]) -> AnyCall:
    return k.make("object_wait_many", items=[(handle, mask, 0) for handle, mask in items])


def signaled(k: Kernel) -> int:
    handle = event(k)
    k.object_signal(handle, 0, USER)
    return handle


WAIT_MANY: dict[str, Callable[[Kernel], AnyCall]] = {
    "bad_handle": lambda k: wait_many(k, (signaled(k), USER), (NEVER, USER)),
    "access_denied": lambda k: wait_many(k, (without(k, signaled(k), Rights.WAIT), USER)),
    "out_of_range": lambda k: wait_many(k, *[(signaled(k), USER)] * 9),
    "not_supported": lambda k: wait_many(k, (k.port_create().handles[0], USER)),
    "timed_out": lambda k: wait_many(k, (signaled(k), 0), (event(k), USER)),
}


@pytest.mark.parametrize("name", WAIT_MANY)
def test_wait_for_several_objects_demands_its_error(name: str) -> None:
    k = Kernel()
    call, found = WAIT_MANY[name](k), find_clause(f"object_wait_many/{name}")
    assert found is not None
    assert found in k.allowed(call).holds


@pytest.mark.parametrize("count", [1, 8])
def test_wait_for_several_objects_ends_where_one_is_signaled(count: int) -> None:
    k = Kernel()
    items = [(event(k), USER)] * (count - 1)
    assert k.perform(wait_many(k, *items, (signaled(k), USER))).status is Status.ZX_OK


@pytest.mark.parametrize(
    ("pending", "clauses"),
    [
        ((USER, 0), []),
        ((0, 0), ["pending"]),
        ((USER, USER), ["pending"]),
        ((USER | SIGNALED, 0), ["pending"]),
    ],
)
def test_pending_of_each_item_is_what_is_asserted(
    pending: tuple[int, ...], clauses: list[str]
) -> None:
    k = Kernel()
    call = wait_many(k, (signaled(k), USER | SIGNALED), (event(k), USER))
    verdict = k.observe(call, Outcome(0, {"items": pending}))
    blamed = {clause.id for clause in verdict.blamed}
    assert blamed >= {f"object_wait_many/{each}" for each in clauses}
    assert bool(blamed) == bool(clauses)
