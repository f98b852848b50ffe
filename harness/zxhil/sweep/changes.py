"""Where a documented sentence changed between two neighbours, and the commits between them."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from zxhil.bisect.gitrange import Repository
from zxhil.history.kernels import KeptKernel, by_line, kept_kernels
from zxhil.history.store import History
from zxhil.history.timeline import ClauseTurn


@dataclass(frozen=True, slots=True)
class SweepWindow:
    """Two neighbours, and the clauses that changed between them, ≥ 1."""

    old: KeptKernel
    new: KeptKernel
    changes: tuple[ClauseTurn, ...]


def swept_kernels(
    history: History, runs: Collection[int], commits: CommitsBetween | None = None
) -> list[KeptKernel]:
    """The kernels of these runs, in the order of time.

    Where the commits of all of a line are known to `commits`, theirs: dates may go backwards.
    """
    found = [kernel for kernel in kept_kernels(history) if not set(runs).isdisjoint(kernel.runs)]
    if commits is None:
        return found
    ordered: list[KeptKernel] = []
    for line in by_line(found).values():
        places = {kernel.id: commits.place(kernel.commit) for kernel in line}
        known = all(place is not None for place in places.values())
        ordered += sorted(line, key=lambda each: places[each.id] or 0) if known else line
    return ordered


def windows_of(changes: Sequence[ClauseTurn]) -> list[SweepWindow]:
    """The changes by the kernels between which they are, in their order."""
    found: dict[tuple[int, int], list[ClauseTurn]] = {}
    for change in changes:
        found.setdefault((change.old.id, change.new.id), []).append(change)
    return [SweepWindow(each[0].old, each[0].new, tuple(each)) for each in found.values()]


class CommitsBetween:
    """The candidates between two commits: the first-parent commits that touch `paths`, or all."""

    def __init__(
        self, repository: Repository, paths: Sequence[str] = (), tip: str = "HEAD"
    ) -> None:
        self._repository = repository
        self._paths = tuple(paths)
        self._found: dict[tuple[str, str], tuple[str, ...]] = {}
        log = repository.git("rev-list", "--first-parent", "--reverse", tip).split()
        self._places = {commit: number for number, commit in enumerate(log)}

    def place(self, commit: str) -> int | None:
        """The number of a commit in the first-parent history; None if it is not in that."""
        return self._places.get(commit)

    def of(self, old: str, new: str) -> tuple[str, ...]:
        """The candidates after `old` up to `new`, the oldest first: one of them made the change.

        None at all if one of the two is not in the first-parent history.
        """
        if self.place(old) is None or self.place(new) is None:
            return ()
        if (old, new) not in self._found:
            options = ("--first-parent", "--reverse", new, "--not", old)
            limits = ("--", *self._paths) if self._paths else ("--",)
            self._found[old, new] = tuple(
                self._repository.git("rev-list", *options, *limits).split()
            )
        return self._found[old, new]

    def middle(self, old: str, new: str, untestable: Collection[str]) -> str | None:
        """The testable candidate that halves the window best; None if none is left.

        The last candidate is as `new`, which was swept: it differs in nothing that counts.
        """
        candidates = self.of(old, new)
        inner = [(at, each) for at, each in enumerate(candidates[:-1]) if each not in untestable]
        half = (len(candidates) - 2) / 2
        return min(inner, key=lambda each: abs(each[0] - half))[1] if inner else None


def bisect_command(change: ClauseTurn, given: Sequence[str]) -> str:
    """The command that finds the commit of a change; `given` are the options of the build."""
    when = f"clause {change.clause.path} changes"
    ends = ("--good", change.old.commit[:12], "--bad", change.new.commit[:12])
    words = ("zxhil", "bisect", *given, "--arch", change.new.arch, *ends, "--when", when)
    return shlex.join(words)


def bisect_options(repo: Path, build: str, image_paths: Sequence[str]) -> list[str]:
    """The options of ``zxhil bisect`` that say how kernels are built."""
    paths = [word for path in image_paths for word in ("--image-path", path)]
    return ["--repo", str(repo), "--build", build, *paths]
