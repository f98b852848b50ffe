"""Records of several threads, and their times."""

from __future__ import annotations

import pytest
from zxhil.abi.calls import BY_NAME
from zxhil.abi.runtime import MOST_THREADS, TIME_SHIFT
from zxhil.trace import stamp
from zxhil.trace.encode import TraceWriter
from zxhil.trace.events import (
    BootstrapHandle,
    CallMade,
    CallReturned,
    Event,
    NoReturn,
    ThreadStarted,
)
from zxhil.trace.frame import Damage
from zxhil.trace.records import TraceReader

UNIT = 1 << TIME_SHIFT
CLOSE = BY_NAME["handle_close"].type(7)


class Recorded:
    """One case, and what is read of it."""

    def __init__(self) -> None:
        self.writer = TraceWriter()
        self.writer.start("x64", "p", 2)
        self.writer.begin(0, "it")

    def call(self, thread: int = 0, time: int = 0) -> None:
        self.writer.call("handle_close", CLOSE, thread, time)

    def returned(self, thread: int = 0, time: int = 0) -> None:
        self.writer.returned("handle_close", 0, {}, thread, time)

    def events(self) -> list[Event]:
        reader = TraceReader()
        found = reader.feed(self.writer.take()) + reader.finish()
        return found[3:]

    def damage(self) -> list[str]:
        return [event.what for event in self.events() if isinstance(event, Damage)]


def of_threads(events: list[Event]) -> list[tuple[str, int]]:
    calls = [e for e in events if isinstance(e, CallMade | CallReturned)]
    return [(type(each).__name__, each.thread) for each in calls]


def times(events: list[Event]) -> list[int]:
    return [e.time for e in events if isinstance(e, CallMade | CallReturned)]


@pytest.fixture
def recorded() -> Recorded:
    return Recorded()


def test_calls_of_two_threads_may_overlap(recorded):
    recorded.writer.thread(1)
    recorded.call(0)
    recorded.call(1)
    recorded.returned(0)
    recorded.returned(1)
    events = recorded.events()
    assert isinstance(events[1], ThreadStarted)
    made, returned = "CallMade", "CallReturned"
    assert of_threads(events) == [(made, 0), (made, 1), (returned, 0), (returned, 1)]
    assert recorded.damage() == []


def test_call_that_is_not_supposed_to_return_is_announced(recorded):
    recorded.writer.thread(2)
    recorded.writer.no_return(2)
    recorded.call(2)
    events = recorded.events()
    assert [each.thread for each in events if isinstance(each, NoReturn)] == [2]


def test_handle_of_another_process_is_one_of_its_own_table(recorded):
    recorded.writer.thread(1, 3)
    recorded.writer.bootstrap(0xF0, 7, 4, 0xF00E, 1001, process=3)
    handle = next(e for e in recorded.events() if isinstance(e, BootstrapHandle))
    assert (handle.handle, handle.koid, handle.process) == (7, 1001, 3)


@pytest.mark.parametrize(
    ("break_it", "what"),
    [
        (lambda r: r.returned(), "no call was made"),
        (lambda r: (r.call(), r.call()), "thread 0 makes a call and is in another"),
        (lambda r: r.call(1), "thread 1 did not start"),
        (lambda r: (r.writer.thread(1), r.returned(1)), "thread 1 is in no call"),
        (lambda r: (r.writer.thread(1), r.writer.thread(1)), "thread 1 started again"),
        (lambda r: r.writer.thread(16), "thread 16 of process 0"),
        (lambda r: r.writer.thread(1, 5), "thread 1 of process 5"),
        (lambda r: r.writer.no_return(1), "thread 1 did not start"),
        (lambda r: r.writer.bootstrap(1, 2, 3, 4, 5, process=1), "process 1 did not start"),
        (
            lambda r: (r.writer.thread(1), r.writer.end(0, 0), r.writer.begin(1, "x"), r.call(1)),
            "thread 1 did not start",
        ),
    ],
)
def test_what_no_guest_writes_is_damage(recorded, break_it, what):
    break_it(recorded)
    (damage,) = recorded.damage()
    assert damage.endswith(what)


@pytest.mark.parametrize("start", [0, 1, UNIT - 1, 5 * 10**9, 2**62])
@pytest.mark.parametrize("step", [1, UNIT - 1, UNIT, 31 * UNIT, 10**6, 10**12])
def test_call_lies_between_the_times_of_its_records(recorded, start, step):
    given = [start + 1 + step * number for number in range(6)]
    recorded.writer.thread(15)
    for made, back in zip(given[::2], given[1::2], strict=True):
        recorded.call(15, made)
        recorded.returned(15, back)
    read = times(recorded.events())
    assert all(0 <= made - time < UNIT for made, time in zip(given[::2], read[::2], strict=True))
    assert all(0 <= time - back < UNIT for back, time in zip(given[1::2], read[1::2], strict=True))


def test_return_that_is_sent_late_counts_as_later(recorded):
    recorded.writer.thread(1)
    recorded.call(0, 10 * UNIT)
    recorded.call(1, 20 * UNIT)
    recorded.returned(0, 12 * UNIT)
    assert times(recorded.events()) == [10 * UNIT, 20 * UNIT, 20 * UNIT]


def test_kernel_without_a_clock_has_no_times(recorded):
    for _ in range(2):
        recorded.call()
        recorded.returned()
    assert times(recorded.events()) == [0] * 4


def test_time_after_lost_records_is_unknown_until_the_next_case(recorded):
    recorded.call(0, 5 * UNIT)
    recorded.returned(0, 6 * UNIT)
    first = recorded.writer.take()
    recorded.call(0, 7 * UNIT)
    recorded.writer.take()
    recorded.returned(0, 8 * UNIT)
    recorded.call(0, 9 * UNIT)
    recorded.writer.end(0, 2)
    recorded.writer.begin(1, "next")
    recorded.call(0, 10 * UNIT)
    reader = TraceReader()
    events = reader.feed(first + recorded.writer.take())
    assert times(events) == [5 * UNIT, 6 * UNIT, 0, 10 * UNIT]


@pytest.mark.parametrize("thread", range(MOST_THREADS + 1))
@pytest.mark.parametrize("value", [0, 31, 32, 1023, 1024, 2**50])
def test_stamp_comes_back_as_it_was(thread, value):
    text = stamp.spelled(thread, value)
    assert stamp.taken(text + "8 w") == (thread, value, len(text))
    assert len(stamp.spelled(thread, 31)) == 1 + (thread > 0)


@pytest.mark.parametrize("text", ["", " 0", "P", "P" * 12 + "0", "p0", "!", "~0"])
def test_text_that_is_no_stamp_is_refused(text):
    with pytest.raises((ValueError, IndexError)):
        stamp.taken(text)
