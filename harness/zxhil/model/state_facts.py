"""The facts of the model's state: set by a clause, confirmed by an observation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from zxhil.model.clause import Clause
from zxhil.model.facts import Expectation, Fact
from zxhil.model.moments import Moments
from zxhil.model.objects import HandleEntry, Transit
from zxhil.model.queries import StateQueries
from zxhil.model.since import WRITTEN_FROM

T = TypeVar("T")


class StateFacts(StateQueries):
    """The state with its facts and expectations. `calls` counts the calls applied so far."""

    def __init__(self) -> None:
        super().__init__()
        self.expected_facts: list[Fact[Any]] = []
        self.known_clauses: frozenset[str] = frozenset()
        """Clauses that this kernel is known to break: what they alone explain is theirs."""
        self.unstated: frozenset[str] = frozenset()
        """Ids of clauses that the kernel's pages do not state: what they say stays open."""
        self.earliest = WRITTEN_FROM
        """The first day that the kernel may be of, as a number; 0 if nothing is known."""
        self.is_newer = False
        """It is younger than the pages that clauses are written from."""
        self.seen: set[str] = set()
        """Ids of effect clauses that an observation bore out or contradicted."""
        self.older_blamed: set[str] = set()
        """Ids of clauses of earlier calls that a later one showed to be broken."""
        self.calls = 0
        self.page = ""
        """The page of the call that is now judged."""
        self.moments: Moments | None = None
        """What held since the call that is now judged began, if other calls came in between."""
        self.began = self.ended = 0
        """When that call was made, and when it returned: monotonic ns, 0 if the trace has none."""
        self.thread = 0
        """The number of the thread that made it."""
        self.settles = True
        """Does the call that is now applied settle what was open?"""

    def expect(self, clause: Clause | None) -> Expectation | None:
        """Note that `clause` is expected of the call now applied."""
        return None if clause is None else Expectation(self.calls, clause)

    def fact(self, value: Any, clause: Clause | None) -> Fact[Any]:
        """Make a fact that rests on `clause`; on nothing if that is None."""
        if clause is None:
            return Fact(value)
        if clause.id in self.unstated:
            return Fact(None)
        expected = tuple.__new__(Expectation, (self.calls, clause))
        fact: Fact[Any] = Fact(value, expected)
        if value is not None:
            self.expected_facts.append(fact)
        return fact

    def reach(self, clause: Clause, happened: bool = True) -> None:
        """Record that an effect clause was reached: its effect `happened` and was observed."""
        if happened:
            self.seen.add(clause.id)

    def change(self, fact: Fact[Any], value: Any, clause: Clause | None) -> None:
        """Give a fact another value, as `clause` says; None leaves it open."""
        if clause is not None and clause.id in self.unstated:
            value = clause = None
        fact.value = value
        fact.options = ()
        fact.suspect = None
        fact.broken = ()
        fact.expectation = fact.origin = self.expect(clause)
        if clause is not None and value is not None:
            self.expected_facts.append(fact)

    def one_of(self, values: Iterable[T], clause: Clause | None) -> Fact[T]:
        """Make a fact that is one of `values`, as `clause` says; of none, anything."""
        if clause is not None and clause.id in self.unstated:
            return Fact(None)
        options = tuple(dict.fromkeys(values))
        fact: Fact[T] = self.fact(options[0] if len(options) == 1 else None, clause)
        if len(options) > 1:
            fact.options = options
            if clause is not None:
                self.expected_facts.append(fact)
        return fact

    def may_have_become(self, fact: Fact[T], *values: T) -> None:
        """No page says if the call made it one of `values` or left it as it was.

        What was expected of it before stays an expectation. One that can be anything stays so.
        """
        possible = fact.possible
        options = tuple(dict.fromkeys((*possible, *values)))
        if possible and options != possible:
            fact.leave(options)

    def saw(self, fact: Fact[Any], value: Any) -> None:
        """An observation shows `fact` to have `value`; its expectation is confirmed or broken.

        What a divergence of the call's own explains shows nothing.
        """
        if not self.settles:
            return
        if fact.expectation is not None or fact.basis is not None:
            for basis in fact.expectations():
                expected = basis.expectation
                if expected is not None and (not basis.options or value == basis.options[0]):
                    self.seen.add(expected.clause.id)
        elif fact.value == value and fact.suspect is None and not fact.options:
            # Most reports only say again what is known.
            return
        changed = fact.value != value
        fact.reported(value, self.page)
        if changed and fact.passed_on:
            self.derive(fact)

    def derive(self, fact: Fact[Any]) -> None:
        """Rights turned out otherwise: so did those that were passed on unseen."""
        entries: list[HandleEntry | Transit] = list(self.every_entry())
        for object_ in self.every_object():
            entries += object_.in_transit
        for entry in entries:
            derived = entry.rights
            if derived.basis is fact and derived.expectation is not None:
                derived.value = fact.value
                self.derive(derived)

    def unbind(self, fact: Fact[Any]) -> None:
        """It is now unknown which object the handle with this fact refers to."""
        self.unbound += [entry for entry in self.every_entry() if entry.object is fact]

    def open_expectations(self) -> list[Fact[Any]]:
        """Facts that no observation has confirmed yet, the latest first."""
        self.expected_facts = [f for f in self.expected_facts if f.expectation is not None]
        return self.expected_facts[::-1]
