"""A fact that may be one of several values, and what narrows it: each answer, a failure's too."""

from __future__ import annotations

import pytest
from model_sizes import Sizes
from zxhil.abi.status import Status
from zxhil.model.clause import Clause
from zxhil.model.judge import VerdictKind
from zxhil.model.tri import MAYBE, NO, YES

NO_MEMORY = int(Status.ZX_ERR_NO_MEMORY)
CONFORMS, WRONG_EFFECT = VerdictKind.CONFORMS, VerdictKind.WRONG_EFFECT


@pytest.fixture
def k() -> Sizes:
    return Sizes()


def test_failed_call_leaves_the_old_value_or_the_new_one(k):
    k.sets(20, NO_MEMORY)
    assert k.of.size.possible == (10, 20)
    assert [k.whether_fits(size) for size in (10, 11, 20, 21)] == [NO, MAYBE, MAYBE, YES]


def test_each_failed_call_adds_a_possibility(k):
    for size in (20, 30, 20):
        k.sets(size, NO_MEMORY)
    assert k.of.size.possible == (10, 20, 30)


@pytest.mark.parametrize("size", [10, 20])
def test_answer_decides_which_value_it_is(k, size):
    k.sets(20, NO_MEMORY)
    assert k.gets(size).kind is CONFORMS
    assert k.of.size.value == size
    assert k.gets(30 - size).kind is WRONG_EFFECT


@pytest.mark.parametrize(("ok", "size"), [(False, 10), (True, 20)])
def test_status_decides_which_value_it_is(k, ok, size):
    k.sets(20, NO_MEMORY)
    assert k.fits(15, ok=ok).kind is CONFORMS
    assert k.of.size.value == size
    assert k.fits(20, ok=size == 20).kind is CONFORMS
    assert k.fits(20, ok=size != 20).kind is not CONFORMS


def test_failing_call_rules_out_some_values_and_leaves_the_others(k):
    k.sets(20, NO_MEMORY)
    k.sets(30, NO_MEMORY)
    k.fits(25, ok=False)
    assert k.of.size.possible == (10, 20)
    k.fits(15, ok=True)
    assert k.of.size.value == 20


def test_answer_that_fits_no_possibility_is_a_divergence(k):
    k.sets(20, NO_MEMORY)
    verdict = k.gets(15)
    assert verdict.kind is WRONG_EFFECT
    assert verdict.expected == "a size of 10 or 20"


def test_value_that_a_sentence_is_about_confirms_it(k):
    """`State.seen`: which sentences an observation confirmed."""
    k.sets(20, NO_MEMORY)
    k.gets(10)
    assert "object_signal/becomes" in k.state.seen


def test_value_that_no_sentence_is_about_confirms_none(k):
    k.sets(20, NO_MEMORY)
    k.gets(20)
    assert "object_signal/becomes" not in k.state.seen


def test_success_leaves_one_value(k):
    k.sets(20, NO_MEMORY)
    k.sets(30)
    assert k.of.size.possible == (30,)


def test_sentence_that_leaves_several_values_is_blamed_for_another_one(k):
    clause = Clause("object_signal/either", VerdictKind.CONFORMS, (), "it is 1 or 2")  # type: ignore[arg-type]
    k.of.size = k.state.one_of((1, 2), clause)
    assert k.fits(2, ok=True).kind is CONFORMS
    assert k.of.size.value == 2
    k.of.size = k.state.one_of((1, 2), clause)
    assert "object_signal/either" in [c.id for c in k.gets(3).blamed]


def test_fact_that_can_be_anything_stays_so(k):
    k.state.change(k.of.size, None, None)
    k.sets(20, NO_MEMORY)
    assert k.of.size.possible == ()
    assert k.gets(7).kind is CONFORMS


def test_value_that_becomes_unknown_can_be_anything(k):
    k.sets(20, NO_MEMORY)
    k.state.change(k.of.size, None, None)
    assert k.of.size.possible == ()


def test_sentence_about_a_value_that_was_ruled_out_is_not_blamed(k):
    for size in (20, 30):
        k.sets(size, NO_MEMORY)
    k.fits(15, ok=True)
    assert k.of.size.possible == (20, 30)
    assert [clause.id for clause in k.gets(25).blamed] == ["socket_read/size_read"]
