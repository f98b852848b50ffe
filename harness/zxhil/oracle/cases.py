"""What is known of a case before it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class CaseInfo:
    """A case, as listed in its program's table.

    `source` is ``FILE.c:LINE``; of a user's own file the path, with a slash.
    """

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


def source_place(info: CaseInfo) -> tuple[str, str]:
    """The path and line of a case's C code; the table of a program has the file's name alone.

    A program is made of the files that begin with its name, or of a folder of its name. What is no
    C file is what the C of a program is generated from. A user's own file is named as it was given.
    """
    file, _, line = info.source.rpartition(":")
    if "/" in file:
        return file.removeprefix("./"), line
    stem = file.partition(".")[0]
    own = stem == info.program or stem.startswith(f"{info.program}_") or not file.endswith(".c")
    return f"guest_tests/{file}" if own else f"guest_tests/{info.program}/{file}", line


class KnownClauses(Protocol):
    """Which clauses a kernel is known to break; `zxhil.known.match` takes them from a file."""

    def of(self, arch: str, version: str, case: str) -> frozenset[str]:
        """The ids of the clauses that the kernel breaks in this case (``program/case``)."""
