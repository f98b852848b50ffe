"""Which facts of an object an answer about it may settle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from model_make import event, sharing, with_cookie
from zxhil.abi.kinds import PortPacket
from zxhil.model.facts import Expectation, Fact, KnownRights
from zxhil.model.kernel import Kernel
from zxhil.model.pages import load
from zxhil.model.settling import facts_of, is_open, waiting


def object_of(k: Kernel, handle: int) -> Any:
    found = k.state.object(handle)
    assert found is not None
    return found


def live(k: Kernel, handle: int) -> Fact[bool]:
    entry = k.state.entry(handle)
    assert entry is not None
    return entry.live


def of_pair(k: Kernel) -> tuple[Any, list[Fact[Any]], list[Fact[Any]]]:
    one, other = k.eventpair_create().handles
    object_of(k, other).kept = kept = Fact(None)
    return object_of(k, one), [live(k, other), kept], [live(k, one)]


def of_channel(k: Kernel) -> tuple[Any, list[Fact[Any]], list[Fact[Any]]]:
    one, other = k.channel_create()
    for _ in range(2):
        k.channel_write(one, b"x")
    first, second = object_of(k, other).queue
    return object_of(k, other), [first.present], [second.present]


def of_socket(k: Kernel) -> tuple[Any, list[Fact[Any]], list[Fact[Any]]]:
    one, other = sharing(k)
    k.socket_share(one, k.socket_create().handles[0])
    return object_of(k, other), [object_of(k, other).shares[0].present], []


def of_clone(k: Kernel) -> tuple[Any, list[Fact[Any]], list[Fact[Any]]]:
    (vmo,) = k.vmo_create(4096)
    k.vmo_clone(vmo, 1, 0, 4096)
    clone = object_of(k, vmo).clones[0]
    return object_of(k, vmo), [clone.source.counted], []


def of_port(k: Kernel) -> tuple[Any, list[Fact[Any]], list[Fact[Any]]]:
    (port,) = k.port_create()
    for key in (1, 2):
        k.port_queue(port, PortPacket(key, 0, 0, bytes(32)))
    first, second = object_of(k, port).queue
    return object_of(k, port), [first.present], [second.present]


def of_cookie(k: Kernel) -> tuple[Any, list[Fact[Any]], list[Fact[Any]]]:
    made, scope = with_cookie(k)
    return object_of(k, made), [object_of(k, made).cookie.present, live(k, scope)], []


def of_unknown_scope(k: Kernel) -> tuple[Any, list[Fact[Any]], list[Fact[Any]]]:
    made, scope = with_cookie(k)
    cookie = object_of(k, made).cookie
    cookie.scope = None
    return object_of(k, made), [cookie.present], [live(k, scope)]


def of_fifo(k: Kernel) -> tuple[Any, list[Fact[Any]], list[Fact[Any]]]:
    one, other = k.fifo_create(elem_count=4, elem_size=2)
    end, peer = object_of(k, one), object_of(k, other)
    end.waiting.options = (1, 2)
    return end, [end.waiting], [peer.waiting]


@pytest.mark.parametrize(
    "make",
    [
        of_pair,
        of_channel,
        of_socket,
        of_clone,
        of_port,
        of_cookie,
        of_unknown_scope,
        of_fifo,
    ],
)
def test_answer_about_an_object_may_settle(
    make: Callable[[Kernel], tuple[Any, list[Fact[Any]], list[Fact[Any]]]],
) -> None:
    object_, may, may_not = make(Kernel())
    found = list(map(id, facts_of(object_, cookies=True)))
    assert all(id(fact) in found for fact in may)
    assert not any(id(fact) in found for fact in may_not)


def test_other_side_counts_as_well() -> None:
    k = Kernel()
    one, other = k.channel_create()
    k.channel_write(one, b"x")
    (message,) = object_of(k, other).queue
    assert any(fact is message.present for fact in facts_of(object_of(k, one), cookies=False))


def test_cookie_is_settled_by_the_pages_that_know_cookies_only() -> None:
    k = Kernel()
    made, _ = with_cookie(k)
    object_ = object_of(k, made)
    assert not any(f is object_.cookie.present for f in facts_of(object_, cookies=False))


def test_plain_object_has_nothing_to_settle() -> None:
    k = Kernel()
    assert list(facts_of(object_of(k, event(k)), cookies=False)) == []


def test_clone_without_a_source_is_left_out() -> None:
    k = Kernel()
    (vmo,) = k.vmo_create(4096)
    k.vmo_clone(vmo, 1, 0, 4096)
    object_of(k, vmo).clones[0].source = None
    assert list(facts_of(object_of(k, vmo), cookies=False)) == []


def test_fact_is_open_that_is_expected_or_unknown() -> None:
    known: Fact[bool] = Fact(True)
    unknown: Fact[bool] = Fact(None)
    assert not is_open(known)
    assert is_open(unknown)
    k = Kernel()
    k.handle_close(handle := event(k))
    expected = live(k, handle)
    assert expected.expectation is not None
    assert is_open(expected)


def test_items_wait_up_to_the_first_that_is_there_for_certain() -> None:
    k = Kernel()
    one, other = k.channel_create()
    for _ in range(3):
        k.channel_write(one, b"x")
    queue = object_of(k, other).queue
    assert list(waiting(queue)) == queue[:1]
    k.state.change(queue[0].present, None, None)
    assert list(waiting(queue)) == queue[:2]
    k.state.change(queue[1].present, False, None)
    assert list(waiting(queue)) == queue


def test_fact_of_which_nothing_was_believed_stays_open_when_the_same_page_reports_it_again():
    clause = load("channel_write").clauses[0]
    fact: Fact[KnownRights] = Fact(None, Expectation(1, clause))
    fact.retracted().observer = "channel_read_etc"
    fact.reported(KnownRights(0), "channel_read_etc")
    assert fact.possible == ()
