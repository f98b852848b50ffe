"""What the model believes, and on whose word.

A `Fact` has a value, or none while a page leaves it open. If a page's sentence promised it,
the fact keeps the `Promise` until an observation bears it out. When an observation contradicts
the model, the oracle doubts the promised facts one by one; the one whose doubt explains what the
kernel did names the call and the sentence to blame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from harness.model.page import Clause

T = TypeVar("T")


class Promise(NamedTuple):
    """A documented effect that a call should have had. `call` counts the case's calls from 0."""

    call: int
    clause: Clause


class Fact(Generic[T]):
    """`value` is None while nobody knows; `promise` is None once seen, or if given from outside."""

    __slots__ = ("promise", "value")

    def __init__(self, value: T | None, promise: Promise | None = None) -> None:
        self.value = value
        self.promise = promise

    def observed(self, value: T) -> None:
        """Take what was seen for true, from now on on nobody's word."""
        self.value = value
        self.promise = None

    def __repr__(self) -> str:
        on_word = "" if self.promise is None else f", promised by {self.promise.clause.id}"
        return f"Fact({self.value!r}{on_word})"
