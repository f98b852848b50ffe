"""The interface between the runner and a kind of range: provide a candidate's image."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from zxhil.bisect.process import Cancel


class CannotTell(Exception):  # noqa: N818 - an answer about the candidate, not an error
    """The candidate cannot be judged, and a retry would not change that.

    `seconds` is what was spent on a build that failed.
    """

    def __init__(self, reason: str, evidence: str = "", seconds: float = 0.0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.evidence = evidence
        self.seconds = seconds


class ProbeFault(Exception):  # noqa: N818 - named as the outcome that it becomes
    """The host, the network or a tool failed; that says nothing about the candidate."""

    def __init__(self, reason: str, evidence: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.evidence = evidence


@dataclass(frozen=True, slots=True)
class Workspace:
    """A private folder for one candidate after another, removed at the end."""

    number: int
    folder: Path
    closing: ExitStack = field(default_factory=ExitStack)


def _nothing() -> None:
    """Do nothing: nothing is held."""


@dataclass(frozen=True, slots=True)
class Supply:
    """A candidate, ready to be tested.

    `image` is None if the range has no images and the user's command tests the checkout.
    `folder` is where that command runs. `seconds` is what the user's build or the download took.
    `close` releases the image.
    """

    image: Path | None
    folder: Path
    environment: Mapping[str, str]
    seconds: float = 0.0
    cached: bool = False
    close: Callable[[], None] = _nothing


class Provider(Protocol):
    """A kind of range. `provide` is called from several threads, each with its own bench.

    `phase` says what it does: "building".
    """

    phase: str

    def provide(self, candidate: str, bench: Workspace, cancel: Cancel) -> Supply:
        """Build, download or find. Raises CannotTell, ProbeFault or Cancelled."""

    def label(self, candidate: str) -> str:
        """Name a candidate for a person, on one line."""

    def objection(self, candidate: str, version: str) -> str:
        """Explain why a kernel of this version cannot be the candidate's; "" if it can."""

    def key(self, candidate: str) -> str:
        """A digest of what the candidate is made from: equal ones are the same kernel."""

    def reject(self, candidate: str, bench: Workspace) -> None:
        """Forget the image of a candidate, so that the next try makes it from scratch."""
