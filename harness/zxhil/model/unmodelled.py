"""A page for a call that has no clauses yet: it demands no error, and loses no handle."""

from __future__ import annotations

from zxhil.abi.calls import BY_NAME, AnyCall
from zxhil.model.clause import Outcome
from zxhil.model.facts import Fact
from zxhil.model.page import AnyPage, Page
from zxhil.model.state import State


def unmodelled(name: str) -> AnyPage:
    """Return a page with no error clause. Handles that the call returns are of unknown object.

    Raises KeyError if no guest test can make the call.
    """
    page: AnyPage = Page(name, BY_NAME[name].type, "no clauses yet")
    returned = page.effect("returned", "the handles that the call returns are valid", purpose=True)

    @page.success
    def success(s: State, c: AnyCall, o: Outcome) -> None:
        for parameter in page.handles_out:
            reported = o.outs.get(parameter)
            for value in reported if isinstance(reported, tuple) else (reported,):
                handle = getattr(value, "handle", value)
                s.new_handle(handle, Fact(None), Fact(None), returned)

    return page
