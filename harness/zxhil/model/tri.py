"""Three-valued truth: where pages are silent, the answer is not known yet.

Kleene's logic on small integers, so that `min` is *and*, `max` is *or*.
"""

from __future__ import annotations

from typing import Literal

Tri = Literal[0, 1, 2]

NO: Tri = 0
MAYBE: Tri = 1
YES: Tri = 2


def tri(known: bool | None) -> Tri:
    """YES or NO; MAYBE for None."""
    if known is None:
        return MAYBE
    return YES if known else NO


def negate(value: Tri) -> Tri:
    """YES for NO, NO for YES, MAYBE stays."""
    return YES if value == NO else NO if value == YES else MAYBE


def both(first: Tri, second: Tri) -> Tri:
    """Kleene's *and*."""
    return first if first < second else second


def either(first: Tri, second: Tri) -> Tri:
    """Kleene's *or*."""
    return first if first > second else second
