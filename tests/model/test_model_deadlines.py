"""What happens before a deadline, and is reported too early; timers that may fire."""

from __future__ import annotations

import pytest
from zxhil.abi.objects import LIMITS, Signal
from zxhil.model.deadlines import INFINITE, before_deadline, is_early, signed
from zxhil.model.kernel import Kernel
from zxhil.model.pages import find_clause
from zxhil.model.timers import Timer, fired_early, known, may_fire, saw_signals

CLAUSE = find_clause("nanosleep/suspends")
FIRES = find_clause("timer_set/fires")
SIGNALED = int(Signal.TIMER_SIGNALED)
LATE = LIMITS["ZX_TIMER_SLACK_LATE"]
assert CLAUSE is not None
assert FIRES is not None


@pytest.mark.parametrize(
    ("bits", "time"),
    [(0, 0), (INFINITE, INFINITE), (1 << 63, -(1 << 63)), ((1 << 64) - 1, -1), (5, 5)],
)
def test_time_is_signed(bits: int, time: int) -> None:
    assert signed(bits) == time


@pytest.mark.parametrize(
    ("ended", "deadline", "early"),
    [(0, 5, False), (1, 2, True), (4, 5, True), (5, 5, False), (6, 5, False), (1, 1 << 63, False)],
)
def test_call_was_early_if_it_was_surely_back_before(
    ended: int, deadline: int, early: bool
) -> None:
    k = Kernel()
    k.state.ended = ended
    assert is_early(k.state, deadline) is early


def test_early_return_says_how_early() -> None:
    assert CLAUSE is not None
    k = Kernel()
    k.state.ended = 100
    (wrong,) = before_deadline(k.state, 107, CLAUSE)
    assert (wrong.expected, wrong.got) == ("a return not before 107 ns", "it 7 ns early")
    (wrong,) = before_deadline(k.state, INFINITE, CLAUSE)
    assert wrong.expected == "no return, as the deadline is ZX_TIME_INFINITE"
    assert list(before_deadline(k.state, 100, CLAUSE)) == []


def set_timer(k: Kernel, deadline: int = 107, slack: int = 0, options: int = LATE) -> Timer:
    (handle,) = k.timer_create(options, 0)
    k.timer_set(handle, deadline, slack)
    timer = k.state.object(handle)
    assert isinstance(timer, Timer)
    return timer


@pytest.mark.parametrize(
    ("seen", "ended", "early"),
    [
        (SIGNALED, 100, True),
        (SIGNALED | 1 << 24, 100, True),
        (SIGNALED, 107, False),
        (1 << 24, 100, False),
        (0, 100, False),
        (None, 100, False),
    ],
)
def test_timer_that_fired_before_it_was_due_diverges(
    seen: int | None, ended: int, early: bool
) -> None:
    assert FIRES is not None
    k = Kernel()
    timer = set_timer(k)
    k.state.ended = ended
    found = list(fired_early(k.state, timer, seen, FIRES))
    assert bool(found) is early
    if early:
        assert found[0].expected == "no ZX_TIMER_SIGNALED before 107 ns"
        assert found[0].got == "it 7 ns early"
    assert list(fired_early(k.state, None, seen, FIRES)) == []
    timer.fired.value = True
    assert list(fired_early(k.state, timer, seen, FIRES)) == []


@pytest.mark.parametrize(
    ("seen", "fires"),
    [(SIGNALED, True), (SIGNALED | 1, True), (1, False), (0, False), (None, False)],
)
def test_timer_that_was_seen_to_fire_has_fired(seen: int | None, fires: bool) -> None:
    assert FIRES is not None
    k = Kernel()
    timer = set_timer(k)
    assert may_fire(timer)
    saw_signals(k.state, timer, seen, FIRES)
    assert timer.fired.value is (True if fires else None)
    assert timer.pending is not fires
    assert (FIRES.id in k.state.seen) is fires
    assert may_fire(timer) is not fires
    assert timer.yes_or_no_facts() == ((timer.fired,) if fires else ())
    (other,) = k.event_create()
    saw_signals(k.state, k.state.object(other), SIGNALED, FIRES)
    saw_signals(k.state, None, SIGNALED, FIRES)


def test_timer_that_is_not_set_does_not_fire() -> None:
    assert FIRES is not None
    k = Kernel()
    (handle,) = k.timer_create(LATE, 0)
    timer = k.state.object(handle)
    assert isinstance(timer, Timer)
    assert not may_fire(timer)
    timer.fired.value = None
    assert not may_fire(timer)
    timer.fired.value = False
    saw_signals(k.state, timer, SIGNALED, FIRES)
    assert timer.fired.value is False
    assert FIRES.id not in k.state.seen
    set_again = set_timer(k)
    set_again.fired.value = True
    assert not may_fire(set_again)


@pytest.mark.parametrize(
    ("deadline", "slack", "options", "due", "fires"),
    [
        (1000, 100, LATE, 1000, True),
        (1000, 100, 0, 900, True),
        ((1 << 62) - 1, 0, LATE, (1 << 62) - 1, True),
        (1 << 62, 0, LATE, 1 << 62, False),
        (1 << 62, 1, 0, (1 << 62) - 1, True),
    ],
)
def test_timer_is_due_at_its_deadline_less_its_slack(
    deadline: int, slack: int, options: int, due: int, fires: bool
) -> None:
    timer = Timer(options)
    assert (timer.pending, timer.due) == (False, 0)
    assert timer.waits_until(deadline, slack) is fires
    assert (timer.pending, timer.due) == (True, due)


def test_timer_that_others_may_have_set_is_not_known() -> None:
    k = Kernel()
    (handle,) = k.timer_create(LATE, 0)
    timer = k.state.object(handle)
    assert timer is not None
    assert known(k.state, handle) is timer
    timer.unseen = True
    assert known(k.state, handle) is None
    timer.unseen, timer.unidentified = False, True
    assert known(k.state, handle) is None
    (other,) = k.event_create()
    assert known(k.state, other) is None
