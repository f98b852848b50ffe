"""KTAP, version 1, as read by the Linux kernel's test tools (Documentation/dev-tools/ktap.rst).

A test per program and architecture, its cases as subtests, details as diagnostic lines before the
result.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from zxhil.known.match import NOTHING, Applied
from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.report.fault_text import fault_headline, fault_lines, report_faults
from zxhil.report.matrix import findings_of
from zxhil.report.notes import pages_reasons, pages_summary
from zxhil.report.terminal import finding_lines, run_faults
from zxhil.run.environment import environment_lines
from zxhil.run.record import RunReport

_VERSION = "KTAP version 1"


def ktap(report: RunReport, known: Applied = NOTHING) -> str:
    """Format a run as KTAP."""
    groups = [
        (f"{arch}.{program}", list(cases))
        for (arch, program), cases in groupby(report.cases, key=lambda c: (c.arch, c.info.program))
    ]
    texts = [*(stale.text for stale in known.stale), *run_faults(report)]
    for finding in report_faults(report, known):
        texts += [fault_headline(finding), *(f"  {line}" for line in fault_lines(finding) if line)]
    own = [f"# {_plain(text)}" for text in texts]
    lines = [_VERSION, f"1..{len(groups) + bool(own)}", *_environment(report), *_pages(report)]
    for number, (name, cases) in enumerate(groups, 1):
        lines += [f"  {line}" for line in _cases(cases, known)]
        passed = all(_passes(case, known) for case in cases)
        skipped = all(case.end is CaseEndKind.SKIPPED for case in cases)
        directive = " # SKIP every case" if skipped else ""
        lines.append(f"{'ok' if passed else 'not ok'} {number} {name}{directive}")
    if own:
        lines += [*own, f"not ok {len(groups) + 1} zxhil"]
    return "\n".join(lines) + "\n"


def _environment(report: RunReport) -> Iterator[str]:
    if report.environment is not None:
        for name, value in environment_lines(report.environment, report.zxhil):
            yield f"# {name}: {_plain(value)}"


def _pages(report: RunReport) -> Iterator[str]:
    if report.pages is not None:
        yield f"# {_plain(pages_summary(report.pages, report.cases))}"
        yield from (f"# {_plain(line)}" for line in pages_reasons(report.pages))


def _cases(cases: list[CaseResult], known: Applied) -> Iterator[str]:
    yield _VERSION
    yield f"1..{len(cases)}"
    for number, case in enumerate(cases, 1):
        for finding in findings_of(case):
            yield from (f"# {_plain(line)}" for line in finding_lines(finding, known=known))
        end = known.ends.get((case.arch, case.id))
        if end is not None:
            yield f"# {_plain(f'{case.end.value}, known: {known.explain(end)}')}"
        result = "ok" if _passes(case, known) else "not ok"
        yield f"{result} {number} {case.info.name}{_directive(case, known)}"


def _passes(case: CaseResult, known: Applied) -> bool:
    """Does the case have nothing but known divergences?"""
    return case.end.is_clean or bool(known.reasons(case))


def _directive(case: CaseResult, known: Applied) -> str:
    reasons = known.reasons(case)
    if reasons:
        return f" # XFAIL {_plain('; '.join(known.explain(entry) for entry in reasons))}"
    if case.end is CaseEndKind.SKIPPED:
        return f" # SKIP {_plain(case.detail)}"
    if case.end is CaseEndKind.HUNG:
        return f" # TIMEOUT {_plain(case.detail)}"
    if case.end.is_machine_fault:
        return f" # ERROR {_plain(f'{case.end.value}: {case.detail}')}"
    if case.end is CaseEndKind.VACUOUS:
        return f" # {_plain(f'vacuous: {case.detail}')}"
    return ""


def _plain(text: str) -> str:
    """One line without line ends and control sequences."""
    return "".join(char if char.isprintable() else " " for char in text)
