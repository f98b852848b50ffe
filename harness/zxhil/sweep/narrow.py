"""Find the commits of all changes at once (``--bisect-changes``).

``zxhil bisect`` asks one question of each kernel. Here each kernel that is built between two
neighbours runs the whole suite, goes into the history, and answers for every clause.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from zxhil.bisect.provide import Workspace
from zxhil.history.store import History
from zxhil.history.timeline import changes_of, timeline_of
from zxhil.sweep.changes import (
    CommitsBetween,
    SweepWindow,
    swept_kernels,
    windows_of,
)
from zxhil.sweep.kernels import SweptKernel
from zxhil.sweep.runner import Sweep, SweptResult


def narrow(
    history: History,
    sweep: Sweep,
    swept: Sequence[SweptResult],
    commits: CommitsBetween,
    kernel_of: Callable[[str], SweptKernel],
    benches: Sequence[Workspace],
) -> list[SweptResult]:
    """Sweep kernels between neighbours until no window with a change can be halved.

    Return all results. A commit that cannot be tested is passed over, so that a window may keep
    several candidates.
    """
    results = list(swept)
    while True:
        # One that ran, but decides nothing about a clause, is not chosen again either.
        untestable = {each.kernel.candidate for each in results}
        wanted = [
            middle
            for window in open_windows(history, results, commits)
            if (middle := commits.middle(window.old.commit, window.new.commit, untestable))
        ]
        if not wanted:
            return results
        results += sweep.run([kernel_of(each) for each in dict.fromkeys(wanted)], benches)


def open_windows(
    history: History, results: Sequence[SweptResult], commits: CommitsBetween
) -> list[SweepWindow]:
    """The windows with a change between kernels of these results whose commits are known."""
    runs = [each.attempt.run for each in results if each.attempt.run is not None]
    with history.reading():
        timeline = timeline_of(history, swept_kernels(history, runs, commits))
        found = windows_of(changes_of(history, timeline))
    return [each for each in found if each.old.commit and each.new.commit]
