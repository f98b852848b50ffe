"""What is known of a case before it runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CaseInfo:
    """A case as its program's table has it. `source` is ``FILE.c:LINE``."""

    program: str
    name: str
    claims: tuple[str, ...]
    source: str

    @property
    def id(self) -> str:
        """``program/case``."""
        return f"{self.program}/{self.name}"

    @property
    def page(self) -> str:
        """The page that the case is about: that of its first claim, else its program's name."""
        return self.claims[0].partition("/")[0] if self.claims else self.program
