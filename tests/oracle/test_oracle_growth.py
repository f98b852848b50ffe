"""Judging costs twice as much for twice the calls: counted in calls of functions, and not timed."""

from __future__ import annotations

import pytest
from growth import functions_called
from zxhil.oracle.oracle import Oracle
from zxhil.oracle.simulate import Simulation
from zxhil.trace.records import TraceReader


def counted(stream: bytes) -> int:
    """How many functions are called to judge a stream."""
    oracle, reader = Oracle("simulated"), TraceReader()

    def judge() -> None:
        for at in range(0, len(stream), 4096):
            oracle.feed(reader.feed(stream[at : at + 4096]))

    return functions_called(judge)


def cases(number: int, calls: int) -> bytes:
    """So many cases, of a few times so many calls."""
    trace = Simulation()
    for index in range(number):
        with trace.case(f"case_{index}") as k:
            a, b = k.channel_create()
            for _ in range(calls):
                (sent,) = k.event_create()
                k.channel_write(a, b"text", [sent])
                for handle in k.channel_read(b):
                    k.object_get_info(handle)
                    k.handle_close(handle)
    return trace.finish()


@pytest.mark.parametrize(
    ("once", "twice"),
    [((10, 5), (20, 5)), ((2, 25), (2, 50))],
    ids=["cases", "calls of a case"],
)
def test_twice_the_calls_cost_twice_as_much(once: tuple[int, int], twice: tuple[int, int]) -> None:
    counted(cases(*once))  # pages are loaded, and what comes again is remembered
    ratio = counted(cases(*twice)) / counted(cases(*once))
    assert 1.7 < ratio < 2.1
