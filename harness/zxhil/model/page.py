"""A documented call as a value: what its page allows in a state.

A file in `pages/` makes one `Page` and fills it, sentence by sentence, in the page's order.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from zxhil.abi.calls import AnyCall
from zxhil.abi.status import Status, status_name
from zxhil.model.clause import Allowed, Clause, Difference, Mismatch, Outcome
from zxhil.model.conditions import never
from zxhil.model.moments import Moments
from zxhil.model.routine import RoutineSentences
from zxhil.model.sentences import C, Grant, Predicate, no_mismatch
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, YES, Tri

#: Every status but ZX_OK: the errors of a page that lists none.
_ANY_ERROR = frozenset(Status) - {Status.ZX_OK}

__all__ = ["AnyPage", "Grant", "Page", "Predicate", "page_of"]


class Page(RoutineSentences[C]):
    """One system call page, as the judge asks it."""

    def __init__(self, name: str, call: type[C], source: str, *, core: bool = False) -> None:
        super().__init__(name, call, source, core=core)
        self._by_status: dict[int, list[tuple[int, Predicate]]] = {}
        self._allowed: dict[tuple[tuple[Tri, ...], bool], Allowed] = {}
        self._new_handles = tuple(
            (p.name, p.kind, handles)
            for p in self.syscall.parameters
            if (handles := p.kind.handles_written())
        )
        self.handles_out = tuple(name for name, _, _ in self._new_handles)

    @functools.cached_property
    def statuses(self) -> frozenset[int]:
        """Every error status that the page documents."""
        return frozenset(int(s) for clause in self.clauses for s in clause.statuses)

    @functools.cached_property
    def _where_silent(self) -> frozenset[int]:
        """The statuses that may come where the page is silent."""
        return self.statuses | frozenset(map(int, self.unlisted))

    @functools.cached_property
    def at_any_time(self) -> frozenset[int]:
        """The statuses that the page allows at any time."""
        return frozenset(int(s) for clause in self.permitted for s in clause.statuses)

    @contextmanager
    def without(self, clause: Clause) -> Iterator[None]:
        """Within the block, act as if the page did not have this clause.

        Covers errors, grants and refusals; an expected effect stays expected.
        """
        errors, grants, refusals = self.errors, self.grants, self.refusals
        self.refusals = [(c, p) for c, p in refusals if c is not clause]
        self.errors = [(c, never if c is clause else p) for c, p in errors]
        self.grants = [grant for grant in grants if grant.clause is not clause]
        self._by_status = {}
        try:
            yield
        finally:
            self.errors, self.grants, self.refusals = errors, grants, refusals
            self._by_status = {}

    def of_text(self, unstated: frozenset[str], *, newer: bool) -> Page[C]:
        """The same page for a text that does not state these clauses, by id.

        Their errors may come and need not; their grants, refusals and outputs demand nothing. What
        the effects leave in the state is for the state to leave open (`State.unstated`). Errors of
        later pages are added where the text states them; if it is `newer`, it may state any.

        What the text says in their place is not known: where their condition may hold, any status
        of the page may come, and a status that only they name may come at any time.
        """
        page = copy.copy(self)
        later = [each for each in self.later if newer or each[0].id not in unstated]
        named = {s for c in self.clauses if c.id not in unstated for s in c.statuses}
        page.errors = [
            (clause, _left_open(predicate, named.isdisjoint(clause.statuses)))
            if clause.id in unstated
            else (clause, predicate)
            for clause, predicate in self.errors + later
        ]
        page.silent = [*self.silent, *(p for c, p in self.errors if c.id in unstated)]
        page.refusals = [(c, p) for c, p in self.refusals if c.id not in unstated]
        page.grants = [grant for grant in self.grants if grant.clause.id not in unstated]
        if self.mismatches is not no_mismatch:
            page.mismatches = lambda s, c, o: (
                each for each in self.mismatches(s, c, o) if each.clause.id not in unstated
            )
        page._by_status, page._allowed = {}, {}
        return page

    # ---- asked by the judge

    def allows(self, state: State, call: C) -> Allowed:
        """Compute what the page allows for `call` in `state`.

        If a condition holds, any status of a condition that holds or may hold; if none does,
        ZX_OK and the statuses that may hold. Statuses allowed at any time are always in.
        """
        if state.moments is not None:
            return self._allows_since(state, state.moments, call)
        answers = tuple([predicate(state, call) for _, predicate in self.errors])
        return self._allowed_where(answers, bool(self.silent) and self.silent_about(state, call))

    def _allowed_where(self, answers: tuple[Tri, ...], silent: bool) -> Allowed:
        known = self._allowed.get((answers, silent))
        if known is None:
            known = self._allowed[answers, silent] = self._make_allowed(answers, silent)
        return known

    def _allows_since(self, state: State, moments: Moments, call: C) -> Allowed:
        """The same for a call that others overlapped: over all moments since it began."""
        answers: list[Tri] = []
        for place, ask in enumerate(self.conditions(state, call)):
            low, high = moments.merged(place, ask)
            answers.append(YES if low == YES else NO if high == NO else MAYBE)
        return self._allowed_where(tuple(answers), self.silent_about(state, call))

    def proved(self, state: State, call: C, status: int, permits: Allowed) -> Allowed:
        """What a status shows that came: the one condition that can explain it held at a moment."""
        moments = state.moments
        if moments is None or not status or status in self.at_any_time:
            return permits
        asked = zip(self.errors, self.conditions(state, call), strict=True)
        highs = [
            (clause, moments.merged(place, ask)[1])
            for place, ((clause, _), ask) in enumerate(asked)
            if status in clause.statuses
        ]
        possible = [(clause, high) for clause, high in highs if high != NO]
        if len(possible) != 1 or possible[0][1] != YES:
            return permits
        clause = possible[0][0]
        left = tuple(each for each in permits.may_hold if each is not clause)
        return permits._replace(holds=(*dict.fromkeys((*permits.holds, clause)),), may_hold=left)

    def settle_on(self, state: State, call: C, outcome: Outcome, moments: Moments) -> None:
        """Let watches answer as if the call had begun at a moment that explains its outcome."""
        if not self.watches:
            return
        conditions = self.conditions(state, call)
        chosen = None
        for course in moments.each():
            answers = [ask() for ask in conditions]
            of_status = [
                answer
                for answer, (clause, _) in zip(answers, self.errors, strict=True)
                if outcome.status in clause.statuses
            ]
            fits = any(of_status) if outcome.status else YES not in answers
            if fits and not tuple(self.mismatches(state, call, outcome)):
                chosen = course
                break
        moments.course = chosen

    def conditions(self, state: State, call: C) -> list[Callable[[], Tri]]:
        """The conditions of the errors, as questions about `call`."""
        return [functools.partial(predicate, state, call) for _, predicate in self.errors]

    def watched(self, state: State, call: C) -> tuple[Any, ...]:
        """What the page's watches answer now."""
        return tuple(watch.now(state, call) for watch in self.watches)

    def silent_about(self, state: State, call: C) -> bool:
        """May the page demand something without saying which status?"""
        if not self.silent:
            return False
        return any(predicate(state, call) != NO for predicate in self.silent)

    def _make_allowed(self, answers: tuple[Tri, ...], silent: bool) -> Allowed:
        asked = [(c, answer) for (c, _), answer in zip(self.errors, answers, strict=True)]
        holds = tuple(c for c, answer in asked if answer == YES)
        may_hold = tuple(c for c, answer in asked if answer == MAYBE)
        statuses = {int(s) for clause in holds + may_hold for s in clause.statuses}
        otherwise = self.at_any_time | self._where_silent if silent else self.at_any_time
        statuses |= otherwise
        if not holds:
            statuses.add(0)
        shown = statuses - _ANY_ERROR if self.unlisted == _ANY_ERROR else statuses
        shown |= {int(s) for clause in holds + may_hold for s in clause.statuses}
        names = tuple(status_name(s) for s in sorted(shown, reverse=True))
        names += ("any other error",) if len(shown) < len(statuses) else ()
        return Allowed(holds, may_hold, not holds, frozenset(statuses), names, otherwise)

    def possible(self, state: State, call: C, outcome: Outcome) -> bool:
        """Does the page allow this outcome, status and outputs?"""
        if not self.possible_status(state, call, outcome):
            return False
        return not self.contradictions(state, call, outcome)

    def possible_status(self, state: State, call: C, outcome: Outcome) -> bool:
        """Does the page allow the status of this outcome?"""
        status = outcome.status
        if status == 0 and state.moments is not None:
            return not self._allows_since(state, state.moments, call).holds
        if status == 0:
            for _, predicate in self.errors:  # noqa: SIM110 - asked several times a call
                if predicate(state, call) == YES:
                    return False
            return True
        return status in self.at_any_time or self.explanation(state, call, status) is not None

    def explanation(self, state: State, call: C, status: int) -> int | None:
        """The index of the first error clause that may explain `status`; None if there is none.

        If the page says nothing about the status, any documented one is explained.
        """
        by_status = self._by_status.get(status)
        if by_status is None:
            by_status = self._by_status[status] = [
                (place, predicate)
                for place, (clause, predicate) in enumerate(self.errors)
                if status in clause.statuses
            ]
        moments = state.moments
        if moments is None:
            for place, predicate in by_status:
                if predicate(state, call) != NO:
                    return place
        else:
            for place, predicate in by_status:
                if moments.merged(place, functools.partial(predicate, state, call))[1] != NO:
                    return place
        if status in self._where_silent and self.silent_about(state, call):
            return len(self.errors)
        return None

    def contradictions(self, state: State, call: C, outcome: Outcome) -> tuple[Mismatch, ...]:
        """Outputs that contradict the page, handles that can't be included."""
        found: tuple[Mismatch, ...] = ()
        if self.mismatches is not no_mismatch:
            if state.moments is None:
                found = tuple(self.mismatches(state, call, outcome))
            else:
                found = self._mismatches(state, state.moments, call, outcome)
        if outcome.status == 0 and self.handles_out:
            seen = self._implausible(state, call, outcome)
            if seen:
                clause = (*self.granted(state, call, 0), self.purpose)[0]
                found += tuple(Mismatch(clause, *what) for what in seen if clause is not None)
        return found

    def _mismatches(
        self, state: State, moments: Moments, call: C, outcome: Outcome
    ) -> tuple[Mismatch, ...]:
        """What contradicts the page, whenever the call may have begun."""
        found: tuple[Mismatch, ...] = ()
        for _ in moments.each():
            found = tuple(self.mismatches(state, call, outcome))
            if not found:
                break
        return found

    def granted(self, state: State, call: C, status: int) -> tuple[Clause, ...]:
        """The grants that a failure with `status` breaks, or may break; with 0, all that hold."""
        return tuple(
            grant.clause
            for grant in self.grants
            if (not status or not grant.statuses or status in grant.statuses)
            and grant.holds(state, call) != NO
        )

    def narrowed(
        self, state: State, call: C, outcome: Outcome, clauses: tuple[Clause, ...]
    ) -> tuple[Clause, ...]:
        """Those of `clauses` that the outputs of a failed call leave possible (all if none)."""
        if self.points is None:
            return clauses
        return tuple(self.points(state, call, outcome, clauses)) or clauses

    def _implausible(self, state: State, call: C, outcome: Outcome) -> list[Difference]:
        """What can't be: a handle of 0, one that is alive already, the same one twice."""
        invalidated = getattr(call, self.invalidates) if self.invalidates else None
        values: list[int] = []
        for name, kind, handles in self._new_handles:
            reported: Any = outcome.outs.get(name)
            if reported is None:
                continue
            # The outputs of two parameters may overlap: the memory then holds one of the two.
            if not kind.is_handle or not reported or reported not in values:
                values += handles(reported)
        found = []
        for place, value in enumerate(values):
            if value == 0:
                found.append(Difference("a valid handle", "ZX_HANDLE_INVALID"))
            elif value in values[:place]:
                found.append(Difference("different handles", f"{value:#x} twice"))
            elif value != invalidated and state.valid(value) == YES:
                found.append(Difference("a new handle", f"{value:#x}, which is in use"))
        return found


def _left_open(predicate: Predicate, always: bool) -> Predicate:
    if always:
        return lambda state, call: MAYBE
    return lambda state, call: min(MAYBE, predicate(state, call))


AnyPage = Page[Any]


def page_of(call: AnyCall, pages: dict[str, AnyPage]) -> AnyPage | None:
    """Find the page of a decoded call."""
    return next((p for p in pages.values() if p.call is type(call)), None)
