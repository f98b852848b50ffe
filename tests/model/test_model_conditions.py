"""Each condition of the five pages: where it holds it is demanded, where it just does not, not."""

from __future__ import annotations

import pytest
from model_situations import HOLDS, MISSES
from zxhil.abi.status import Status
from zxhil.model.clause import Clause, ClauseKind, Outcome
from zxhil.model.judge import VerdictKind
from zxhil.model.kernel import Kernel
from zxhil.model.pages import core_pages, find_clause
from zxhil.oracle.simulate import BOOTSTRAP

CONDITIONS = [c.id for p in core_pages() for c in p.clauses if c.kind is ClauseKind.ERROR]


def clause_of(clause_id: str) -> Clause:
    clause = find_clause(clause_id)
    assert clause is not None
    return clause


def kernel() -> Kernel:
    return Kernel(tuple(BOOTSTRAP.values()))


def test_every_condition_has_its_two_situations():
    assert sorted(HOLDS) == sorted(CONDITIONS)
    assert sorted(MISSES) == sorted(CONDITIONS)


@pytest.mark.parametrize("clause_id", CONDITIONS)
def test_condition_that_holds_is_demanded(clause_id):
    k, clause = kernel(), clause_of(clause_id)
    allowed = k.allowed(HOLDS[clause_id](k))
    if clause.contradicted:
        assert clause in allowed.may_hold
        assert allowed.ok
    else:
        assert clause in allowed.holds
        assert not allowed.ok
    assert allowed.statuses.issuperset(int(s) for s in clause.statuses)


@pytest.mark.parametrize("clause_id", CONDITIONS)
def test_condition_that_just_misses_is_not(clause_id):
    k = kernel()
    call = MISSES[clause_id](k)
    allowed = k.allowed(call)
    assert clause_of(clause_id) not in allowed.holds + allowed.may_hold
    assert allowed.ok, [c.id for c in allowed.holds]
    assert k.perform(call).status == 0


@pytest.mark.parametrize("clause_id", [c for c in CONDITIONS if not c.endswith("not_set")])
def test_ok_where_an_error_is_demanded_is_blamed_on_the_condition(clause_id):
    k = kernel()
    call = HOLDS[clause_id](k)
    verdict = k.observe(call, Outcome(0, {"out": 0x77}))
    assert not verdict.allowed.ok
    assert clause_of(clause_id) in verdict.blamed


@pytest.mark.parametrize("clause_id", CONDITIONS)
def test_status_that_no_page_names_is_blamed_on_the_condition(clause_id):
    k = kernel()
    clause = clause_of(clause_id)
    verdict = k.observe(HOLDS[clause_id](k), Outcome(Status.ZX_ERR_IO_REFUSED, {}))
    assert verdict.kind is VerdictKind.UNDOCUMENTED_ERROR
    assert clause in verdict.blamed or clause.contradicted


def test_core_pages_are_the_five_that_reports_list_first():
    assert [page.name for page in core_pages()] == [
        "channel_write",
        "channel_write_etc",
        "object_get_child",
        "object_set_cookie",
        "socket_share",
    ]
