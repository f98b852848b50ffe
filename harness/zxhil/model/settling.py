"""Which facts of an object an answer about it may settle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from zxhil.model.facts import Fact
from zxhil.model.objects import Channel, KernelObject, Message, ShareSlot, Socket, Vmo
from zxhil.model.packets import KernelPort, Packet


def open_of(fact: Fact[Any]) -> tuple[Fact[Any], ...]:
    """The fact, if an answer may still settle it."""
    return (fact,) if fact.expectation is not None or fact.value is None else ()


def facts_of(object_: KernelObject) -> Iterator[Fact[Any]]:
    """Those of an object and its other side on which an answer about it may depend."""
    for side in (object_, object_.peer):
        if side is None:
            continue
        if side is not object_:
            for entry in side.handles:
                yield entry.live
            if side.kept is not None:
                yield side.kept
        yield from (fact for fact in side.open_facts() if fact.options)
        for fact in side.yes_or_no_facts():
            yield from open_of(fact)
        if isinstance(side, Channel):
            yield from (item.present for item in waiting(side.queue))
        elif isinstance(side, Socket):
            yield from (item.present for item in waiting(side.shares))
        elif isinstance(side, Vmo):
            yield from (each.source.counted for each in side.clones if each.source is not None)
        elif isinstance(side, KernelPort):
            yield from (item.present for item in waiting(side.queue))
        if side.cookie is not None:
            yield side.cookie.present
            key = None if side.cookie.scope is None else side.cookie.scope.value
            yield from () if key is None else (entry.live for entry in key.handles)


Q = TypeVar("Q", Message, ShareSlot, Packet)


def waiting(queue: Sequence[Q]) -> Iterator[Q]:
    """The items of a queue that may be its first: all up to the first that is there for sure."""
    for item in queue:
        yield item
        if item.present.value is True:
            return
