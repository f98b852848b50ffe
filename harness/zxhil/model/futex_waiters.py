"""Which threads wait for which futex, as numbers: one thread is as any other."""

from __future__ import annotations

from zxhil.model.clause import Clause
from zxhil.model.objects import KernelObject

Key = tuple[int, int]
"""A futex: its process, and its place there."""


class Waiters:
    """The threads that sleep in the queue of one futex, as numbers by the futex of their call.

    Which of several a call wakes, pages do not say. `owner` is the thread that owns the futex, if
    `owner_known`.
    """

    __slots__ = ("owner", "owner_known", "sleeping")

    def __init__(self) -> None:
        self.sleeping: dict[Key, int] = {}
        self.owner: KernelObject | None = None
        self.owner_known = True


class Futexes:
    """All futexes that threads wait for.

    `woken` has, by the futex of their call, those that a call woke and whose call has not returned:
    for each the sentences that say so. `lost`: which threads sleep where is not known any more.
    """

    __slots__ = ("lost", "queues", "woken")

    def __init__(self) -> None:
        self.queues: dict[Key, Waiters] = {}
        self.woken: dict[Key, list[tuple[Clause, ...]]] = {}
        self.lost = False

    def at(self, key: Key) -> Waiters:
        """The queue of a futex."""
        return self.queues.setdefault(key, Waiters())

    def sleepers(self, key: Key) -> int:
        """How many threads sleep in the queue of a futex."""
        queue = self.queues.get(key)
        return 0 if queue is None else sum(queue.sleeping.values())

    def take(self, key: Key, count: int) -> dict[Key, int]:
        """Take so many threads out of a queue, all if there are fewer."""
        queue = self.queues.get(key)
        if queue is None:
            return {}
        taken = {origin: min(count, number) for origin, number in queue.sleeping.items()}
        if count < self.sleepers(key) and len(taken) > 1:
            self.lost = True
        for origin, number in taken.items():
            queue.sleeping[origin] -= number
        queue.sleeping = {origin: left for origin, left in queue.sleeping.items() if left}
        if not queue.sleeping:
            del self.queues[key]
        return {origin: number for origin, number in taken.items() if number}
