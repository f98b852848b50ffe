"""A git history as a range: which commits are candidates, and what a commit is."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from zxhil.bisect.graph import Graph
from zxhil.bisect.outcome import ProbeOutcome
from zxhil.bisect.search import Plan
from zxhil.errors import UserError

# A script of `git bisect run`, or a hook, inherits variables that would lead git elsewhere.
_MISLEADING = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR")


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit, for a person. `diffstat` is against the first parent."""

    id: str
    subject: str
    author: str
    date: str
    message: str
    diffstat: str


class Repository:
    """The user's repository. Nothing here writes into it or changes its checkout."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.git("rev-parse", "--git-dir")

    def git(self, *arguments: str) -> str:
        """Run git in the repository. Raises UserError with git's own words."""
        command = ["git", "-C", str(self.path), "-c", "core.hooksPath=/dev/null", *arguments]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, errors="replace", env=clean_environment()
            )
        except OSError as error:
            raise UserError("git", f"cannot be started: {error.strerror}", "install git") from None
        if done.returncode:
            raise UserError(
                f"git {' '.join(arguments[:3])} in {self.path}",
                done.stderr.strip() or f"failed with exit code {done.returncode}",
                "give a repository, revisions and paths that git knows",
            )
        return done.stdout

    def resolve(self, revision: str) -> str:
        """Return the full id of the commit that `revision` names. Raises UserError."""
        options = ("--verify", "--quiet", "--end-of-options")
        try:
            return self.git("rev-parse", *options, revision + "^{commit}").strip()
        except UserError:
            raise UserError(
                f"{self.path}: {revision}", "is not a commit", "give a commit, tag or branch"
            ) from None

    def is_ancestor(self, old: str, new: str) -> bool:
        """Does `new` descend from `old`, or is it the same?"""
        return self.git("rev-list", "-n1", old, "--not", new).strip() == ""

    def count_between(self, olds: Sequence[str], new: str) -> int:
        """Count the commits that `new` has, itself too, and none of `olds`."""
        return int(self.git("rev-list", "--count", new, "--not", *olds))

    def tree(self, commit: str) -> str:
        """Return the hash of a commit's tree: two commits of one tree build alike."""
        return self.git("rev-parse", f"{commit}^{{tree}}").strip()

    def commit(self, commit: str) -> Commit:
        """Describe a commit."""
        fields = self.git("show", "-s", "--format=%H%x00%s%x00%an <%ae>%x00%cI%x00%B", commit)
        found = fields.rstrip("\n").split("\0")
        stat = ("--stat=100", "--first-parent", "-m", "--format=")
        diffstat = self.git("show", *stat, commit).strip("\n")
        return Commit(found[0], found[1], found[2], found[3], found[4].strip(), diffstat)

    def subject(self, commit: str) -> str:
        """Return the short id and the subject of a commit."""
        return self.git("show", "-s", "--format=%h %s", commit).strip()

    def plan(
        self,
        good: Sequence[str],
        bad: str,
        find_fix: bool = False,
        first_parent: bool = False,
        paths: Sequence[str] = (),
    ) -> Plan:
        """Plan the bisection of what lies between `good` and `bad`, as git bisect does.

        The candidates are what ``git rev-list NEW --not OLD…`` lists, with its options
        ``--first-parent`` and ``-- PATHS``. With `find_fix` the bad revision is the old end.
        Raises UserError if the ends are the same, or lie the wrong way round.
        """
        olds = tuple(self.resolve(rev) for rev in ((bad,) if find_fix else good))
        new = self.resolve(good[0] if find_fix else bad)
        self._refuse_reversed(olds, new, find_fix)
        merge_bases: dict[str, None] = {}
        for old in olds:
            if not self.is_ancestor(old, new):
                merge_bases.update(dict.fromkeys(self._merge_bases(old, new)))
        graph = self._graph(olds, new, first_parent, paths)
        # An old end may be a merge base itself: it is verified already.
        bases = tuple(base for base in merge_bases if base not in olds)
        return Plan(graph, olds, new, ProbeOutcome.BAD if find_fix else ProbeOutcome.GOOD, bases)

    def _refuse_reversed(self, olds: Sequence[str], new: str, find_fix: bool) -> None:
        words = ("bad", "good") if find_fix else ("good", "bad")
        for old in olds:
            if old == new:
                raise UserError(
                    f"{self.path}: {new[:12]}",
                    "is both the good and the bad end",
                    "give two commits",
                )
            if self.is_ancestor(new, old):
                raise UserError(
                    f"{self.path}: {old[:12]}, {new[:12]}",
                    f"the ends are reversed: the {words[0]} commit descends from the "
                    f"{words[1]} one",
                    "remove --find-fix to find what broke it"
                    if find_fix
                    else "add --find-fix to find the commit that fixed it, or swap the ends",
                )

    def _merge_bases(self, old: str, new: str) -> list[str]:
        try:
            return self.git("merge-base", "--all", old, new).split()
        except UserError:
            return []

    def _graph(
        self, olds: Sequence[str], new: str, first_parent: bool, paths: Sequence[str]
    ) -> Graph:
        options = ["--topo-order", "--reverse", "--parents"]
        options += ["--first-parent"] if first_parent else []
        limits = ["--", *paths] if paths else ["--"]
        lines = [
            line.split()
            for line in self.git("rev-list", *options, new, "--not", *olds, *limits).splitlines()
        ]
        names = [line[0] for line in lines]
        index = {name: i for i, name in enumerate(names)}
        parents = [line[1:2] if first_parent else line[1:] for line in lines]
        return Graph(
            tuple(names),
            tuple(tuple(index[p] for p in of if p in index) for of in parents),
        )


def clean_environment() -> dict[str, str]:
    """Return this process's environment without what would lead git to another repository."""
    kept = {key: value for key, value in os.environ.items() if key not in _MISLEADING}
    return {**kept, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C.UTF-8"}
