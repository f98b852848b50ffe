"""How often things were seen, by name, with changes that a journal can keep in little space."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any


class NameTally:
    """Counts by name, in the order in which the names came."""

    def __init__(self, counts: Counter[str] | None = None) -> None:
        self.counts: Counter[str] = Counter() if counts is None else counts

    def change(self, found: Mapping[str, int]) -> dict[str, Any]:
        """What `found` adds, as JSON: new names, and how often each name was found, in order."""
        new = sorted(name for name in found if name not in self.counts)
        return {"new": new, "times": [found.get(name, 0) for name in (*self.counts, *new)]}

    def take(self, change: Mapping[str, Any]) -> Counter[str]:
        """Add such a change; returns what was found. Raises ValueError if it does not fit."""
        for name in change["new"]:
            self.counts.setdefault(str(name), 0)
        times = [int(each) for each in change["times"]]
        if len(times) != len(self.counts) or min(times, default=0) < 0:
            raise ValueError("counts that do not fit")
        found = Counter({name: n for name, n in zip(self.counts, times, strict=True) if n})
        self.counts.update(found)
        return found
