"""A git history as a range: which commits are candidates, and what a commit is."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from zxhil.bisect.graph import Graph
from zxhil.bisect.outcome import ProbeOutcome
from zxhil.bisect.search import Plan
from zxhil.errors import UserError
from zxhil.git import describe, run_git

#: What is shown of the patch of the commit that was found, in bytes and lines.
_PATCH_BYTES = 64 << 10
_PATCH_LINES = 400

_UNSHALLOW = "git fetch --unshallow"
#: Against the empty tree for a commit without parents. No program of the user's makes the diff.
_DIFF = ("-r", "-M", "--root", "--no-commit-id", "--no-color", "--no-ext-diff", "--no-textconv")


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit, for a person. `diffstat` and `patch` are against the first parent.

    Of a large patch only the beginning is kept, and a line says so.
    """

    id: str
    subject: str
    author: str
    date: str
    message: str
    diffstat: str
    patch: str


class Repository:
    """The user's repository. Nothing here writes into it or changes its checkout."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._folder = path / self.git("rev-parse", "--git-common-dir").strip()

    def git(self, *arguments: str) -> str:
        """Run git in the repository. Raises UserError with git's message."""
        done = run_git(self.path, *arguments)
        if done.code:
            raise UserError(
                f"git {' '.join(arguments[:3])} in {self.path}",
                done.stderr.strip() or f"failed with exit code {done.code}",
                "give a repository, revisions and paths that git knows",
            )
        return done.stdout

    def worktree(self, *arguments: str) -> None:
        """Run ``git worktree``, alone: git fails if it reads the entry that another one writes.

        Raises UserError as `git` does.
        """
        with ExitStack() as stack:
            # A file system without locks has git's own luck.
            with suppress(OSError):
                folder = os.open(self._folder, os.O_RDONLY | os.O_CLOEXEC)
                stack.callback(os.close, folder)
                fcntl.flock(folder, fcntl.LOCK_EX)
            self.git("worktree", *arguments)

    def resolve(self, revision: str) -> str:
        """Return the full id of the commit that `revision` names. Raises UserError."""
        options = ("--verify", "--quiet", "--end-of-options")
        try:
            return self.git("rev-parse", *options, revision + "^{commit}").strip()
        except UserError:
            remedy = "give a commit, tag or branch"
            if self.is_shallow():
                remedy += f"; this is a shallow clone: {_UNSHALLOW} gets the older commits"
            raise UserError(f"{self.path}: {revision}", "is not a commit", remedy) from None

    def is_ancestor(self, old: str, new: str) -> bool:
        """Is `old` an ancestor of `new`, or the same commit?"""
        return self.git("rev-list", "-n1", old, "--not", new).strip() == ""

    def count_between(self, olds: Sequence[str], new: str) -> int:
        """Count the commits that `new` has, itself too, and none of `olds`."""
        return int(self.git("rev-list", "--count", new, "--not", *olds))

    def tree(self, commit: str) -> str:
        """Return the hash of a commit's tree: two commits of one tree build alike."""
        return self.git("rev-parse", f"{commit}^{{tree}}").strip()

    def commit(self, commit: str) -> Commit:
        """Describe a commit."""
        fields = describe(self.path, commit, "%H%x00%s%x00%an <%ae>%x00%cI%x00%P%x00%B")
        name, subject, author, date, parents, message = fields.split("\0", 5)
        trees = [*parents.split()[:1], commit]
        diffstat = self.git("diff-tree", *_DIFF, "--stat=100", *trees).strip("\n")
        return Commit(name, subject, author, date, message.strip(), diffstat, self._patch(trees))

    def _patch(self, trees: Sequence[str]) -> str:
        ended = run_git(self.path, "diff-tree", *_DIFF, "-p", *trees, limit=_PATCH_BYTES)
        lines = ended.stdout.splitlines()
        if ended.cut or len(lines) > _PATCH_LINES:
            lines = [*lines[:_PATCH_LINES], f"… cut here: git show {trees[-1]}"]
        return "\n".join(lines)

    def subject(self, commit: str) -> str:
        """Return the short id and the subject of a commit."""
        return describe(self.path, commit, "%h %s")

    def is_shallow(self) -> bool:
        """Is this a shallow clone, whose oldest commits lack their parents?"""
        return self.git("rev-parse", "--is-shallow-repository").strip() == "true"

    def _refuse_cut_history(self, olds: Sequence[str], new: str) -> None:
        """Refuse a range that a shallow clone has in part: its oldest commit would be blamed."""
        if not self.is_shallow():
            return
        file = Path(self.git("rev-parse", "--git-path", "shallow").strip())
        ends = set((self.path / file).read_text().split())
        cut = [name for name in self.git("rev-list", new, "--not", *olds).split() if name in ends]
        if cut:
            raise UserError(
                f"{self.path}",
                f"is a shallow clone: the history between the ends is cut off at {cut[0][:12]}",
                f"run {_UNSHALLOW}",
            )

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
        self._refuse_cut_history(olds, new)
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
