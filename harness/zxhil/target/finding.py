"""What a check of `zxhil doctor` saw."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class CheckState(enum.StrEnum):
    """`NOTE` is worth knowing and stops nothing; `BAD` stops a run."""

    GOOD = "ok"
    NOTE = "note"
    BAD = "BAD"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check saw, and how to fix it."""

    what: str
    state: CheckState
    seen: str
    remedy: str = ""
