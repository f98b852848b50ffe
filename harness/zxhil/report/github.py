"""Annotations for GitHub Actions: workflow commands that put a finding beside its C line."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.known.match import NOTHING, Applied
from zxhil.oracle.cases import source_place
from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.report.fault_text import fault_headline, fault_lines, report_faults
from zxhil.report.matrix import grouped
from zxhil.report.notes import pages_reasons, pages_summary
from zxhil.report.terminal import run_faults
from zxhil.run.record import RunReport


def github_annotations(report: RunReport, known: Applied = NOTHING) -> Iterator[str]:
    """Yield one line per finding, what weighs most first.

    Divergences of one kind and clause share an annotation at the first case that shows it:
    GitHub keeps ten errors and ten notices of a step, and drops the rest in silence.
    """
    for fault in run_faults(report):
        yield _command("error", {"title": "zxhil"}, fault)
    for finding in report_faults(report, known):
        text = "\n".join([finding.title, *fault_lines(finding)])
        if finding.cases:
            yield _at_case("error", finding.cases[0], fault_headline(finding), text)
        else:
            yield _command("error", {"title": fault_headline(finding)}, text)
    ends = [c for c in report.cases if c.end.is_machine_fault and (c.arch, c.id) in known.ends]
    yield from _ends(ends, known)
    yield from _divergences(report, known)
    for stale in known.stale:
        line, last = stale.lines
        place = {"file": known.path, "line": str(line), "endLine": str(last)}
        yield _command(
            "error", {**place, "title": "unexpected pass (stale known entry)"}, stale.text
        )
    yield from _ends([case for case in report.cases if case.end is CaseEndKind.VACUOUS], known)
    if report.pages is not None and report.pages.not_held:
        lines = [pages_summary(report.pages, report.cases), *pages_reasons(report.pages)]
        yield _command("notice", {"title": "zxhil: pages"}, "\n".join(lines))


def _ends(cases: list[CaseResult], known: Applied) -> Iterator[str]:
    for case in cases:
        entry = known.ends.get((case.arch, case.id))
        text = case.detail
        if entry is not None:
            text = f"{text}\nknown: {known.explain(entry)}"
        title = f"{case.end.value}: {case.id} on {case.arch}"
        yield _at_case("error" if entry is None else "notice", case, title, text)


def _divergences(report: RunReport, known: Applied) -> Iterator[str]:
    for (arch, kind, clause), members in grouped(report.cases).items():
        unknown = [(case, d) for case, d in members if known.of(case, d) is None]
        case, divergence = (unknown or members)[0]
        entry = known.of(case, divergence)
        lines = list(divergence.statement)
        if entry is not None:
            lines.append(f"known: {known.explain(entry)}")
        cases = list(dict.fromkeys(other.id for other, _ in unknown or members))
        if cases[1:]:
            lines.append(f"and in {len(cases) - 1} more: {', '.join(cases[1:])}")
        level = "notice" if entry is not None else "error"
        yield _at_case(level, case, f"{kind}: {clause} on {arch}", "\n".join(lines))


def _at_case(level: str, case: CaseResult, title: str, text: str) -> str:
    file, line = source_place(case.info)
    return _command(level, {"file": file, "line": line, "title": title}, text or title)


def _command(level: str, properties: dict[str, str], text: str) -> str:
    settings = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{level} {settings}::{_data(text)}"


def _data(text: str) -> str:
    """Escape as GitHub's own toolkit does; other control characters could end the command."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
