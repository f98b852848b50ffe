"""What a check of `zxhil doctor` saw."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class State(enum.StrEnum):
    """`NOTE` is worth knowing and stops nothing; `BAD` stops a run."""

    GOOD = "ok"
    NOTE = "note"
    BAD = "BAD"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check saw, and how to fix it."""

    what: str
    state: State
    seen: str
    remedy: str = ""
