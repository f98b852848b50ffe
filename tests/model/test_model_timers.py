"""Timers, clocks, and random numbers: what the trace shows, and which sentence is blamed."""

from __future__ import annotations

import pytest
from zxhil.abi.calls import RETURN
from zxhil.abi.objects import LIMITS, Signal
from zxhil.abi.sample import Sample
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.deadlines import INFINITE
from zxhil.model.judge import Verdict, VerdictKind
from zxhil.model.kernel import Kernel

CONFORMS = VerdictKind.CONFORMS
SIGNALED = int(Signal.TIMER_SIGNALED)
OK, TIMED_OUT = int(Status.ZX_OK), int(Status.ZX_ERR_TIMED_OUT)


@pytest.fixture
def k() -> Kernel:
    return Kernel()


def made(k: Kernel, slack: str = "CENTER") -> int:
    (timer,) = k.timer_create(LIMITS[f"ZX_TIMER_SLACK_{slack}"], 0)
    return timer


def sees(k: Kernel, timer: int, signaled: bool, at: int = 0) -> Verdict:
    """Poll the signal; the poll is over by `at`."""
    k.state.began = k.state.ended = at
    observed = SIGNALED if signaled else 0
    call = k.make("object_wait_one", handle=timer, signals=SIGNALED, deadline=0, observed=1)
    return k.observe(call, Outcome(OK if signaled else TIMED_OUT, {"observed": observed}))


def blamed(verdict: Verdict) -> set[str]:
    return {clause.id for clause in verdict.blamed}


def test_timer_is_clear_until_it_is_set(k: Kernel) -> None:
    timer = made(k)
    assert sees(k, timer, False).kind is CONFORMS
    assert sees(k, timer, True).kind is not CONFORMS


@pytest.mark.parametrize("deadline", [0, -1, -(1 << 63)])
def test_deadline_that_is_not_positive_fires_at_once(k: Kernel, deadline: int) -> None:
    timer = made(k)
    k.timer_set(timer, deadline, 5)
    assert "timer_set/at_once" in blamed(sees(k, timer, False))
    k.timer_set(timer, deadline, 5)
    assert sees(k, timer, True).kind is CONFORMS


@pytest.mark.parametrize("again", ["timer_set", "timer_cancel"])
def test_fired_timer_is_clear_when_it_is_set_again_or_canceled(k: Kernel, again: str) -> None:
    timer = made(k)
    k.timer_set(timer, 0, 0)
    assert sees(k, timer, True).kind is CONFORMS
    k.timer_set(timer, INFINITE, 0) if again == "timer_set" else k.timer_cancel(timer)
    clause = {"timer_set": "timer_set/deasserted", "timer_cancel": "timer_cancel/canceled"}[again]
    assert clause in blamed(sees(k, timer, True))


@pytest.mark.parametrize(
    ("slack", "at", "early"),
    [
        *(("CENTER", 899, True), ("CENTER", 901, False)),
        *(("EARLY", 899, True), ("EARLY", 901, False)),
        *(("LATE", 901, True), ("LATE", 1001, False)),
    ],
)
def test_timer_fires_no_earlier_than_its_slack_allows(
    k: Kernel, slack: str, at: int, early: bool
) -> None:
    timer = made(k, slack)
    k.timer_set(timer, 1000, 100)
    verdict = sees(k, timer, True, at)
    assert blamed(verdict) == ({"timer_set/fires"} if early else set())


def test_timer_that_has_fired_stays_so(k: Kernel) -> None:
    timer = made(k)
    k.timer_set(timer, 1000, 0)
    assert sees(k, timer, False, 5000).kind is CONFORMS
    assert sees(k, timer, True, 5001).kind is CONFORMS
    assert sees(k, timer, False, 5002).kind is not CONFORMS


def test_failed_set_leaves_open_whether_the_timer_was_set(k: Kernel) -> None:
    timer = made(k)
    k.timer_set(timer, INFINITE, -1)
    assert sees(k, timer, True).kind is CONFORMS


def test_other_object_may_be_refused_or_not(k: Kernel) -> None:
    (event,) = k.event_create()
    names = k.allowed(k.make("timer_cancel", handle=event)).names
    assert {"ZX_OK", "ZX_ERR_WRONG_TYPE"} <= set(names)


# ---- clocks


@pytest.mark.parametrize(
    ("name", "given", "offset", "clause"),
    [
        ("clock_get", {"clock_id": 0}, 0, "clock_get/current_time"),
        ("clock_get_monotonic", {}, 0, "clock_get_monotonic/current_time"),
        ("deadline_after", {"nanoseconds": 500}, 500, "deadline_after/deadline"),
        ("deadline_after", {"nanoseconds": -500}, -500, "deadline_after/deadline"),
    ],
)
@pytest.mark.parametrize(("time", "right"), [(99, False), (100, True), (200, True), (201, False)])
def test_time_is_within_the_call(
    k: Kernel, name: str, given: dict[str, int], offset: int, clause: str, time: int, right: bool
) -> None:
    k.state.began, k.state.ended = 100, 200
    verdict = k.observe(k.make(name, **given), Outcome(OK, {RETURN: time + offset}))
    assert blamed(verdict) == (set() if right else {clause})


@pytest.mark.parametrize(("returned", "right"), [(INFINITE, True), (5, False)])
def test_deadline_is_clamped(k: Kernel, returned: int, right: bool) -> None:
    k.state.began = 100
    call = k.make("deadline_after", nanoseconds=INFINITE)
    verdict = k.observe(call, Outcome(OK, {RETURN: returned}))
    assert blamed(verdict) == (set() if right else {"deadline_after/clamped"})


@pytest.mark.parametrize("nanoseconds", [INFINITE, -500])
@pytest.mark.parametrize(("earliest", "sure"), [(0, False), (20180815, False), (20180816, True)])
def test_deadline_that_no_unsigned_time_has_is_not_judged_before_times_were_signed(
    k: Kernel, nanoseconds: int, earliest: int, sure: bool
) -> None:
    k.state.earliest, k.state.began, k.state.ended = earliest, 100, 200
    call = k.make("deadline_after", nanoseconds=nanoseconds)
    verdict = k.observe(call, Outcome(OK, {RETURN: 5}))
    assert bool(blamed(verdict)) is sure


@pytest.mark.parametrize(
    ("clock", "returned", "right"), [(3, 0, True), (3, 7, False), (1, 0, True)]
)
def test_invalid_clock_has_time_zero(k: Kernel, clock: int, returned: int, right: bool) -> None:
    verdict = k.observe(k.make("clock_get", clock_id=clock), Outcome(OK, {RETURN: returned}))
    assert blamed(verdict) == (set() if right else {"clock_get/zero"})


@pytest.mark.parametrize(("deadline", "right"), [(200, True), (201, False), (0, True)])
def test_sleep_lasts_until_its_deadline(k: Kernel, deadline: int, right: bool) -> None:
    k.state.began, k.state.ended = 100, 200
    verdict = k.observe(k.make("nanosleep", deadline=deadline), Outcome(OK, {}))
    assert blamed(verdict) == (set() if right else {"nanosleep/suspends"})


@pytest.mark.parametrize(("ticks", "right"), [((7, 7), True), ((7, 8), False), ((0,), False)])
def test_ticks_in_a_second_never_change(k: Kernel, ticks: tuple[int, ...], right: bool) -> None:
    verdicts = [k.observe(k.make("ticks_per_second"), Outcome(OK, {RETURN: t})) for t in ticks]
    assert all(v.kind is CONFORMS for v in verdicts) is right


@pytest.mark.parametrize(
    ("draws", "right"),
    [
        ((b"0123456789abcdef", b"0123456789abcdeg"), True),
        ((b"0123456789abcdef", b"0123456789abcdef"), False),
        ((bytes(16),), False),
        ((b"0", b"0"), True),
    ],
)
def test_random_bytes_differ(k: Kernel, draws: tuple[bytes, ...], right: bool) -> None:
    verdicts = [
        k.observe(
            k.make("cprng_draw", buffer_size=len(data)), Outcome(OK, {"buffer": Sample(data)})
        )
        for data in draws
    ]
    assert all(v.kind is CONFORMS for v in verdicts) is right


# ---- pages that list no error


def test_page_without_a_list_of_errors_allows_any_but_demands_its_rights(k: Kernel) -> None:
    (event,) = k.event_create()
    refused = k.allowed(k.make("debuglog_read", handle=event))
    assert not refused.ok
    assert "any other error" in refused.names
    assert int(Status.ZX_ERR_SHOULD_WAIT) in refused.statuses


def test_log_with_its_right_may_answer_anything(k: Kernel) -> None:
    call = k.make("debuglog_create", resource=0x777, out=1)
    k.observe(call, Outcome(OK, {"out": 0x55F}))
    permits = k.allowed(k.make("debuglog_read", handle=0x55F))
    assert permits.ok
    assert int(Status.ZX_ERR_SHOULD_WAIT) in permits.statuses
