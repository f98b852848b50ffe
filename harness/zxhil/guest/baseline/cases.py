"""The baseline cases of a page: one for each thing that may be wrong with a valid call.

They follow from the page's routine sentences and from the call's line in guest_tests/baseline.txt.
A case claims the sentence that it breaks; where it breaks none, or where the page leaves open
whether it does, it claims what the call is for, or what makes an object of the set-up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from zxhil.guest.baseline.setups import Pair, SetUp
from zxhil.guest.baseline.text import case_text
from zxhil.guest.baseline.variants import MAKERS, Variant, variants
from zxhil.model.clause import Clause
from zxhil.model.page import Page
from zxhil.model.pages import load
from zxhil.model.tri import NO, YES


class BaselineCase(NamedTuple):
    """A generated case: its name in the program `baseline_CALL`, and its lines of C."""

    name: str
    claims: tuple[str, ...]
    lines: tuple[str, ...]


def baseline_cases(page: Page[Any], setup: SetUp) -> list[BaselineCase]:
    """The cases of a page, in the order of its sentences; one thing wrong is one case."""
    found: dict[str, tuple[Variant, list[str]]] = {}
    for clause, routine in page.routines.items():
        for variant in variants(page, clause, routine, setup):
            claim = _claim(page, clause, setup, variant)
            if claim is None:
                continue
            name = f"{variant.parameter}_{variant.name}"
            _, claims = found.setdefault(name, (variant, []))
            claims.append(claim)
    return [
        BaselineCase(name, tuple(claims), tuple(_lines(name, claims, setup, variant)))
        for name, (variant, claims) in found.items()
    ]


def _claim(page: Page[Any], clause: Clause, setup: SetUp, variant: Variant) -> str | None:
    """The clause that the case is to reach; None if nothing tells whether it did anything."""
    if variant.answer == YES:
        return clause.id
    if variant.answer == NO:
        return page.purpose and page.purpose.id
    maker = next(filter(None, map(_maker, setup.pairs)), "event_create")
    made = load(maker).purpose
    return made and made.id


def _lines(name: str, claims: Iterable[str], setup: SetUp, variant: Variant) -> Iterator[str]:
    if variant.answer not in (YES, NO) and not any(map(_maker, setup.pairs)):
        variant = variant._replace(before=("close_pair(make_event())", *variant.before))
    yield from case_text(name, list(claims), setup, variant)


def _maker(pair: Pair) -> str:
    """The call that makes what a pair is initialized with; "" if it is made otherwise."""
    known = MAKERS.get(pair.value.removeprefix("make_").removesuffix("()"))
    return known[1] if known else ""
