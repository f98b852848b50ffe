"""The limits, on a clock that the test moves."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
from zxhil.machine.limits import Limit, Limits, Passed, Watch
from zxhil.machine.starved import starved_seconds


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watch(clock: Clock) -> Watch:
    return Watch(Limits(boot=10, case=5, silence=100), clock)


def test_no_first_line(watch: Watch, clock: Clock) -> None:
    assert watch.deadline == 1010
    clock.now = 1009.9
    watch.heard()
    assert watch.passed() is None
    clock.now = 1010
    assert watch.passed() == Passed(Limit.BOOT, 10)


def test_no_byte_at_all(clock: Clock) -> None:
    watch = Watch(Limits(boot=10, case=5, silence=3), clock)
    clock.now = 1002
    watch.heard()
    assert watch.deadline == 1005
    clock.now = 1004.9
    assert watch.passed() is None
    clock.now = 1005
    assert watch.passed() == Passed(Limit.SILENCE, 3)


def test_a_case_that_goes_on_talking(watch: Watch, clock: Clock) -> None:
    clock.now = 1009
    watch.booted()
    watch.advanced()
    for now in (1011, 1013, 1013.9):
        clock.now = now
        watch.heard()
        assert watch.passed() is None
    clock.now = 1014
    assert watch.passed() == Passed(Limit.CASE, 5)


def test_each_case_has_its_own_time(watch: Watch, clock: Clock) -> None:
    for _ in range(10):
        watch.advanced()
        clock.now += 4
        assert watch.passed() is None
        watch.advanced()
        clock.now += 4
        watch.heard()
        assert watch.passed() is None


@pytest.mark.parametrize("last", ["booted", "advanced"])
def test_noise_between_cases_has_an_end(last: str, watch: Watch, clock: Clock) -> None:
    getattr(watch, last)()
    for _ in range(9):
        clock.now += 0.5
        watch.heard()
        assert watch.passed() is None
    clock.now += 0.5
    watch.heard()
    assert watch.passed() == Passed(Limit.CASE, 5)


def test_booted_does_not_end_a_case(watch: Watch, clock: Clock) -> None:
    watch.advanced()
    watch.booted()
    clock.now += 5
    assert watch.passed() == Passed(Limit.CASE, 5)


def test_the_earliest_of_two_is_named(clock: Clock) -> None:
    watch = Watch(Limits(boot=10, case=5, silence=3), clock)
    clock.now = 2000
    assert watch.passed() == Passed(Limit.SILENCE, 3)


def test_time_without_a_processor_does_not_count(clock: Clock) -> None:
    starved = [100.0]
    watch = Watch(Limits(boot=10, case=5, silence=3600), clock)
    watch.discount(lambda: starved[0])
    # Of each second, the machine gets a tenth.
    while watch.passed() is None:
        clock.now += 1
        starved[0] += 0.9
    assert watch.passed() == Passed(Limit.BOOT, 10)
    assert clock.now == pytest.approx(1100, abs=1)


def test_process_that_shares_its_processor_starves() -> None:
    processor = min(os.sched_getaffinity(0))
    busy = f"import os; os.sched_setaffinity(0, [{processor}])\nwhile True: pass"
    both = [subprocess.Popen([sys.executable, "-c", busy]) for _ in range(2)]
    try:
        while not all(starved_seconds(each.pid) > 0.05 for each in both):
            assert [each.poll() for each in both] == [None, None]
            time.sleep(0.01)
    finally:
        for each in both:
            each.kill()
            each.wait()
    assert starved_seconds(both[0].pid) == 0.0


def test_guest_that_hangs_on_a_quiet_host_gets_no_time(clock: Clock) -> None:
    starved = [0.0]
    watch = Watch(Limits(boot=10, case=5, silence=3600), clock)
    watch.discount(lambda: starved[0])
    clock.now, starved[0] = 1010.0, 0.004
    assert watch.passed() == Passed(Limit.BOOT, 10)


def test_starvation_extends_a_limit_by_no_more_than_itself(clock: Clock) -> None:
    starved = [0.0]
    watch = Watch(Limits(boot=10, case=5, silence=3600), clock)
    watch.discount(lambda: starved[0])
    # It starved for hours before the case began: the case gets its time again, once.
    watch.booted()
    starved[0] = 7200.0
    clock.now = 1005.0
    assert watch.passed() is None
    assert watch.deadline == 1010.0
    clock.now = 1010.0
    assert watch.passed() == Passed(Limit.CASE, 5)


def test_scaled() -> None:
    assert Limits(1, 2, 3).scaled(3) == Limits(3, 6, 9)


def test_a_jump_of_the_wall_clock_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = Watch(Limits())
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert watch.passed() is None
    monkeypatch.setattr(time, "time", lambda: 1e12)
    assert watch.passed() is None
