"""A documented sentence, what a kernel answered, and what the page allows: values only."""

from __future__ import annotations

import enum
from typing import Any, NamedTuple, cast

from zxhil.abi.sample import Sample
from zxhil.abi.status import Status


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
    """What the kernel answered: the raw zx_status_t, and the values written through pointers.

    `unwritten` are outputs that the call left as they were, with what the recorder had put there:
    in `outs` they are None.
    """

    status: int
    outs: dict[str, Any]
    unwritten: tuple[tuple[str, Any], ...] = ()

    def number(self, name: str) -> int | None:
        """An integer out parameter; None if it could not be written or read."""
        return cast("int | None", self.outs.get(name))

    def sample(self, name: str) -> Sample | None:
        """What the trace has of the bytes that were written; None if nothing."""
        return cast("Sample | None", self.outs.get(name))

    def values(self, name: str) -> tuple[Any, ...]:
        """An array out parameter; empty if there is none."""
        return self.outs.get(name) or ()

    def raw(self, name: str) -> bytes | None:
        """The bytes of an info buffer; None if they were not recorded."""
        return cast("bytes | None", self.outs.get(name))


class Allowed(NamedTuple):
    """What a page allows in a state: error clauses that hold or may hold, and whether ZX_OK.

    `names` are the allowed statuses by name, ZX_OK first. `otherwise` are the errors that the page
    allows whatever holds: at any time, or where it is silent.
    """

    holds: tuple[Clause, ...]
    may_hold: tuple[Clause, ...]
    ok: bool
    statuses: frozenset[int]
    names: tuple[str, ...]
    otherwise: frozenset[int] = frozenset()


class Difference(NamedTuple):
    """What an output should have been, and what it was: both as noun phrases."""

    expected: str
    got: str


class Mismatch(NamedTuple):
    """An output that contradicts the page: the sentence, what it requires, and what was seen."""

    clause: Clause
    expected: str
    got: str
