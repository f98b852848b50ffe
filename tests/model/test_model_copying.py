"""Copies of a state share nothing that changes; states are alike that can answer nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from model_make import event, sharing, with_cookie
from zxhil.abi.objects import LIMITS
from zxhil.abi.sample import Sample
from zxhil.model.copying import Copies, likeness, parts_of
from zxhil.model.facts import Fact
from zxhil.model.kernel import Kernel
from zxhil.model.pages import find_clause
from zxhil.model.state import State

PLAIN = (list, dict, set)


class Node:
    """A part with a link and a value, in slots or not."""

    __slots__ = ("__dict__", "__weakref__", "link", "value")

    def __init__(self, value: Any = None, link: Any = None) -> None:
        self.value = value
        if link is not None:
            self.link = link


class Sub(Node):
    __slots__ = ("more",)


class Pair(NamedTuple):
    one: Any
    other: Any


class Table(dict[Any, Any]):
    """A dict with an attribute."""

    def __init__(self, owner: Any) -> None:
        super().__init__()
        self.owner = owner


def full_state() -> Kernel:
    """A kernel with objects of many types that refer to each other."""
    k = Kernel()
    one, _ = k.channel_create()
    k.channel_write(one, b"text", [event(k), k.socket_create().handles[0]])
    k.handle_duplicate(one, 1 << 31)
    (port,) = k.port_create()
    k.object_wait_async(source := event(k), port, 7, 8, options=LIMITS["ZX_WAIT_ASYNC_ONCE"])
    k.object_signal(source, 0, 8)
    with_cookie(k)
    k.socket_share(sharing(k)[0], k.socket_create().handles[0])
    k.fifo_create(elem_count=4, elem_size=2)
    (vmo,) = k.vmo_create(4096)
    k.vmo_clone(vmo, 1, 0, 4096)
    k.timer_create(LIMITS["ZX_TIMER_SLACK_LATE"], 0)
    k.handle_close(source)
    return k


def changing(value: Any) -> dict[int, Any]:
    """All that a value leads to and that may change, by identity."""
    found: dict[int, Any] = {}
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if id(each) in found or (not (parts := parts_of(each)) and isinstance(each, tuple)):
            continue
        if not isinstance(each, tuple | frozenset | str | bytes | int | float | type(None)):
            found[id(each)] = each
        waiting += parts
    return found


def shared_collections(value: Any) -> list[Any]:
    """Collections with content that a value refers to in two places: a copy would have two."""
    owners = [each for each in changing(value).values() if type(each) not in PLAIN]
    held = Counter(
        id(part) for each in owners for part in parts_of(each) if type(part) in PLAIN and part
    )
    return [each for key, each in changing(value).items() if held[key] > 1]


def test_copy_of_a_state_shares_nothing_that_changes() -> None:
    state = full_state().state
    copy = Copies().of(state)
    before, after = changing(state), changing(copy)
    both = [each for each in before if each in after and parts_of(before[each])]
    assert both == []
    # Plain collections are no objects: an empty one that several objects share is copied for each.
    objects = [sum(type(e) not in PLAIN for e in each.values()) for each in (before, after)]
    assert objects[0] == objects[1] > 100
    assert likeness(copy) == likeness(state)


def test_plain_collections_of_a_state_belong_to_one_attribute_each() -> None:
    assert shared_collections(full_state().state) == []
    twice = [1]
    assert shared_collections([Node(twice), Node(twice)]) == [twice]


def test_change_of_a_copy_is_not_one_of_the_original() -> None:
    k = full_state()
    before = likeness(k.state)
    copy = Copies().of(k.state)
    for entry in copy.table.values():
        copy.change(entry.live, False, None)
    assert likeness(k.state) == before
    assert likeness(copy) != before
    assert all(type(copy) is State and each.live.value is False for each in copy.table.values())


def test_links_within_a_copy_are_to_copies() -> None:
    shared = Node(1)
    whole = [
        Node(link=shared),
        (shared, 1),
        {shared},
        frozenset((shared,)),
        {5: shared},
        Pair(shared, 1),
    ]
    first, pair, few, fixed, table, named = Copies().of(whole)
    (copied,) = few
    assert copied is not shared
    assert first.link is copied
    assert pair == (copied, 1)
    assert fixed == {copied}
    assert table == {5: copied}
    assert named == Pair(copied, 1)
    assert type(named) is Pair
    assert type(pair) is tuple and type(fixed) is frozenset and type(few) is set
    assert not hasattr(copied, "link")


def test_two_copies_by_one_belong_together() -> None:
    shared = Node(1)
    copies = Copies()
    assert copies.of([shared])[0] is copies.of({1: shared})[1]
    assert Copies().of(shared) is not copies.of(shared)


def test_loops_and_long_chains_are_copied() -> None:
    chain = first = Node(0)
    for number in range(5_000):
        chain.link = Node(number)
        chain = chain.link
    chain.link = first
    copy = Copies().of(first)
    length = 0
    each = copy.link
    while each is not copy:
        each, length = each.link, length + 1
    assert length == 5_000
    assert first.link is not copy.link


def test_what_never_changes_is_shared() -> None:
    clause = find_clause("handle_close/closed")
    assert clause is not None
    for value in ((1, "a", (b"b", None)), frozenset((1, 2)), clause, Sample(b"x"), "text", State):
        assert Copies().of([value])[0] is value


def test_attributes_of_all_classes_are_copied() -> None:
    made = Sub([1])
    made.more = [2]
    made.extra = [3]
    copy = Copies().of(made)
    assert type(copy) is Sub
    assert (copy.value, copy.more, copy.extra) == ([1], [2], [3])
    assert copy.value is not made.value
    assert copy.more is not made.more
    assert copy.extra is not made.extra
    table = Table(made)
    table["key"] = made
    copied = Copies().of(table)
    assert type(copied) is Table
    assert copied.owner is copied["key"] is not made


def test_parts_are_what_a_value_refers_to() -> None:
    node, other = Node("v"), Node("w")
    node.link = other
    node.extra = 5
    assert sorted(map(str, parts_of(node))) == sorted(map(str, ["v", other, 5]))
    assert parts_of([node, 1]) == [node, 1]
    assert parts_of((node,)) == [node]
    assert parts_of({node}) == [node]
    table = Table(other)
    table[1] = node
    assert parts_of(table) == [node, other]
    assert parts_of("text") == parts_of(5) == parts_of(None) == []


# ---- likeness


def changed(change: Callable[[Kernel], None]) -> bool:
    """Is a state another one after the change?"""
    k = full_state()
    before = likeness(k.state)
    change(k)
    return likeness(k.state) != before


def first_fact(k: Kernel) -> Fact[bool]:
    return next(iter(k.state.table.values())).live


def give_options(k: Kernel) -> None:
    first_fact(k).options = (True, False)


def reverse_table(k: Kernel) -> None:
    items = list(dict.items(k.state.table))
    dict.clear(k.state.table)
    for key, value in reversed(items):
        dict.__setitem__(k.state.table, key, value)


def reverse_handles(k: Kernel) -> None:
    objects = {id(e.object.value): e.object.value for e in k.state.table.values()}
    assert max(len(each.handles) for each in objects.values() if each is not None) > 1
    for each in objects.values():
        if each is not None:
            each.handles.reverse()


def confirm(k: Kernel) -> None:
    fact = next(e.live for e in k.state.table.values() if e.live.expectation is not None)
    fact.expectation = fact.origin = None


def channel_queue(k: Kernel) -> list[Any]:
    objects = [each.object.value for each in k.state.table.values()]
    return next(each.queue for each in objects if getattr(each, "queue", None))  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        (lambda k: k.state.change(first_fact(k), False, None), True),
        (give_options, True),
        (lambda k: channel_queue(k).clear(), True),
        (lambda k: k.channel_create(), True),
        (reverse_table, False),
        (confirm, False),
        (lambda k: k.state.seen.add("x"), False),
        (lambda k: setattr(k.state, "calls", 77), False),
        (lambda k: setattr(k.state, "began", 77), False),
        (reverse_handles, False),
    ],
)
def test_states_are_alike_where_no_answer_can_differ(
    change: Callable[[Kernel], None], differs: bool
) -> None:
    assert changed(change) is differs


def test_likeness_follows_links_and_not_identity() -> None:
    assert likeness(Node(1, Node(2))) == likeness(Node(1, Node(2)))
    assert likeness(Node(1, Node(2))) != likeness(Node(1, Node(3)))
    shared = Node(1)
    assert likeness([shared, shared]) != likeness([Node(1), Node(1)])
    other = Node(1)
    assert likeness([shared, other, shared]) != likeness([shared, other, other])
    assert likeness([Node(1), 2]) != likeness([2, Node(1)])
    assert likeness({1: "a", 2: "b"}) == likeness({2: "b", 1: "a"})
    assert likeness({1: "a", 2: "b"}) != likeness({1: "b", 2: "a"})
    assert likeness({"x": 1}) != likeness({"y": 1})
    assert likeness(Node(1)) != likeness(Sub(1))
    assert likeness({1, 2}) == likeness({2, 1}) != likeness({1, 3})
    assert likeness((1, (2, "x"))) != likeness((1, (2, "y")))
    assert likeness(1, 2) != likeness(1, 3)
