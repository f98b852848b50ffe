"""The predicates of routine sentences.

The positions of the arguments that they read are found once, when a page is imported.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zxhil.abi.kinds import Memory
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.model.sentences import Predicate
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, YES, Tri, both


def never(s: State, c: Any) -> Tri:
    """The condition never holds."""
    return NO


def asked(predicate: Callable[..., Tri], *places: int) -> Predicate:
    """A query of the state about the parameters at `places`."""
    if len(places) == 1:
        (at,) = places
        return lambda s, c: predicate(s, c[at])
    return lambda s, c: predicate(s, *[c[at] for at in places])


def invalid(at: int) -> Predicate:
    """No handle of the process."""

    def holds(s: State, c: Any) -> Tri:
        return s.invalid(c[at])

    return holds


def of_other_type(at: int, types: tuple[ObjType, ...]) -> Predicate:
    """A handle to an object of another type."""

    def holds(s: State, c: Any) -> Tri:
        return s.not_a(c[at], *types)

    return holds


def lacking(at: int, right: Rights) -> Predicate:
    """A handle without `right`."""

    def holds(s: State, c: Any) -> Tri:
        return s.lacks(c[at], right)

    return holds


def more_than(at: int, at_rights: int) -> Predicate:
    """Rights that the handle lacks."""

    def holds(s: State, c: Any) -> Tri:
        return s.more_than(c[at], c[at_rights])

    return holds


def peer_closed(at: int) -> Predicate:
    """A handle to an object whose other side is closed."""

    def holds(s: State, c: Any) -> Tri:
        return s.peer_closed(c[at])

    return holds


Kept = int | Callable[[State, Any], int]
"""How many bytes or elements of an input a call reads for sure; 0: all. In a state, of a call."""


def bad_input(at: int, at_size: int, *, null_when_empty: bool, kept: Kept = 0) -> Predicate:
    """An invalid pointer to what the call reads.

    Of a name it keeps so many bytes (`kept`): whether it reads more no page says.
    """

    def holds(s: State, c: Any) -> Tri:
        size = 1 if at_size < 0 else c[at_size]
        bad = s.bad_input(c[at], size, null_when_empty=null_when_empty)
        if kept and c[at].memory is Memory.INVALID:
            surely = kept if isinstance(kept, int) else kept(s, c)
            return both(bad, MAYBE) if size > surely else bad
        return bad

    return holds


def bad_room(at: int, at_size: int) -> Predicate:
    """NULL or an invalid pointer to room that the call fills; of no room no page speaks."""

    def holds(s: State, c: Any) -> Tri:
        bad = s.bad_output(c[at])
        return bad if c[at_size] else both(MAYBE, bad)

    return holds


def bad_inout(at: int, at_size: int) -> Predicate:
    """An invalid pointer to what the call reads and writes."""

    def holds(s: State, c: Any) -> Tri:
        return s.bad_inout(c[at], 1 if at_size < 0 else c[at_size])

    return holds


def bad_buffer(at: int, at_size: int) -> Predicate:
    """A pointer to a buffer to fill, neither NULL nor valid."""

    def holds(s: State, c: Any) -> Tri:
        return s.bad_buffer(c[at], c[at_size])

    return holds


def bad_output(at: int, *, optional: bool) -> Predicate:
    """An invalid pointer to one value that the call writes."""

    def holds(s: State, c: Any) -> Tri:
        return s.bad_output(c[at], optional=optional)

    return holds


def other_bits(at: int, bits: int) -> Predicate:
    """A bit that is not among `bits`."""

    def holds(s: State, c: Any) -> Tri:
        return YES if c[at] & ~bits else NO

    return holds


def other_value(at: int, values: tuple[int, ...]) -> Predicate:
    """A value that is not among `values`."""

    def holds(s: State, c: Any) -> Tri:
        return NO if c[at] in values else YES

    return holds


def over(at: int, most: int, surely: int) -> Predicate:
    """More than `most`: perhaps too much; more than `surely`: too much."""

    def holds(s: State, c: Any) -> Tri:
        if c[at] <= most:
            return NO
        return YES if c[at] > surely else MAYBE

    return holds


def at_the_limit(at: int, most: int) -> Predicate:
    """As many as `most`, or one less."""

    def holds(s: State, c: Any) -> Tri:
        return YES if c[at] in (most - 1, most) else NO

    return holds
