"""One file per documented call, reading like the call's page."""

from __future__ import annotations

import importlib
import pkgutil

from zxhil.abi.calls import BY_NAME, CALLS, AnyCall
from zxhil.model.clause import Clause, Outcome
from zxhil.model.facts import Fact
from zxhil.model.given import handles_in, unrecorded_handles
from zxhil.model.page import AnyPage, Page
from zxhil.model.state import State
from zxhil.model.unknown import anything_happened

_FILES = frozenset(module.name for module in pkgutil.iter_modules(__path__))

#: The calls that have a page here, in the table's order.
MODELLED: tuple[str, ...] = tuple(call.name for call in CALLS if call.name in _FILES)


def load(name: str) -> AnyPage:
    """Import the page of the call `name` (without ``zx_``)."""
    page: AnyPage = importlib.import_module(f"{__name__}.{name}").page
    return page


def load_or_none_yet(name: str) -> AnyPage:
    """Import the page of a call; one without clauses if there is none.

    Raises KeyError if there is no such call.
    """
    return load(name) if name in MODELLED else unmodelled(name)


def load_all() -> dict[str, AnyPage]:
    """Import every page, in the table's order."""
    return {name: load(name) for name in MODELLED}


def core_pages() -> list[AnyPage]:
    """Import the pages that reports list first and in full, by name."""
    return sorted((page for page in load_all().values() if page.core), key=lambda page: page.name)


def find_clause(clause_id: str) -> Clause | None:
    """Look up a clause by ``page/name``; None if there is no such page or clause."""
    name = clause_id.partition("/")[0]
    if name not in BY_NAME:
        return None
    return next((c for c in load_or_none_yet(name).clauses if c.id == clause_id), None)


def source_of(clause_id: str) -> str:
    """The text that a clause was written from (``channel_write.md, …``); empty if there is none."""
    name = clause_id.partition("/")[0]
    return load(name).source if name in MODELLED and find_clause(clause_id) else ""


def unmodelled(name: str) -> AnyPage:
    """Return the page of a call of which nothing is known: it is not judged.

    Handles that it returns are of unknown object, and what it was given is in an unknown state.

    Raises KeyError if there is no such call.
    """
    page: AnyPage = Page(name, BY_NAME[name].type, "no clauses yet")
    page.modelled = False
    returned = page.effect("returned", "the handles that the call returns are valid", purpose=True)

    def anything(s: State, c: AnyCall, o: Outcome) -> None:
        scalars, listed = handles_in(c)
        anything_happened(s, (*scalars, *listed), unrecorded=unrecorded_handles(c))

    page.failure(anything)

    @page.success
    def success(s: State, c: AnyCall, o: Outcome) -> None:
        anything(s, c, o)
        for parameter in page.handles_out:
            reported = o.outs.get(parameter)
            for value in reported if isinstance(reported, tuple) else (reported,):
                handle = getattr(value, "handle", value)
                s.new_handle(handle, Fact(None), Fact(None), returned)

    return page
