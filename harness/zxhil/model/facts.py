"""What the model believes, and which clause each belief comes from.

A `Fact` has a value, or none while a page leaves it open. If a page's sentence guarantees it,
the fact keeps the `Expectation` until an observation confirms it. When an observation contradicts
the model, the judge assumes the expected facts broken, one at a time; those that then explain what
the kernel did are candidates, and a later observation may clear one of them.

A fact may be one of several values (`Fact.options`): the old size or the new one, after a call
that failed. How a page uses that, with `vmo.size` a `Fact[int]`:

- The call that leaves it open: ``s.may_have_become(vmo.size, c.size)`` in its `failure`. Each such
  call adds a possibility; `s.one_of(values, clause)` makes a fact that a sentence leaves open.
- A condition asks: ``vmo.size.asks(lambda size: c.offset > size)`` is YES if that holds for every
  possibility, NO if for none, else MAYBE.
- An output that reports it: ``if not vmo.size.may_be(size): yield Mismatch(…)`` in `outputs`, and
  ``s.saw(vmo.size, size)`` in `success`.
- The object lists the fact in `KernelObject.open_facts`. Then each answer to a call on the object,
  a failing call's too, rules out the possibilities under which its page does not allow it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any, Generic, NamedTuple, TypeVar

from zxhil.model.clause import Clause
from zxhil.model.tri import MAYBE, NO, YES, Tri

T = TypeVar("T")

_NOTING = threading.RLock()


class Expectation(NamedTuple):
    """A documented effect that a call should have had. `call` counts the case's calls from 0."""

    call: int
    clause: Clause


class KnownRights(NamedTuple):
    """Rights of a handle: exactly these, or at least these (not `exact`).

    Never more than `most`, the default rights of its type.
    """

    bits: int
    exact: bool = True
    most: int = 0xFFFFFFFF

    def confirmed_by(self, seen: KnownRights) -> bool:
        """Are the rights `seen` what was believed?"""
        return not self.bits & ~seen.bits and not self.beyond(seen.bits)

    def beyond(self, seen: int) -> int:
        """Which of the rights `seen` are more than was believed possible?"""
        return seen & ~self.bits & (0xFFFFFFFF if self.exact else ~self.most)


class Candidate:
    """An expectation that may be to blame for a contradiction, until it is `cleared`.

    One that is only suspected, by a call of `page`, is to blame once it is seen to be `broken`.
    Where an output contradicted it, `observer` is the page of that call, which may be wrong itself.
    """

    __slots__ = ("believed", "broken", "cleared", "expectation", "observer", "page")

    def __init__(self, expectation: Expectation, believed: Any, page: str = "") -> None:
        self.expectation = expectation
        self.believed = believed
        self.page = page
        self.observer = ""
        self.cleared = False
        self.broken = False

    def test(self, seen: Any) -> None:
        """The retracted fact was observed: was it as expected?

        An expectation that another of its facts showed to be broken stays broken.
        """
        if self.broken:
            return
        self.cleared = self.agrees(seen)
        self.broken = not self.cleared

    def agrees(self, seen: Any) -> bool:
        """Is `seen` what was expected?"""
        if isinstance(self.believed, KnownRights):
            return isinstance(seen, KnownRights) and self.believed.confirmed_by(seen)
        return bool(self.believed == seen)


class Fact(Generic[T]):
    """`value` is None while unknown; `expectation` is None once confirmed, or if given.

    `basis` is the fact that this one was derived from, if that is itself only expected.
    """

    __slots__ = (
        "basis",
        "broken",
        "expectation",
        "options",
        "origin",
        "passed_on",
        "suspect",
        "value",
    )

    def __init__(self, value: T | None, expectation: Expectation | None = None) -> None:
        self.value = value
        self.options: tuple[T, ...] = ()
        """While `value` is None: all that it can be, first what `expectation` is about.

        Empty if it can be anything.
        """
        self.expectation = expectation
        self.origin = expectation
        """The call that made it so, also once that is confirmed; None where that is unknown."""
        self.suspect: Candidate | None = None
        self.basis: Fact[T] | None = None
        self.passed_on = False
        """Other facts have this one as their basis."""
        self.broken: tuple[tuple[Fact[Any], Any], ...] = ()
        """What facts would be if the expectation were broken, where that is known."""

    # ---- several possibilities

    @property
    def possible(self) -> tuple[T, ...]:
        """All that it can be; empty if that is anything."""
        value = self.value
        return self.options if value is None else (value,)

    def may_be(self, value: T) -> bool:
        """Can it be this?"""
        possible = self.possible
        return not possible or value in possible

    def asks(self, predicate: Callable[[T], bool]) -> Tri:
        """Does that hold for every possibility (YES), for none (NO), or for some (MAYBE)?"""
        answers = {predicate(value) for value in self.possible}
        if len(answers) != 1:
            return MAYBE
        return YES if answers.pop() else NO

    def leave(self, options: tuple[T, ...]) -> None:
        """From now on it is one of `options`, of which there are several; what was expected stays.

        What the expectation is about must stand first, if it is among them.
        """
        if self.expectation is not None and options[0] not in self.possible[:1]:
            self.expectation = self.origin = None
        self.value = None
        self.options = options

    # ---- observations

    def reported(self, value: T, page: str) -> None:
        """A call of `page` reported `value`.

        If it is that which contradicted the expectation, it has only reported the same again: the
        fact is one of the two, until another page's call or another report decides.
        """
        suspect = self.suspect
        if suspect is not None and suspect.observer == page and not suspect.agrees(value):
            self.value = None
            # Nothing was believed where the expectation left it open: it can still be anything.
            self.options = () if suspect.believed is None else (suspect.believed, value)
            self.expectation = self.origin = None
            return
        self.observed(value)

    def observed(self, value: T) -> None:
        """Take the observed value as confirmed."""
        if self.value != value and self.options[:1] != (value,):
            self.origin = None
        self.value = value
        self.options = ()
        self.expectation = None
        if self.suspect is not None:
            self.suspect.test(value)
            self.suspect = None

    def expectations(self) -> list[Fact[T]]:
        """This fact and what it is derived from, as far as only expected: the first first."""
        found = [] if self.basis is None else self.basis.expectations()
        if self.expectation is not None:
            found.append(self)
        return found

    def retracted(self) -> Candidate:
        """Retract: the value is unknown again. The fact must have an expectation."""
        assert self.expectation is not None
        if self.suspect is not None:
            self.suspect.broken = True
        self.suspect = Candidate(self.expectation, self.believed)
        self.value = None
        self.options = ()
        self.expectation = None
        return self.suspect

    def suspected(self, page: str) -> Candidate:
        """A call of `page` may have shown that the expectation was broken; it is still believed."""
        assert self.expectation is not None
        if self.suspect is None:
            self.suspect = Candidate(self.expectation, self.believed, page)
        return self.suspect

    @property
    def believed(self) -> T | None:
        """The value that the expectation is about; None if there is none."""
        return next(iter(self.possible), None)

    @contextmanager
    def as_if_broken(self, *, in_full: bool = True) -> Iterator[None]:
        """Take the expectation as broken for the block; `in_full` with all that goes with it."""
        others = self.broken
        if not others or not in_full:
            believed, options = self.value, self.options
            self.value = not believed if isinstance(believed, bool) else None  # type: ignore[assignment]
            self.options = ()
            try:
                yield
            finally:
                self.value, self.options = believed, options
            return
        before = [fact.value for fact, _ in others]
        for fact, value in others:
            fact.value = value
        try:
            yield
        finally:
            for (fact, _), value in zip(others, before, strict=True):
                fact.value = value

    def touches(self, facts: Collection[Fact[Any]]) -> bool:
        """Is it one of `facts`, or does it change one of them if its expectation is not met?"""
        return self in facts or any(fact in facts for fact, _ in self.broken)

    def __repr__(self) -> str:
        on_word = "" if self.expectation is None else f", expected by {self.expectation.clause.id}"
        return f"Fact({self.value!r}{on_word})"


@contextmanager
def values_read() -> Iterator[dict[Fact[Any], None]]:
    """Within the block, note each fact whose value is read: nothing else can change the answer.

    They stand in the order in which they were first read: what is said of them must not depend on
    where they lie in memory.

    The class itself is what notes it, for the block alone, so that reading costs nothing elsewhere.
    What other threads read, which judge other cases, is not noted.
    """
    facts: Any = Fact
    owner = threading.get_ident()
    found: dict[Fact[Any], None] = {}
    with _NOTING:
        slot = facts.__dict__["value"]

        def read(fact: Fact[Any]) -> Any:
            if threading.get_ident() == owner:
                found[fact] = None
            return slot.__get__(fact, Fact)

        facts.value = property(read, slot.__set__)
        try:
            yield found
        finally:
            facts.value = slot
