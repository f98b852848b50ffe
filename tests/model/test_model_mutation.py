"""Every sentence of the five pages counts: without it, a case that passes does not pass.

Cases are simulated with the whole page, each for the clauses that it claims, and judged again by
an oracle that lacks one sentence: the case that claims it must fail, or be found vacuous.
"""

from __future__ import annotations

import pytest
from model_cases import CASES
from model_situations import HOLDS
from test_model_conditions import clause_of
from unwritten import unwritten
from zxhil.model.clause import ClauseKind
from zxhil.model.pages import core_pages
from zxhil.oracle.cases import CaseInfo
from zxhil.oracle.oracle import Oracle
from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.oracle.simulate import Simulation
from zxhil.trace.records import TraceReader

CLAUSES = [c.id for p in core_pages() for c in p.clauses if c.kind is not ClauseKind.ANY_TIME]


def recorded(clause_id: str) -> bytes:
    """The trace of a case that claims the clause."""
    simulation = Simulation()
    with simulation.case("it") as k:
        if clause_id in HOLDS:
            k.perform(HOLDS[clause_id](k))
        else:
            CASES[clause_id](k)
    return simulation.finish()


def judged(trace: bytes, clause_id: str) -> CaseResult:
    oracle = Oracle("simulated", {"it": CaseInfo("simulated", "it", (clause_id,), "")})
    reader = TraceReader()
    (result,) = oracle.feed(reader.feed(trace) + reader.finish())
    assert not oracle.damage
    return result


def test_every_effect_has_a_case():
    effects = [c for c in CLAUSES if clause_of(c).kind is ClauseKind.EFFECT]
    assert sorted(CASES) == sorted(effects)


@pytest.mark.parametrize("clause_id", CLAUSES)
def test_case_of_a_clause_passes(clause_id):
    result = judged(recorded(clause_id), clause_id)
    assert result.end is CaseEndKind.PASSED, (result.detail, result.divergences)


@pytest.mark.parametrize("clause_id", CLAUSES)
def test_case_of_a_clause_does_not_pass_without_the_clause(clause_id, monkeypatch):
    trace = recorded(clause_id)
    with unwritten(clause_of(clause_id), monkeypatch):
        result = judged(trace, clause_id)
    assert result.end in (CaseEndKind.FAILED, CaseEndKind.VACUOUS)
