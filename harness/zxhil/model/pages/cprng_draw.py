"""zx_cprng_draw, as its page stood in 2018-12.

A test can't tell random bytes from others, but no two of its draws are equal.
"""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import CprngDraw
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.page import Page
from zxhil.model.state import State

page = Page("cprng_draw", CprngDraw, "cprng_draw.md, 2018-12")
page.touches = frozenset(("random numbers",))

#: So many random bytes are never drawn twice.
_ENOUGH = 16

random = page.effect("random", "random bytes are drawn", words="draws random bytes", purpose=True)


def _bytes(o: Outcome) -> bytes:
    """What was drawn; empty if that is too little to tell, or not on the wire as a whole."""
    drawn = o.sample("buffer")
    whole = b"" if drawn is None else drawn.whole or b""
    return whole if len(whole) >= _ENOUGH else b""


@page.outputs
def outputs(s: State, c: CprngDraw, o: Outcome) -> Iterator[Mismatch]:
    drawn = _bytes(o)
    if drawn and len(set(drawn)) == 1:
        yield Mismatch(random, "random bytes", f"{len(drawn)} times {drawn[0]:#04x}")
    elif drawn in s.drawn:
        yield Mismatch(random, "random bytes", "the same bytes as before")


@page.success
def success(s: State, c: CprngDraw, o: Outcome) -> None:
    drawn = _bytes(o)
    s.reach(random, bool(drawn) and bool(s.drawn))
    if drawn:
        s.drawn.add(drawn)
