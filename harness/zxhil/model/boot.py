"""Numbers that a system reports of itself and that only booting may change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zxhil.abi.calls import RETURN
from zxhil.model.clause import Clause, Mismatch, Outcome
from zxhil.model.page import Page
from zxhil.model.state import State


def same_until_boot(page: Page[Any], clause: Clause) -> None:
    """The call returns a number other than 0, always the same; `clause` says so."""
    page.reported[RETURN] = lambda s, c: s.constants.get(page.name, 1)

    @page.outputs
    def outputs(s: State, c: Any, o: Outcome) -> Iterator[Mismatch]:
        number, before = o.number(RETURN), s.constants.get(page.name)
        if number == 0:
            yield Mismatch(clause, "a number other than 0", "0")
        elif before is not None and number != before:
            yield Mismatch(clause, f"{before}", f"{number}")

    @page.success
    def success(s: State, c: Any, o: Outcome) -> None:
        number = o.number(RETURN)
        s.reach(clause, page.name in s.constants)
        if number is not None:
            s.constants[page.name] = number
