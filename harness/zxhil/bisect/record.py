"""What a session file holds: the settings, the ends, every test of a candidate, and the stop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from zxhil.bisect.outcome import ProbeOutcome, Tally
from zxhil.bisect.search import Purpose, Stop
from zxhil.bisect.when import Facts

FORMAT = 3
KEY = "zxhil bisect"


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of a bisection; a resumed one has the same.

    `words`, `memory` in MiB, `smp`, `limits` (``boot=60``) and `symbols` are those of ``zxhil
    run``; with a history `symbols` are in the worktree. `good` are revisions or image names, `home`
    is the folder it was started in. Empty texts and zeros mean "not given".
    """

    home: str
    good: tuple[str, ...]
    bad: str
    repo: str = ""
    images: str = ""
    when: str = ""
    when_command: str = ""
    build: str = ""
    image_paths: tuple[str, ...] = ()
    arch: str = ""
    tests: str = ""
    find_fix: bool = False
    first_parent: bool = False
    paths: tuple[str, ...] = ()
    clean: bool = False
    build_timeout: float = 0.0
    test_timeout: float = 0.0
    repeat: int = 1
    confirm: int = 1
    unstable: str = "majority"
    give_up: int = 0
    retries: int = 3
    words: tuple[str, ...] = ()
    memory: int = 0
    smp: int = 0
    limits: tuple[str, ...] = ()
    symbols: str = ""

    @property
    def history(self) -> bool:
        """Are the candidates commits? With images `repo` only dates their kernels."""
        return bool(self.repo) and not self.images

    @property
    def range(self) -> str:
        """Where the candidates come from: a path."""
        return self.images or self.repo


@dataclass(frozen=True, slots=True)
class Observation:
    """One test. Times are in seconds: the user's build (or download), the test, zxhil's overhead.

    `facts` are what the probe saw, empty unless the outcome is GOOD or BAD. `suspects` is how
    many candidates were left before it. `at` is the time of day, ISO 8601.
    """

    candidate: str
    label: str
    purpose: Purpose
    outcome: ProbeOutcome
    reason: str = ""
    evidence: str = ""
    suspects: int = 0
    cached: bool = False
    build: float = 0.0
    test: float = 0.0
    overhead: float = 0.0
    at: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


def tallies(observations: Iterable[Observation]) -> dict[str, Tally]:
    """Count the tests of each candidate; faults don't count."""
    outcomes: dict[str, list[ProbeOutcome]] = {}
    for seen in observations:
        outcomes.setdefault(seen.candidate, []).append(seen.outcome)
    return {name: Tally.of(of) for name, of in outcomes.items()}


def old_facts(seen: Iterable[Observation], old_end: str) -> Facts | None:
    """Return the facts that "changes" compares with: those of the first test of the old end."""
    return next((s.facts for s in seen if s.candidate == old_end and s.facts), None)


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """What a session file holds. `stop` is None while the bisection is not over."""

    settings: Settings
    ends: Mapping[str, Any]
    observations: tuple[Observation, ...]
    stop: Stop | None
    wasted: float = 0.0
