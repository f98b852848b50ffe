"""Several runs: each kernel of each saved run, under a short unique name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from zxhil.docs.held import PagesRecord
from zxhil.known.file import KnownFile
from zxhil.known.match import NOTHING, Applied, Stale, apply
from zxhil.oracle.results import CaseResult
from zxhil.report.matrix import Finding, FindingKind, divergences_text, grouped
from zxhil.report.saved import load_run
from zxhil.run.environment import RunEnvironment
from zxhil.run.fault import FaultFinding, fault_findings, printed_version
from zxhil.run.record import UNKNOWN_VERSION, BootRecord, KernelRecord, NotRun, RunReport

_SHORT_VERSION = 12  # "git-" and eight digits of a commit


class LabelledRun(NamedTuple):
    """One kernel of one run. `source` is the file or folder that the run was read from.

    `known` says which of its divergences are known; it may cover other kernels as well.
    `pages` are the user's pages that were applied, if any.
    """

    label: str
    kernel: KernelRecord
    cases: tuple[CaseResult, ...]
    boots: tuple[BootRecord, ...]
    interrupted: str
    source: Path
    known: Applied = NOTHING
    pages: PagesRecord | None = None
    damage: tuple[str, ...] = ()
    """What was wrong with the streams outside of cases."""
    not_run: tuple[NotRun, ...] = ()
    environment: RunEnvironment | None = None
    zxhil: str = ""
    """The version that ran."""

    @property
    def faults(self) -> list[FaultFinding]:
        """The faults of machine and kernel that are not known, each once."""
        return fault_findings(self.cases, self.boots, self.not_run, self.known.ends)

    @property
    def unexplained(self) -> tuple[int, int]:
        """The number of unknown divergences and machine or kernel faults."""
        divergences = sum(
            self.known.of(case, each) is None for case in self.cases for each in case.divergences
        )
        return divergences, len(self.faults)

    def sorted_out(self, *, known: bool) -> Mapping[FindingKind, list[Finding]]:
        """The divergences that are known, or the others, grouped as `matrix.grouped` does."""
        return grouped(self.cases, lambda case, d: (self.known.of(case, d) is not None) is known)

    @property
    def divergences_text(self) -> str:
        """The number of unknown divergences, and how many of them are distinct."""
        return divergences_text(self.unexplained[0], len(self.sorted_out(known=False)))

    @property
    def known_divergences(self) -> int:
        """The number of known divergences."""
        return sum(len(case.divergences) for case in self.cases) - self.unexplained[0]

    @property
    def known_ends(self) -> int:
        """The number of cases with a known end."""
        return sum((case.arch, case.id) in self.known.ends for case in self.cases)

    @property
    def stale(self) -> tuple[Stale, ...]:
        """Entries listed as known that do not occur on this kernel."""
        return tuple(each for each in self.known.stale if each.arch == self.kernel.arch)

    @property
    def reached(self) -> frozenset[str]:
        """The ids of all clauses that a case reached."""
        return frozenset(clause for case in self.cases for clause in case.reached)


def load_runs(paths: Iterable[Path], known: KnownFile | None = None) -> list[LabelledRun]:
    """Read saved runs (`load_run`) with `known`, or else with what they mark as known.

    Raises UserError if one is not a run.
    """
    saved = [(path, load_run(path)) for path in paths]
    if known is not None:
        saved = [
            (path, each._replace(known=apply(known, each.report, each.whole)))
            for path, each in saved
        ]
    return label_runs([(path, each.report, each.known) for path, each in saved])


def label_runs(reports: Sequence[tuple[Path, RunReport, Applied]]) -> list[LabelledRun]:
    """Split reports by kernel; kernels that would share a name get the source's as well."""
    found: list[LabelledRun] = []
    for source, report, known in reports:
        for kernel in _kernels(report):
            found.append(
                LabelledRun(
                    _name(kernel, report.boots),
                    kernel,
                    tuple(case for case in report.cases if case.arch == kernel.arch),
                    tuple(boot for boot in report.boots if boot.arch == kernel.arch),
                    report.interrupted,
                    source,
                    known,
                    report.pages,
                    tuple(f"{log or 'the log'}: {what}" for log, what in report.all_damage),
                    tuple(each for each in report.not_run if each.arch == kernel.arch),
                    report.environment,
                    report.zxhil,
                )
            )
    found = _with_unique_labels(found, [run.source.stem or str(run.source) for run in found])
    return _with_unique_labels(found, [f"({number})" for number in range(1, len(found) + 1)])


def _with_unique_labels(runs: list[LabelledRun], more: list[str]) -> list[LabelledRun]:
    same = Counter(run.label for run in runs)
    return [
        run._replace(label=f"{run.label} {extra}") if same[run.label] > 1 else run
        for run, extra in zip(runs, more, strict=True)
    ]


def _kernels(report: RunReport) -> list[KernelRecord]:
    """The report's kernels, including one that never identified itself."""
    named = {kernel.arch for kernel in report.kernels}
    there = [*(case.arch for case in report.cases), *(each.arch for each in report.not_run)]
    silent = dict.fromkeys(arch for arch in there if arch not in named)
    unknown = [KernelRecord(arch, "", UNKNOWN_VERSION, False, ()) for arch in silent]
    return [*report.kernels, *unknown]


def _name(kernel: KernelRecord, boots: Sequence[BootRecord]) -> str:
    if kernel.standin:
        return f"{kernel.arch} stand-in"
    printed = printed_version(kernel, boots)
    version = kernel.version if printed is None else printed.version
    return f"{kernel.arch} {version[:_SHORT_VERSION] if version.startswith('git-') else version}"
