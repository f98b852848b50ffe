"""A verdict in the table is earned, and every blamed clause counts."""

from __future__ import annotations

from dataclasses import replace

from run_builders import case, divergence, run
from zxhil.model.pages import load
from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.report.compare import RunChangeKind, compare
from zxhil.report.matrix import Clauses
from zxhil.report.verdict import ClauseVerdict

CLAUSE = "channel_write/peer_closed"


def verdict(clause: str, *shown: CaseResult) -> ClauseVerdict:
    page = load(clause.partition("/")[0])
    found = Clauses("x64", shown).cells(page)
    return next(cell.verdict for each, cell in found if each.id == clause)


def test_error_that_was_answered_conforms():
    assert verdict(CLAUSE, case()) is ClauseVerdict.CONFORMS


def test_error_that_nothing_was_answered_with_is_not_reached():
    assert verdict(CLAUSE, replace(case(), returned=())) is ClauseVerdict.NOT_REACHED


def test_effect_needs_no_answer():
    shown = replace(case(reached=("channel_write/delivered",)), returned=())
    assert verdict("channel_write/delivered", shown) is ClauseVerdict.CONFORMS


def test_contradicted_sentence_needs_no_answer():
    clause = "object_set_cookie/access_denied_not_set"
    shown = replace(case("object_set_cookie/x", reached=(clause,)), returned=())
    assert verdict(clause, shown) is ClauseVerdict.CONFORMS


def blames(*clauses: str, causes: tuple[tuple[str, ...], ...] = ()) -> CaseResult:
    sentences = tuple("so" for _ in clauses)
    found = replace(divergence(), blamed=clauses, sentences=sentences, causes=causes)
    return case("channel_write/bad", CaseEndKind.FAILED, [found])


def test_every_clause_that_explains_a_divergence_diverges():
    shown = blames(
        "channel_write/wrong_type", CLAUSE, causes=(("channel_write/wrong_type", CLAUSE),)
    )
    assert verdict("channel_write/wrong_type", shown) is ClauseVerdict.DIVERGES
    assert verdict(CLAUSE, shown) is ClauseVerdict.DIVERGES


def test_clause_whose_condition_does_not_apply_has_no_divergence():
    shown = blames("channel_write/wrong_type", CLAUSE)
    assert verdict("channel_write/wrong_type", shown) is ClauseVerdict.DIVERGES
    assert verdict(CLAUSE, shown) is ClauseVerdict.CONFORMS


def test_second_blamed_clause_is_a_difference():
    alone, both = blames(CLAUSE), blames(CLAUSE, "channel_write/wrong_type")
    changes = compare(run(alone), run(both)).changes
    assert [change.kind for change in changes] == [RunChangeKind.VERDICT]
