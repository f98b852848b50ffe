"""The journal of an exploration: what each round found, on disk before it counts.

It is a journal as that of a run (`zxhil.run.journal`), with lines of its own: ``explore`` (what
must be the same to go on, and the programs to begin with), ``finding``, and ``round`` after the
findings of a round.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zxhil.errors import UserError
from zxhil.explore.findings import ExploreFinding, FindingKey
from zxhil.explore.program import parse
from zxhil.explore.session import FINDING, ROUND, Exploration
from zxhil.explore.worker import PROGRAMS
from zxhil.run.journal import EXPLORATION, read

IDENTITY = EXPLORATION
_REMEDY = "give the log folder of an exploration, unchanged"


class Restored:
    """What a journal has: `identity`, and what an exploration goes on from."""

    def __init__(self, folder: Path) -> None:
        """Read the journal of a folder. Raises UserError if it has none, or it is damaged."""
        self.folder = folder
        self.identity: dict[str, Any] = {}
        self._lines: list[tuple[str, dict[str, Any]]] = []
        for kind, content in read(folder):
            if kind == IDENTITY:
                self.identity = content
            elif kind in (ROUND, FINDING):
                self._lines.append((kind, content))
        if not self.identity:
            raise UserError(str(folder), "is not the log folder of an exploration", _REMEDY)

    @property
    def programs(self) -> int:
        """How many programs a round has. Raises UserError if that is no such number."""
        programs = self.identity.get("programs")
        if not isinstance(programs, int) or not 0 < programs <= PROGRAMS:
            raise UserError(str(self.folder), f"has {programs} programs in a round", _REMEDY)
        return programs

    @property
    def jobs(self) -> int:
        """How many shares a round has. Raises UserError if that is no such number."""
        jobs = self.identity.get("jobs")
        if not isinstance(jobs, int) or jobs < 1:
            raise UserError(str(self.folder), f"has {jobs} shares of a round", _REMEDY)
        return jobs

    def check(self, identity: dict[str, Any]) -> None:
        """Raise UserError unless this exploration may go on as one of `identity`."""
        for name, value in identity.items():
            if self.identity.get(name) != value:
                problem = f"was begun with {name} {self.identity.get(name)}, not {value}"
                raise UserError(f"--resume {self.folder}", problem, "give the same options")

    def into(self, exploration: Exploration) -> None:
        """Let an exploration go on from there. Raises UserError for a line of another shape."""
        try:
            for text in self.identity.get("corpus", ()):
                exploration.corpus.add(parse(text, "the journal"))
            for kind, content in self._lines:
                if kind == ROUND:
                    exploration.take(content)
                else:
                    finding = finding_of(content)
                    exploration.progress.findings[finding.key] = finding
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            problem = f"has a line that no exploration writes: {error!r}"
            raise UserError(str(self.folder), problem, _REMEDY) from None


def finding_of(content: dict[str, Any]) -> ExploreFinding:
    """Read what `session.finding_json` wrote. Raises KeyError or TypeError for anything else."""
    key = FindingKey(content["call"], content["clause"], content["kind"], content["crash"])
    return ExploreFinding(
        key,
        parse(content["program"], "the journal"),
        content["text"],
        tuple(content["calls"]),
        content["reproduced"],
        content["seen"],
        content["evidence"],
        content["original"],
    )
