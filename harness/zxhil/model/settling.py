"""Which facts of an object an answer about it may settle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from zxhil.model.facts import Fact
from zxhil.model.objects import Channel, KernelObject, Message, ShareSlot, Socket, Vmo
from zxhil.model.packets import KernelPort, Packet


def is_open(fact: Fact[Any]) -> bool:
    """May an answer still settle the fact?"""
    return fact.expectation is not None or fact.value is None


def facts_of(object_: KernelObject, *, cookies: bool) -> Iterator[Fact[Any]]:
    """Those of an object and its other side on which an answer about it may depend.

    Those of its cookie only with `cookies`.
    """
    for side in (object_, object_.peer):
        if side is None:
            continue
        if side is not object_:
            for entry in side.handles:
                yield entry.live
            if side.kept is not None:
                yield side.kept
        for fact in side.open_facts():
            if fact.options:
                yield fact
        yield from side.yes_or_no_facts()
        queue: Sequence[Any] = ()
        if isinstance(side, Channel | KernelPort):
            queue = side.queue
        elif isinstance(side, Socket):
            queue = side.shares
        elif isinstance(side, Vmo):
            for clone in side.clones:
                if clone.source is not None:
                    yield clone.source.counted
        for item in queue:
            # What `waiting` does, less a generator.
            yield item.present
            if item.present.value is True:
                break
        if cookies and side.cookie is not None:
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
