"""A documented call as a value: its clauses, and what success and failure do to the model.

A file in `pages/` makes one `Page` and fills it, sentence by sentence, in the page's order.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar, cast

from harness.abi.calls import BY_NAME, AnyCall
from harness.abi.status import Status
from harness.model.tri import MAYBE, Tri

if TYPE_CHECKING:
    from harness.model.state import State

C = TypeVar("C")


class ClauseKind(enum.Enum):
    """What a sentence is about."""

    ERROR = "error"
    """A condition under which a status is documented."""
    ANY_TIME = "any time"
    """A status that the page allows whenever it likes; reported, never required."""
    EFFECT = "effect"
    """Something that the call does, or leaves undone."""


class Clause(NamedTuple):
    """One documented sentence, in our own words. `id` is ``page/name``.

    `statuses` are the statuses that an error clause allows: one, as a rule; several where the
    page demands a failure without saying which. `contradicted` holds for a sentence that
    the same page contradicts: then both readings are allowed.
    """

    id: str
    kind: ClauseKind
    statuses: tuple[Status, ...]
    sentence: str
    contradicted: bool = False

    @property
    def page(self) -> str:
        """The page's name."""
        return self.id.partition("/")[0]

    @property
    def label(self) -> str:
        """What the report's table calls it."""
        return "|".join(s.name for s in self.statuses) or "effect"


class Outcome(NamedTuple):
    """What the kernel answered: the raw zx_status_t, and the values written through pointers."""

    status: int
    outs: dict[str, Any]

    def number(self, name: str) -> int | None:
        """An integer out parameter (or a digest); None if it could not be written or read."""
        return cast("int | None", self.outs.get(name))

    def values(self, name: str) -> tuple[Any, ...]:
        """An array out parameter; empty if there is none."""
        return self.outs.get(name) or ()

    def raw(self, name: str) -> bytes | None:
        """The bytes of an info buffer; None if they were not recorded."""
        return cast("bytes | None", self.outs.get(name))


class Mismatch(NamedTuple):
    """An output that contradicts the page: the sentence, and what was seen."""

    clause: Clause
    seen: str


Predicate = Callable[["State", Any], Tri]
Effect = Callable[["State", Any, Outcome], None]
Check = Callable[["State", Any, Outcome], Iterable[Mismatch]]


def _nothing(state: State, call: Any, outcome: Outcome) -> None:
    """The page promises nothing."""


def _no_mismatch(state: State, call: Any, outcome: Outcome) -> Iterable[Mismatch]:
    return ()


class Page(Generic[C]):
    """One system call page. `source` says which text of the page the clauses follow."""

    def __init__(self, name: str, call: type[C], source: str) -> None:
        self.name = name
        self.call = call
        self.source = source
        self.syscall = BY_NAME[name]
        self.errors: list[tuple[Clause, Predicate]] = []
        self.permitted: list[Clause] = []
        self.effects: list[Clause] = []
        self.silent: list[Predicate] = []
        self.succeed: Effect = _nothing
        self.fail: Effect = _nothing
        self.mismatches: Check = _no_mismatch

    @property
    def clauses(self) -> list[Clause]:
        """Every clause: errors, statuses allowed at any time, effects."""
        return [clause for clause, _ in self.errors] + self.permitted + self.effects

    @property
    def statuses(self) -> frozenset[int]:
        """Every error status that the page documents."""
        return frozenset(int(s) for clause in self.clauses for s in clause.statuses)

    def error(
        self, status: Status | tuple[Status, ...], sentence: str, *, contradicted: bool = False
    ) -> Callable[[Callable[[State, C], Tri]], Clause]:
        """Add an error clause: the decorated predicate says when its condition holds.

        A contradicted condition that holds is only a maybe: the page's other reading is as good.
        """
        statuses = status if isinstance(status, tuple) else (status,)

        def add(predicate: Callable[[State, C], Tri]) -> Clause:
            name = f"{self.name}/{predicate.__name__}"
            clause = Clause(name, ClauseKind.ERROR, statuses, sentence, contradicted)
            if contradicted:
                self.errors.append((clause, lambda s, c: min(MAYBE, predicate(s, c))))
            else:
                self.errors.append((clause, predicate))
            return clause

        return add

    def any_time(self, status: Status, sentence: str) -> Clause:
        """Add a status that the page allows at any time."""
        name = f"{self.name}/{status.name.removeprefix('ZX_ERR_').lower()}"
        clause = Clause(name, ClauseKind.ANY_TIME, (status,), sentence)
        self.permitted.append(clause)
        return clause

    def effect(self, name: str, sentence: str) -> Clause:
        """Add a documented effect; `success` and `failure` promise it, `outputs` checks it."""
        clause = Clause(f"{self.name}/{name}", ClauseKind.EFFECT, (), sentence)
        self.effects.append(clause)
        return clause

    def unspecified(self, predicate: Callable[[State, C], Tri]) -> None:
        """Where this holds, the page demands something without a status: any one may come."""
        self.silent.append(predicate)

    def success(self, effect: Callable[[State, C, Outcome], None]) -> None:
        """Say what ZX_OK does to the model."""
        self.succeed = effect

    def failure(self, effect: Callable[[State, C, Outcome], None]) -> None:
        """Say what any other status does to the model."""
        self.fail = effect

    def outputs(self, check: Callable[[State, C, Outcome], Iterable[Mismatch]]) -> None:
        """Say how the outputs of an allowed outcome are checked, before it is applied."""
        self.mismatches = check


AnyPage = Page[Any]


def page_of(call: AnyCall, pages: dict[str, AnyPage]) -> AnyPage | None:
    """Find the page of a decoded call."""
    return next((p for p in pages.values() if p.call is type(call)), None)
