"""Sentences special to calls which close, signal, and shut: when they hold, and when not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from model_make import NEVER, event, without
from zxhil.abi.calls import AnyCall
from zxhil.abi.objects import LIMITS, Signal
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.judge import VerdictKind
from zxhil.model.kernel import Kernel
from zxhil.model.pages import find_clause, load

SHUT_WRITE, SHUT_READ = LIMITS["ZX_SOCKET_SHUTDOWN_WRITE"], LIMITS["ZX_SOCKET_SHUTDOWN_READ"]
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
