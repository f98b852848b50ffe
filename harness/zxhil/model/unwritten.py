"""Outputs that a call says it wrote and left as they were."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zxhil.abi.calls import AnyCall
from zxhil.model.clause import Clause, Mismatch, Outcome
from zxhil.model.page import AnyPage
from zxhil.model.state import State


def not_written(
    page: AnyPage, state: State, call: AnyCall, outcome: Outcome
) -> tuple[Mismatch, ...]:
    """What `page` requires to be written and was not."""
    found: list[Mismatch] = []
    for name, left in outcome.unwritten:
        found += _of_output(page, state, call, outcome, name, left)
    return tuple(found)


def _of_output(
    page: AnyPage, state: State, call: AnyCall, outcome: Outcome, name: str, left: Any
) -> Iterator[Mismatch]:
    expected, got = f"{name} written", "it left as it was"
    specific = _contradicted(page, state, call, outcome, name, left)
    for mismatch in specific:
        yield Mismatch(mismatch.clause, expected, got)
    if specific or outcome.status or not isinstance(left, int | tuple):
        return
    if isinstance(left, int) and _contradicted(page, state, call, outcome, name, left ^ 1):
        # The page knows the value, and it is the one that was there.
        return
    for clause in _general(page, state, call):
        yield Mismatch(clause, expected, got)


def _contradicted(
    page: AnyPage, state: State, call: AnyCall, outcome: Outcome, name: str, value: Any
) -> list[Mismatch]:
    """What `page` has against `value` in this output, beyond what it has against the others."""
    before = {mismatch.clause for mismatch in page.contradictions(state, call, outcome)}
    holding = outcome._replace(outs={**outcome.outs, name: value})
    found = page.contradictions(state, call, holding)
    return [mismatch for mismatch in found if mismatch.clause not in before]


def _general(page: AnyPage, state: State, call: AnyCall) -> tuple[Clause, ...]:
    """The sentence that says what the call is for."""
    named = (*page.granted(state, call, 0), page.purpose)[0]
    return () if named is None else (named,)
