"""The outcome of testing a candidate, and of several tests together."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from zxhil.errors import EXIT_STOP_BISECT


class ProbeOutcome(enum.StrEnum):
    """The outcome of one test of a candidate.

    An infrastructure fault says nothing about the candidate: it is retried and never counts.
    The value is JSON's word; `style` is its look in a terminal, `css` its class in HTML, `color`
    that of its dot in the picture. `git` is its word in ``git bisect log``, `exit_code` its code
    under ``git bisect run``.
    """

    style: str
    css: str
    color: str
    git: str
    exit_code: int

    def __new__(
        cls,
        word: str,
        style: str = "",
        css: str = "",
        color: str = "",
        git: str = "",
        exit_code: int = EXIT_STOP_BISECT,
    ) -> ProbeOutcome:
        """Make a member; only its word is its value."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.style, member.css, member.color = style, css, color
        member.git, member.exit_code = git, exit_code
        return member

    GOOD = "good", "good", "good", "#1a7f37", "good", 0
    BAD = "bad", "bad", "bad", "#cf222e", "bad", 1
    CANNOT_TELL = "cannot tell", "dim", "open", "#bf8700", "skip", 125
    FAULT = "infrastructure fault", "title", "open", "#8888"


class Rule(enum.StrEnum):
    """How to treat tests of one candidate that disagree."""

    MAJORITY = "majority"
    ANY_BAD = "any-bad"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Tally:
    """How often a candidate was tested, by outcome; faults don't count."""

    good: int = 0
    bad: int = 0
    cannot_tell: int = 0

    @staticmethod
    def of(outcomes: Iterable[ProbeOutcome]) -> Tally:
        """Count outcomes."""
        listed = list(outcomes)
        return Tally(
            *(
                listed.count(o)
                for o in (ProbeOutcome.GOOD, ProbeOutcome.BAD, ProbeOutcome.CANNOT_TELL)
            )
        )

    @property
    def tests(self) -> int:
        """How many tests counted."""
        return self.good + self.bad + self.cannot_tell

    @property
    def disagrees(self) -> bool:
        """Did tests of the same candidate disagree?"""
        return bool(self.good) + bool(self.bad) + bool(self.cannot_tell) > 1

    def __str__(self) -> str:
        parts = [(self.good, "good"), (self.bad, "bad"), (self.cannot_tell, "cannot tell")]
        return ", ".join(f"{n} x {word}" for n, word in parts if n) or "not tested"


@dataclass(frozen=True, slots=True)
class Policy:
    """How often to test, and how to decide.

    Each candidate is tested `repeat` times, the decisive ones at least `confirm` times at the
    end. When its tests disagree, the rule MAJORITY has a candidate tested until one side leads
    by two, or `most` tests were made. The search ends when `give_up` of the suspects cannot be
    judged (0: when all of them but one cannot, as git does).
    """

    repeat: int = 1
    rule: Rule = Rule.MAJORITY
    confirm: int = 1
    give_up: int = 0

    @property
    def most(self) -> int:
        """How many tests a candidate gets at most."""
        return 3 * max(self.repeat, self.confirm, 1)

    def verdict(self, tally: Tally) -> ProbeOutcome | None:
        """Return GOOD, BAD or CANNOT_TELL; None if another test is needed."""
        if not tally.good and not tally.bad:
            return ProbeOutcome.CANNOT_TELL if tally.cannot_tell else None
        if self.rule is Rule.ANY_BAD and tally.bad:
            return ProbeOutcome.BAD
        if tally.tests < self.repeat:
            return None
        if not tally.bad:
            return ProbeOutcome.GOOD
        if not tally.good:
            return ProbeOutcome.BAD
        return ProbeOutcome.CANNOT_TELL if self.rule is Rule.SKIP else self._majority(tally)

    def _majority(self, tally: Tally) -> ProbeOutcome | None:
        lead = tally.good - tally.bad
        if abs(lead) < 2 and tally.tests < self.most:
            return None
        if not lead:
            return ProbeOutcome.CANNOT_TELL
        return ProbeOutcome.GOOD if lead > 0 else ProbeOutcome.BAD
