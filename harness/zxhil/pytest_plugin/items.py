"""Guest C files and their cases as pytest items."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from zxhil.disk.files import open_inside
from zxhil.errors import ZxhilError
from zxhil.guest.baseline.files import PREFIX
from zxhil.guest.baseline.setups import PATH
from zxhil.guest.build import build, programs
from zxhil.guest.cases import Case
from zxhil.guest.source import Program, Source
from zxhil.known.match import Applied, Stale
from zxhil.machine.crash import crash_lines
from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.plain import plain
from zxhil.pytest_plugin.bench import RanCase, the_bench
from zxhil.pytest_plugin.shared import KERNEL_PROPERTY
from zxhil.pytest_plugin.sources import source_of
from zxhil.report.matrix import findings_of
from zxhil.report.terminal import finding_lines
from zxhil.run.plan import Task

_MARKERS: pytest.StashKey[set[str]] = pytest.StashKey()
_LINES = 40
_TAIL_BYTES = 4096
# A frame: sequence number, length, kind (docs/trace.md). A case begins with B, ends with E or S.
_BEGIN = re.compile(rb"^~[0-9a-f]{5}B", re.MULTILINE)
_END = re.compile(rb"^~[0-9a-f]{5}[ES][^\n]*", re.MULTILINE)


class GuestFile(pytest.File):
    """A C file of guest tests. Its program may have more files than this one."""

    def collect(self) -> Iterable[GuestCase]:
        """Build the program and yield the cases of this file.

        Raises CollectError for a file that does not build, or an unusable image.
        """
        try:
            program = build(the_bench(self.config).arch, source_of(self.path))
        except ZxhilError as error:
            raise self.CollectError(str(error)) from None
        for case in program.cases:
            if case.file == self.path.name:
                yield GuestCase.from_parent(self, name=case.name, program=program, case=case)


def is_baseline(path: Path) -> bool:
    """Is it the file that the baseline cases are generated from, and not another of its name?"""
    return path.samefile(PATH)


class BaselineFile(pytest.File):
    """The file of set-ups; each of its programs has the cases of one call."""

    def collect(self) -> Iterable[BaselineProgram]:
        """Yield the programs. Raises CollectError for a line that is no set-up."""
        try:
            sources = [source for source in programs() if source.name.startswith(PREFIX)]
        except ZxhilError as error:
            raise self.CollectError(str(error)) from None
        for source in sources:
            yield BaselineProgram.from_parent(self, name=source.name, source=source)


class BaselineProgram(pytest.Collector):
    """The generated cases of one call."""

    def __init__(self, *, source: Source, **rest: Any) -> None:
        super().__init__(**rest)
        self.source = source

    def collect(self) -> Iterable[GuestCase]:
        """Build the program and yield its cases.

        Raises CollectError if it does not build, or for an unusable image.
        """
        try:
            program = build(the_bench(self.config).arch, self.source)
        except ZxhilError as error:
            raise self.CollectError(str(error)) from None
        for case in program.cases:
            yield GuestCase.from_parent(self, name=case.name, program=program, case=case)


class GuestCase(pytest.Item):
    """One case. It runs with the first one of its boot, and later only reports its result."""

    def __init__(self, *, program: Program, case: Case, **rest: Any) -> None:
        super().__init__(**rest)
        self.program = program
        self.case = case
        self._ran: RanCase | None = None
        self._mark()

    def _mark(self) -> None:
        """Give the markers: by page and clause, and under their bare names for ``-m``."""
        self.add_marker(pytest.mark.zx_page(name=self.case.page))
        for claim in self.case.claims:
            self.add_marker(pytest.mark.zx_clause(id=claim))
        pages = dict.fromkeys(claim.partition("/")[0] for claim in self.case.claims)
        for name in (*pages, *self.case.claims):
            if name not in _registered(self.config):
                _registered(self.config).add(name)
                self.config.addinivalue_line("markers", f"{name}: guest cases that claim it")
            self.add_marker(getattr(pytest.mark, name))

    def reportinfo(self) -> tuple[Path, int, str]:
        """The place of the case."""
        return self.path, self.case.line - 1, self.name

    def setup(self) -> None:
        """Run the case; a missing verdict is an error, not a failure."""
        bench = the_bench(self.config)
        by_file = bench.by_file and self.path.suffix == ".c"
        name = f"{self.program.arch}-{self.path.stem if by_file else self.program.name}"
        task = Task(self.program, tuple(sorted(self._together())))
        try:
            ran = bench.ran(task, name, f"{self.program.name}/{self.name}")
        except ZxhilError as error:
            pytest.fail(str(error), pytrace=False)
        self._ran = ran
        self.user_properties.append((KERNEL_PROPERTY, ran.kernel))
        if ran.result.end.is_machine_fault and not ran.known.reasons(ran.result):
            pytest.fail("\n".join(_explained(ran.result, ran.known)), pytrace=False)
        if ran.result.end is CaseEndKind.SKIPPED:
            pytest.skip(ran.result.detail)

    def _together(self) -> Iterator[int]:
        """The indexes of the selected cases that share this one's boot."""
        by_file = the_bench(self.config).by_file
        for item in self.session.items:
            if not isinstance(item, GuestCase) or item.program.name != self.program.name:
                continue
            if item.path == self.path or not by_file:
                yield item.case.index

    def runtest(self) -> None:
        """Fail if a call diverged, or the case was vacuous, or is known to diverge and did not."""
        assert self._ran is not None
        result, known = self._ran.result, self._ran.known
        for stale in known.stale:
            if _is_about(stale, result):
                pytest.fail(f"{known.place(stale.entry)}: {stale.text}", pytrace=False)
        reasons = known.reasons(result)
        if reasons:
            pytest.xfail("; ".join(known.explain(entry) for entry in reasons))
        if result.end is not CaseEndKind.PASSED:
            pytest.fail("\n".join(_explained(result, known)), pytrace=False)

    def complete_report(self, report: pytest.TestReport) -> None:
        """Add the evidence, the case's duration, and the place of a skip to a report."""
        ran = self._ran
        if ran is None:
            return
        if report.when == "setup":
            report.duration = ran.boot_seconds
        elif report.when == "call":
            report.duration = ran.seconds
        if report.skipped and not hasattr(report, "wasxfail"):
            # Without the line of the case, so that pytest's summary counts the skips of a file.
            report.longrepr = (str(self.path), 1, f"Skipped: {ran.result.detail}")
        if report.failed:
            # pytest names the place that raised; a person wants that of the case.
            crash = getattr(report.longrepr, "reprcrash", None)
            if crash is not None:
                crash.path, crash.lineno = str(self.path), self.case.line
            report.sections += [
                (f"serial, {ran.logs / ran.boot.serial}", excerpt(ran)),
                ("QEMU command", shlex.join(ran.boot.command)),
            ]


def _registered(config: pytest.Config) -> set[str]:
    if _MARKERS not in config.stash:
        config.stash[_MARKERS] = set()
    return config.stash[_MARKERS]


def _is_about(stale: Stale, result: CaseResult) -> bool:
    meant = (stale.pattern,) if stale.pattern else stale.entry.case
    return stale.arch == result.arch and result.id in meant


def _explained(result: CaseResult, known: Applied) -> Iterator[str]:
    """A description of what is wrong with a case."""
    if result.end.is_incomplete:
        yield f"{result.end.value}: {result.detail}"
    for number, finding in enumerate(findings_of(result)):
        if number:
            yield ""
        yield f"{finding.kind.title} on {result.arch}"
        yield from finding_lines(finding, known=known)
    yield from crash_lines(result.evidence)


def excerpt(ran: RanCase) -> str:
    """The lines of the serial log from the case's begin to its end.

    For a case that made no call, or did not finish, the end of the log is shown.
    """
    try:
        with open_inside(ran.logs, ran.boot.serial) as file:
            data = file.read()
    except OSError as error:
        return f"(the log can't be read: {error.strerror})"
    calls = ran.result.calls
    start, stop = max(0, len(data) - _TAIL_BYTES), len(data)
    if calls and not ran.result.end.is_machine_fault:
        begins = [match.start() for match in _BEGIN.finditer(data, 0, calls[0].offset)]
        end = _END.search(data, calls[-1].offset)
        start = begins[-1] if begins else calls[0].offset
        stop = end.end() if end else len(data)
    lines = [plain(line) for line in data[start:stop].splitlines()]
    if len(lines) > _LINES:
        half = _LINES // 2
        lines = [*lines[:half], f"… {len(lines) - _LINES} lines …", *lines[-half:]]
    return "\n".join(lines)
