"""Runs side by side: each kernel of each saved run, under a short name of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from harness.oracle.results import CaseResult
from harness.report.saved import load_run
from harness.run.record import BootRecord, KernelRecord, RunReport

_SHORT_VERSION = 12  # "git-" and eight digits of a commit


class LabelledRun(NamedTuple):
    """One kernel of one run. `source` is the file or folder that the run was read from."""

    label: str
    kernel: KernelRecord
    cases: tuple[CaseResult, ...]
    boots: tuple[BootRecord, ...]
    interrupted: str
    source: Path

    @property
    def reached(self) -> frozenset[str]:
        """The ids of all clauses that a case reached."""
        return frozenset(clause for case in self.cases for clause in case.reached)


def load_runs(paths: Iterable[Path]) -> list[LabelledRun]:
    """Read saved runs (`load_run`). Raises UserError for what is none."""
    return label_runs([(path, load_run(path).report) for path in paths])


def label_runs(reports: Sequence[tuple[Path, RunReport]]) -> list[LabelledRun]:
    """Take reports apart by kernel; kernels that would share a name get the source's as well."""
    found: list[LabelledRun] = []
    for source, report in reports:
        for kernel in _kernels(report):
            found.append(
                LabelledRun(
                    _name(kernel),
                    kernel,
                    tuple(case for case in report.cases if case.arch == kernel.arch),
                    tuple(boot for boot in report.boots if boot.arch == kernel.arch),
                    report.interrupted,
                    source,
                )
            )
    found = _told_apart(found, [run.source.stem or str(run.source) for run in found])
    return _told_apart(found, [f"({number})" for number in range(1, len(found) + 1)])


def _told_apart(runs: list[LabelledRun], more: list[str]) -> list[LabelledRun]:
    same = Counter(run.label for run in runs)
    return [
        run._replace(label=f"{run.label} {extra}") if same[run.label] > 1 else run
        for run, extra in zip(runs, more, strict=True)
    ]


def _kernels(report: RunReport) -> list[KernelRecord]:
    """The report's kernels; one that never said who it was is there for its cases."""
    told = {kernel.arch for kernel in report.kernels}
    silent = dict.fromkeys(case.arch for case in report.cases if case.arch not in told)
    unknown = [KernelRecord(arch, "", "unknown", False, ()) for arch in silent]
    return [*report.kernels, *unknown]


def _name(kernel: KernelRecord) -> str:
    if kernel.standin:
        return f"{kernel.arch} stand-in"
    version = kernel.version
    return f"{kernel.arch} {version[:_SHORT_VERSION] if version.startswith('git-') else version}"
