"""What the oracle asks of those who know a kernel's divergences."""

from __future__ import annotations

from typing import Protocol


class KnownClauses(Protocol):
    """Which clauses a kernel is known to break; `zxhil.known.clauses` takes them from a file."""

    def of(self, arch: str, version: str, case: str) -> frozenset[str]:
        """The ids of the clauses that the kernel breaks in this case (``program/case``)."""
