"""What holds for any calls: Kleene's logic, and that a kernel that keeps to the pages conforms."""

from __future__ import annotations

import itertools
import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zxhil.abi.kinds import Memory
from zxhil.abi.objects import HandleOp, ObjType
from zxhil.abi.rights import Rights
from zxhil.model.kernel import Kernel
from zxhil.model.tri import MAYBE, NO, YES, both, either, negate, tri
from zxhil.oracle.oracle import Oracle
from zxhil.oracle.results import CaseEndKind
from zxhil.oracle.simulate import JOB, PROCESS, RESOURCE, THREAD, Simulation
from zxhil.trace.records import TraceReader

TRIS = (NO, MAYBE, YES)


@pytest.mark.parametrize(("a", "b"), list(itertools.product(TRIS, TRIS)))
def test_kleene_logic(a, b):
    assert both(a, b) == negate(either(negate(a), negate(b)))
    assert both(a, b) == both(b, a)
    assert negate(negate(a)) == a
    possible = {NO: {False}, MAYBE: {False, True}, YES: {True}}
    for combine, meaning in ((both, lambda x, y: x and y), (either, lambda x, y: x or y)):
        outcomes = {meaning(x, y) for x in possible[a] for y in possible[b]}
        assert possible[combine(a, b)] == outcomes


def test_tri_of_a_bool():
    assert [tri(value) for value in (False, None, True)] == [NO, MAYBE, YES]


class Player:
    """Makes calls determined by a list of numbers, with its own handles, valid and closed."""

    def __init__(self, kernel: Kernel, numbers: list[int]) -> None:
        self.k = kernel
        self.numbers = iter(numbers)
        self.handles = [JOB, PROCESS, THREAD, RESOURCE, 0, 0xDEAD]
        self.koids = [0, 1, 1 << 63, 4242]

    def pick(self, count: int) -> int:
        return next(self.numbers) % count

    def handle(self) -> int:
        # The later a handle was made, the likelier it is taken.
        count = len(self.handles)
        return self.handles[max(self.pick(count), self.pick(count))]

    def pointer(self, value: object) -> object:
        return (value, value, value, value, None, Memory.INVALID, Memory.READABLE)[self.pick(7)]

    def rights(self) -> int:
        every = 0xFFFFF
        choices = (
            Rights.SAME_RIGHTS,
            0,
            every & ~Rights.TRANSFER,
            Rights.TRANSFER | Rights.WAIT,
            Rights.READ | Rights.WRITE | Rights.TRANSFER | Rights.DUPLICATE,
            every & ~Rights.ENUMERATE,
        )
        return int(choices[self.pick(len(choices))])

    def step(self) -> None:
        makers = (self.create, self.create, self.channel, self.handle_call, self.object_call)
        returned = makers[self.pick(len(makers))]()
        self.handles += [h for h in returned.handles if h]
        self.koids += [k for k in list(self.k.state.by_koid)[-2:] if k not in self.koids]

    def create(self):
        k, options = self.k, (0, 0, 0, 1, 4)[self.pick(5)]
        return (
            lambda: k.channel_create(options & 1),
            lambda: k.socket_create(options),
            lambda: k.event_create(options & 1),
            lambda: k.eventpair_create(options & 1),
            lambda: k.vmo_create(4096, options),
            lambda: k.port_create(options & 1),
            lambda: k.timer_create(options),
            lambda: k.job_create(self.handle(), options & 1),
            lambda: k.process_create(self.handle()),
            lambda: k.thread_create(self.handle()),
            lambda: k.resource_create(self.handle(), 4),
        )[self.pick(11)]()

    def channel(self):
        k, handle = self.k, self.handle()
        some = [self.handle() for _ in range(self.pick(4))]
        data = self.pointer(b"abc"[: self.pick(4)])
        options = int(self.pick(9) == 0)
        if self.pick(3) == 0:
            rooms = (0, 1, 64)
            read = k.channel_read if self.pick(2) else k.channel_read_etc
            return read(handle, rooms[self.pick(3)], rooms[self.pick(3)], options)
        if self.pick(2):
            return k.channel_write(handle, data, self.pointer(some), options)
        entries = [
            (
                (int(HandleOp.MOVE), int(HandleOp.DUPLICATE), 2)[min(self.pick(7), 2) % 3],
                value,
                (0, 0, int(ObjType.EVENT), int(ObjType.CHANNEL))[self.pick(4)],
                self.rights(),
                -int(self.pick(12) == 0),
            )
            for value in some
        ]
        return k.channel_write_etc(handle, data, self.pointer(entries), options)

    def handle_call(self):
        k, handle = self.k, self.handle()
        return (
            lambda: k.handle_close(handle),
            lambda: k.handle_duplicate(handle, self.rights()),
            lambda: k.handle_replace(handle, self.rights()),
            lambda: k.object_get_info(handle),
            lambda: k.object_get_info(handle, (1, 4, 8, 9, 19)[self.pick(5)], 8),
        )[self.pick(5)]()

    def object_call(self):
        k, handle, other = self.k, self.handle(), self.handle()
        return (
            lambda: k.object_set_cookie(handle, other, self.pick(9)),
            lambda: k.object_get_cookie(handle, other),
            lambda: k.object_get_child(handle, self.koids[self.pick(len(self.koids))]),
            lambda: k.object_wait_one(handle, (0x300, 4, 8, 0)[self.pick(4)]),
            lambda: k.object_signal(handle, self.pick(16), (8, 1 << 24)[self.pick(2)]),
            lambda: k.socket_share(handle, other),
            lambda: k.socket_accept(handle),
            lambda: k.socket_write(handle, b"data", self.pick(2) * 4),
            lambda: k.socket_read(handle, 64),
        )[self.pick(9)]()


def play(numbers: list[int]) -> tuple[bytes, int]:
    simulation = Simulation()
    with simulation.case("any") as k:
        player = Player(k, [*numbers, *itertools.repeat(0, 40)])
        for _ in range(len(numbers) // 12):
            player.step()
        calls = k.calls
    return simulation.finish(), calls


@given(st.lists(st.integers(0, 1000), max_size=600))
def test_kernel_that_keeps_to_the_pages_conforms(numbers):
    trace, calls = play(numbers)
    oracle, reader = Oracle("any"), TraceReader()
    (result,) = oracle.feed(reader.feed(trace) + reader.finish())
    assert result.divergences == ()
    assert result.end is CaseEndKind.PASSED
    assert len(result.calls) == calls
    assert not oracle.damage


def test_player_reaches_most_of_the_five_pages():
    """The property is worth something only if its calls get somewhere."""
    reached: set[str] = set()
    numbers = random.Random(1)
    for _ in range(80):
        trace, _ = play([numbers.randrange(1000) for _ in range(600)])
        oracle, reader = Oracle("any"), TraceReader()
        (result,) = oracle.feed(reader.feed(trace) + reader.finish())
        assert result.end is CaseEndKind.PASSED
        reached.update(result.reached)
    pages = Counter(clause.partition("/")[0] for clause in reached)
    assert pages["channel_write"] > 10
    assert pages["channel_write_etc"] > 14
    assert pages["socket_share"] > 10
    assert pages["object_set_cookie"] > 7
