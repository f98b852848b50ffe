"""The verdict on one call."""

from __future__ import annotations

import enum
from typing import NamedTuple

from zxhil.model.clause import Allowed, Clause
from zxhil.model.facts import Candidate


class VerdictKind(enum.StrEnum):
    """The kinds of verdict on one call."""

    CONFORMS = "conforms"
    MISSING_ERROR = "missing error"
    WRONG_ERROR = "wrong error"
    UNDOCUMENTED_ERROR = "undocumented error"
    WRONG_EFFECT = "wrong effect"
    NOT_JUDGED = "not judged"
    """The call did not return, or overlapped others in more ways than are followed."""

    @property
    def diverges(self) -> bool:
        """Is it a verdict against a page?"""
        return self not in (VerdictKind.CONFORMS, VerdictKind.NOT_JUDGED)


class Ground(NamedTuple):
    """A condition that was met when something else came; or not, though what came needs it.

    `parameters` are those that it asks for; `reasons` say in words which earlier calls made it so.
    """

    clause: Clause
    met: bool
    parameters: tuple[str, ...]
    reasons: tuple[str, ...]


class Verdict(NamedTuple):
    """The judgement of one call. `call` counts the case's calls from 0.

    `blamed` are the clauses to blame, the likeliest first; `blamed_call` is the call that
    set up the first: for a wrong effect often an earlier one than `call`, which showed it.
    `candidates` are the broken expectations that are blamed; `otherwise` is the verdict if all are
    cleared. `suspects` are expectations blamed as soon as another call contradicts them too.
    """

    call: int
    kind: VerdictKind
    allowed: Allowed
    blamed: tuple[Clause, ...] = ()
    blamed_call: int = 0
    expected: str = ""
    """What the outputs should have been, and `got` what they were, if that is what is wrong."""
    got: str = ""
    permitted: Clause | None = None
    candidates: tuple[Candidate, ...] = ()
    otherwise: Verdict | None = None
    suspects: tuple[Candidate, ...] = ()
    causes: tuple[tuple[Clause, ...], ...] = ()
    """What explains it: each of these alone; one of several clauses, only if all are broken."""
    grounds: tuple[Ground, ...] = ()
    """Why something else was expected, as long as no older expectation is blamed."""
    weighed: bool = False
    """Nothing decides between the call and `candidates`, or `suspects`: both are blamed."""

    def revised(self) -> Verdict:
        """The verdict with all later observations applied.

        A confirmed expectation is cleared, a suspected one that was broken is blamed. If nothing
        decided before, and one was broken, the call itself is cleared.
        """
        broken = tuple(suspect for suspect in self.suspects if suspect.broken)
        if broken:
            return with_candidates(broken, self.otherwise or self)
        if self.otherwise is None:
            return self
        if not self.candidates:
            return self if not all(each.cleared for each in self.suspects) else self.otherwise
        left = tuple(suspect for suspect in self.candidates if not suspect.cleared)
        weighed = self.weighed and not any(suspect.broken for suspect in left)
        if len(left) == len(self.candidates) and weighed is self.weighed:
            return self
        return with_candidates(left, self.otherwise, weighed=weighed)


def beside(own: Verdict, suspects: tuple[Candidate, ...]) -> Verdict:
    """The verdict that blames the call, and `suspects` beside it, as nothing decides."""
    clauses = [suspect.expectation.clause for suspect in suspects]
    blamed = tuple(dict.fromkeys([*own.blamed, *clauses]))
    return own._replace(
        blamed=blamed,
        suspects=suspects,
        otherwise=own,
        causes=tuple((clause,) for clause in blamed),
        weighed=True,
    )


def with_candidates(
    candidates: tuple[Candidate, ...], own: Verdict, *, weighed: bool = False
) -> Verdict:
    """The verdict that blames `candidates`, if `weighed` beside `own`; `own` if there are none."""
    if not candidates:
        return own
    clauses = [suspect.expectation.clause for suspect in candidates]
    beside = own.blamed if weighed else ()
    return own._replace(
        kind=VerdictKind.WRONG_EFFECT,
        blamed=tuple(dict.fromkeys([*clauses, *beside])),
        blamed_call=candidates[0].expectation.call,
        candidates=candidates,
        otherwise=own,
        causes=tuple((clause,) for clause in dict.fromkeys([*clauses, *beside])),
        weighed=weighed,
    )
