"""A kernel that keeps to its pages, and chooses where they leave a choice, is never accused.

A sample; `tox -e soundness` plays ten million calls. `soundness.py --only N` shows a sequence.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import caller
import pytest
import soundness
from caller import PLAYED, Caller
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import NAMES, Reference
from soundness import Accused, play
from zxhil.abi.objects import ObjType
from zxhil.model.clause import Outcome
from zxhil.model.pages import load
from zxhil.oracle.oracle import Oracle
from zxhil.oracle.results import CaseEndKind
from zxhil.oracle.simulate import BOOTSTRAP
from zxhil.trace.encode import TraceWriter
from zxhil.trace.records import TraceReader


@pytest.mark.parametrize("first", range(0, 60, 10))
def test_kernel_that_keeps_to_its_pages_is_not_accused(first):
    for number in range(first, first + 10):
        played = play(number)
        assert not isinstance(played, Accused), f"\n{played}"


@settings(max_examples=20, deadline=None)
@given(st.integers(1 << 32, 1 << 48))
def test_no_sequence_accuses(number):
    played = play(number, 60)
    assert not isinstance(played, Accused), f"\n{played}"


class EarlyTimers(Reference):
    """Timers fire long before their deadline."""

    def timer_set(self, c: Any) -> tuple[int, dict[str, Any]]:
        answer = super().timer_set(c)
        timer = self.of(c.handle, ObjType.TIMER)
        if timer is not None and timer.due is not None:
            timer.due = 1
        return answer


class Sleepless(Reference):
    """Waits end before their deadline."""

    def sleep_until(self, deadline: int) -> None:
        pass


@pytest.mark.parametrize(
    ("kernel", "clause"),
    [(EarlyTimers, "timer_set/fires"), (Sleepless, "object_wait_one/not_before_deadline")],
)
def test_kernel_that_breaks_its_deadlines_is_accused(monkeypatch, kernel, clause):
    monkeypatch.setattr(soundness, "Reference", kernel)
    monkeypatch.setattr(caller, "PLAYED", ("timer_create", "timer_set", "object_wait_one"))
    accused = [played for n in range(101, 104) if isinstance(played := play(n), Accused)]
    assert clause in {each.id for a in accused for each in a.verdict.blamed}


def traced(number: int, calls: int) -> tuple[bytes, Counter[tuple[str, int]]]:
    """The trace that a guest would have written of a sequence, and what was answered."""
    rng = random.Random(number)
    kernel = Reference(rng, [(b.value, b.type, b.rights, b.koid) for b in BOOTSTRAP.values()])
    caller = Caller(rng, kernel, curious=True)
    writer = TraceWriter()
    writer.start("x64", "random", 1, kernel="reference")
    for info, given_ in BOOTSTRAP.items():
        writer.bootstrap(info, given_.value, given_.type, given_.rights, given_.koid)
    writer.begin(0, "it")
    answered: Counter[tuple[str, int]] = Counter()
    for _ in range(calls):
        call, full = caller.draw()
        name = NAMES[type(call)]
        outcome = Outcome(*kernel.call(call, full))
        writer.call(name, call)
        writer.returned(name, outcome.status, outcome.outs)
        answered[name, outcome.status] += 1
    writer.end(0, calls)
    writer.finish(1)
    return writer.take(), answered


def test_oracle_sees_only_what_the_wire_carries():
    for number in range(4):
        trace, _ = traced(number, 150)
        oracle, reader = Oracle("random"), TraceReader()
        (result,) = oracle.feed(reader.feed(trace) + reader.finish())
        assert result.divergences == ()
        assert result.end is CaseEndKind.PASSED
        assert len(result.calls) == 150
        assert not oracle.damage


def test_sample_makes_every_call_succeed_and_fail():
    """The proof is worth something only if its calls get somewhere."""
    answered: Counter[tuple[str, int]] = Counter()
    for number in range(100):
        answered += traced(number, 300)[1]
    assert len(PLAYED) >= 30
    for name in PLAYED:
        assert answered[name, 0], f"zx_{name} never succeeded"
        fails = any(status for other, status in answered if other == name)
        assert fails == bool(load(name).statuses), name
