"""Sweeps in the tests: a build copies a file, and what it says is the result of the suite."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import bisect_histories
from bisect_histories import linear
from run_builders import case, failed, kernel, run
from zxhil.bisect.build import GitProvider, Recipe
from zxhil.bisect.cache import Cache
from zxhil.bisect.gitrange import Repository
from zxhil.bisect.process import Cancel
from zxhil.bisect.provide import CannotTell, ProbeFault, Supply, Workspace
from zxhil.bisect.setup import benches
from zxhil.history.store import History, open_history
from zxhil.oracle.results import CaseEndKind
from zxhil.report.saved import report_json
from zxhil.run.environment import RunEnvironment
from zxhil.run.record import NotRun, RunReport
from zxhil.sweep.kernels import SweptKernel, kernel_of
from zxhil.sweep.runner import Sweep, SweepOptions, SweptResult

CLAUSE = "channel_write/peer_closed"
OTHER = "fifo_read/peer_closed"


def report_of(version: str, image: str, state: str) -> RunReport:
    """What the suite would say of a kernel of this state: the words are the clauses it breaks."""
    cases = [
        failed(f"{clause.partition('/')[0]}/x", clause)
        if word in state.split()
        else case(f"{clause.partition('/')[0]}/x", reached=(clause,), claims=(clause,))
        for word, clause in (("bad", CLAUSE), ("other", OTHER))
    ]
    if "kept-elsewhere" in state.split():
        skipped = case(cases[0].id, CaseEndKind.SKIPPED, reached=(), claims=(CLAUSE,))
        cases = [skipped, case("channel_write/y", reached=(CLAUSE,), claims=(CLAUSE,))]
    whole = run(*cases, kernels=(replace(kernel("x64", version, image), digest=image),))
    environment = RunEnvironment(f"2026-11-28T14:00:00+00:00 {version}", 1.0, "host")
    if "dead" in state.split():
        whole = replace(whole, cases=(), not_run=(NotRun("x64", 2, "silent", True),))
    return replace(whole, environment=environment)


@dataclass
class FakeSuite:
    """Stands for ``zxhil run``. `asked` are the candidates tested; `faults` go off first."""

    asked: list[str] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)

    def __call__(self, supply: Supply, bench: Workspace, cancel: Cancel) -> dict[str, Any]:
        commit = supply.environment["ZXHIL_COMMIT"]
        self.asked.append(commit)
        if self.faults:
            raise self.faults.pop(0)
        assert supply.image is not None
        state = supply.image.read_text()
        if "no-image" in state:
            raise CannotTell("is no image")
        if "flaky-host" in state:
            raise ProbeFault("QEMU died")
        report = report_of(f"git-{commit}", commit, state)
        return {"report": json.loads(json.dumps(report_json(report, whole=True))), "kernel": ""}


@dataclass
class Place:
    """A repository and a history in a folder. Each `sweep` is as another process."""

    folder: Path
    repo: Path
    suite: FakeSuite = field(default_factory=FakeSuite)
    builds: list[str] = field(default_factory=list)

    @property
    def repository(self) -> Repository:
        return Repository(self.repo)

    def kernels(self, commits: Sequence[str]) -> list[SweptKernel]:
        return [kernel_of(self.repository, commit) for commit in commits]

    @contextmanager
    def made(self, rules: str = "r", *, again: bool = False) -> Iterator[tuple[History, Sweep]]:
        build = 'echo "$ZXHIL_COMMIT" >> ' + str(self.folder / "built")
        recipe = Recipe(f"{build}; ! grep -q broken state && cp state image.bin", ("image.bin",))
        cache = Cache(self.folder / "cache", 1 << 20)
        provider = GitProvider(self.repository, recipe, cache, self.folder)
        options = SweepOptions((), "x64", None, rules, again=again)
        with open_history(self.folder / "h.db", create=True) as history:
            yield history, Sweep(history, provider, options, test=self.suite, sleep=lambda s: None)

    def sweep(
        self, commits: Sequence[str], rules: str = "r", *, again: bool = False, jobs: int = 1
    ) -> list[SweptResult]:
        with self.made(rules, again=again) as (_, sweep), benches(jobs) as places:
            return sweep.run(self.kernels(commits), places)

    @property
    def built(self) -> list[str]:
        file = self.folder / "built"
        return file.read_text().split() if file.exists() else []


def place(folder: Path, states: list[str]) -> tuple[Place, list[str]]:
    made = bisect_histories.make(
        folder / "repo",
        linear(len(states)),
        lambda i: {"state": states[i], "number": str(i)},
    )
    return Place(folder, made.repo), list(made.ids)
