"""The verdict on a documented sentence, and its display in every report.

This is the last of three: `VerdictKind` is of a call, `CaseEndKind` of a case, `ClauseVerdict` of a
sentence on a kernel. Each is defined once, with its word in JSON and how it is shown, and passed on
unchanged.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Sequence

from zxhil.counts import counted
from zxhil.known.match import NOTHING, Applied
from zxhil.oracle.results import CaseEndKind, CaseResult, Divergence


class ClauseVerdict(enum.StrEnum):
    """The verdict on a sentence, or on several together, on a kernel. The value is JSON's word.

    `label` explains it in a legend, `short` stands in the terminal's column, `sign` in a cell;
    `css` is its class in HTML. The sign repeats what the color says.
    """

    label: str
    short: str
    sign: str
    css: str

    def __new__(cls, word: str, label: str, short: str, sign: str, css: str) -> ClauseVerdict:
        """Make a member; only its word is its value."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.label, member.short, member.sign, member.css = label, short, sign, css
        return member

    DIVERGES = "diverges", "diverges", "DIVERGES", "✗", "bad"
    KNOWN = "known", "diverges as known", "known", "≠", "known"
    """Nothing else than what a file of known divergences lists."""
    PARTLY = "conforms in part", "conforms in part", "in part", "◐", "part"
    """Of several: some conform, others were not reached."""
    CONFORMS = "conforms", "conforms", "ok", "✓", "good"
    NOT_REACHED = "not reached", "not reached", "not reached", "○", "open"
    SKIPPED = "skipped", "no such call", "no call", "-", "gone"
    """The kernel has no such call."""
    EXEMPT = "exempt", "allowed at any time", "exempt", "~", "free"
    """Allowed at any time: it can't be forced, and need not come."""
    NOT_MODELLED = "not modelled", "not modelled", "no model", "?", "none"

    @property
    def style(self) -> str:
        """Its terminal style: "good", "bad", "known", or "dim" if it decides nothing."""
        return self.css if self.css in ("good", "bad", "known") else "dim"


def together(verdicts: Sequence[ClauseVerdict]) -> ClauseVerdict:
    """The verdict on several sentences: the worst; CONFORMS only if all conform."""
    found = set(verdicts)
    for verdict in (ClauseVerdict.DIVERGES, ClauseVerdict.KNOWN):
        if verdict in found:
            return verdict
    if ClauseVerdict.CONFORMS in found:
        open_ = found & {ClauseVerdict.NOT_REACHED, ClauseVerdict.NOT_MODELLED}
        return ClauseVerdict.PARTLY if open_ else ClauseVerdict.CONFORMS
    order = (
        ClauseVerdict.NOT_REACHED,
        ClauseVerdict.SKIPPED,
        ClauseVerdict.NOT_MODELLED,
        ClauseVerdict.EXEMPT,
    )
    return next(verdict for verdict in order if verdict in found)


def end_counts(cases: Sequence[CaseResult], known: Applied = NOTHING) -> str:
    """Counts of ends: "3 passed, 2 failed (1 known), 1 hung"."""
    ends = Counter(case.end for case in cases)
    expected = Counter(case.end for case in cases if known.reasons(case))
    counts = {end: f"{ends[end]} {end.value}" for end in CaseEndKind if ends[end]}
    return ", ".join(
        f"{text} ({'all' if expected[end] == ends[end] else expected[end]} known)"
        if expected[end]
        else text
        for end, text in counts.items()
    )


def known_counts(divergences: int, ends: int) -> str:
    """Counts of what a file of known divergences explains."""
    incomplete = f", {counted(ends, 'incomplete case')}" if ends else ""
    return f"{counted(divergences, 'divergence')}{incomplete}"


def places(call: int, divergences: Sequence[Divergence]) -> list[str]:
    """The role of each call, by its number in the case, in the divergences."""
    blamed = [each for each in divergences if each.blamed_call == call != each.call]
    observed = any(each.call == call for each in divergences)
    may = "may be " if blamed and all(map(_undecided, blamed)) else ""
    return [*([f"{may}broken here"] if blamed else []), *(["observed here"] if observed else [])]


def _undecided(divergence: Divergence) -> bool:
    """Does what the pages of several calls say explain it as well?"""
    return len({cause[0].partition("/")[0] for cause in divergence.explained_by if cause}) > 1
