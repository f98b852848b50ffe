"""A page with one sentence taken out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from zxhil.model.clause import Clause
from zxhil.model.facts import Fact
from zxhil.model.pages import load
from zxhil.model.state import State


@contextmanager
def unwritten(clause: Clause, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Remove a sentence: within the block it requires, permits and guarantees nothing."""
    fact, change, reach = State.fact, State.change, State.reach

    def no_fact(self: State, value: Any, word: Clause | None) -> Fact[Any]:
        return Fact(None) if word is clause else fact(self, value, word)

    def no_change(self: State, of: Fact[Any], value: Any, word: Clause | None) -> None:
        change(self, of, None, None) if word is clause else change(self, of, value, word)

    def no_reach(self: State, word: Clause, happened: bool = True) -> None:
        reach(self, word, happened and word is not clause)

    monkeypatch.setattr(State, "fact", no_fact)
    monkeypatch.setattr(State, "change", no_change)
    monkeypatch.setattr(State, "reach", no_reach)
    with load(clause.page).without(clause):
        yield
