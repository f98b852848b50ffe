"""Small histories for tests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from run_builders import boot, kernel, run
from zxhil.history.add import AddedRun, add_run
from zxhil.history.origin import Origin
from zxhil.history.store import History, open_history
from zxhil.known.match import NOTHING, Applied
from zxhil.oracle.results import CaseResult
from zxhil.report.saved import Saved
from zxhil.run.environment import RunEnvironment

CLAUSE = "channel_write/peer_closed"


def saved(
    *cases: CaseResult,
    began: int = 0,
    digest: str = "",
    version: str = "git-1234567890abcdef1234567890abcdef12345678",
    known: Applied = NOTHING,
    seconds: float = 0.5,
) -> Saved:
    """A whole run that began `began` days after the first of January."""
    arches = dict.fromkeys(case.arch for case in cases)
    kernels = [replace(kernel(arch, version), digest=digest) for arch in arches]
    report = run(*cases, kernels=kernels)
    when = f"2026-01-{began + 1:02}T00:00:00+00:00"
    programs = dict.fromkeys((case.arch, case.info.program) for case in cases)
    boots = [boot(*program, seconds) for program in programs]
    names = {(case.arch, case.info.program): case.info.name for case in cases}
    boots = [
        replace(each, durations={names[each.arch, each.program]: 0.25}, nonce=str(began))
        for each in boots
    ]
    environment = RunEnvironment(when, 2.5, "host", "QEMU 1", "clang 1")
    return Saved(replace(report, boots=tuple(boots), environment=environment), True, known)


def add(path: Path, each: Saved, date: str = "", source: str = "run.json") -> AddedRun:
    """Add a run to a file."""
    with open_history(path, create=True) as history:
        return add_run(history, each, Path(source), lambda version: Origin(date=date))


def fill(path: Path, runs: Iterable[tuple[str, Saved]]) -> Path:
    """A history of runs with dates."""
    for date, each in runs:
        add(path, each, date)
    return path


def content(path: Path) -> list[str]:
    """All of a history as SQL; fails if it is damaged."""
    with open_history(path) as history:
        return dump(history)


def dump(history: History) -> list[str]:
    """All of a history as SQL."""
    return list(history._connection.iterdump())
