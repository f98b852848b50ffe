"""Annotations for GitHub Actions: workflow commands that put a finding beside its C line."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from zxhil.known.match import NOTHING, Applied
from zxhil.oracle.cases import CaseInfo, source_place
from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.report.fault_text import fault_headline, fault_lines, report_faults
from zxhil.report.matrix import grouped
from zxhil.report.notes import pages_reasons, pages_summary
from zxhil.report.terminal import run_faults, statement_lines
from zxhil.run.record import RunReport
from zxhil.shipped import GUEST_TESTS


class SourceFiles:
    """The C files of cases in the user's repository.

    `workspace` is its top folder. `files` are the paths of programs' files, by program; those of
    the shipped guest tests are known.
    """

    def __init__(self, workspace: Path, files: Mapping[str, Sequence[Path]] | None = None) -> None:
        self._workspace = workspace.resolve()
        self._files = files or {}

    def place(self, info: CaseInfo) -> dict[str, str]:
        """The path from the workspace and the line, as an annotation's properties.

        Empty for a file outside of it, or if the place is unknown: GitHub would show
        the annotation at a file that does not exist.
        """
        own, line = source_place(info)
        name = Path(own).name
        shipped = GUEST_TESTS.parent / own
        for path in (*self._files.get(info.program, ()), shipped):
            real = path.resolve()
            if real.name == name and real.is_relative_to(self._workspace) and real.is_file():
                return {"file": str(real.relative_to(self._workspace)), "line": line}
        return {}


def workspace() -> Path:
    """The top folder of a GitHub job's repository; elsewhere the current folder."""
    return Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd())


def github_annotations(
    report: RunReport, known: Applied = NOTHING, sources: SourceFiles | None = None
) -> Iterator[str]:
    """Yield one line per finding, the gravest first. `sources` locates the cases' C files.

    Divergences of one call, and of calls that break the same clauses, share an annotation at the
    first such case: GitHub keeps ten errors and ten notices of a step, and drops the rest.
    """
    sources = sources or SourceFiles(workspace())
    for fault in run_faults(report):
        yield command("error", {"title": "zxhil"}, fault)
    for finding in report_faults(report, known):
        text = "\n".join([finding.title, *fault_lines(finding)])
        if finding.cases:
            yield _at_case(sources, "error", finding.cases[0], fault_headline(finding), text)
        else:
            yield command("error", {"title": fault_headline(finding)}, text)
    ends = [c for c in report.cases if c.end.is_machine_fault and (c.arch, c.id) in known.ends]
    yield from _ends(ends, known, sources)
    yield from _divergences(report, known, sources)
    for stale in known.stale:
        line, last = stale.lines
        place = {"file": known.path, "line": str(line), "endLine": str(last)}
        yield command(
            "error", {**place, "title": "unexpected pass (stale known entry)"}, stale.text
        )
    yield from _ends(
        [case for case in report.cases if case.end is CaseEndKind.VACUOUS], known, sources
    )
    if report.pages is not None and report.pages.not_held:
        lines = [pages_summary(report.pages, report.cases), *pages_reasons(report.pages)]
        yield command("notice", {"title": "zxhil: pages"}, "\n".join(lines))


def _ends(cases: list[CaseResult], known: Applied, sources: SourceFiles) -> Iterator[str]:
    for case in cases:
        entry = known.ends.get((case.arch, case.id))
        text = case.detail
        if entry is not None:
            text = f"{text}\nknown: {known.explain(entry)}"
        title = f"{case.end.value}: {case.id} on {case.arch}"
        yield _at_case(sources, "error" if entry is None else "notice", case, title, text)


def _divergences(report: RunReport, known: Applied, sources: SourceFiles) -> Iterator[str]:
    unknown = grouped(report.cases, lambda case, d: known.of(case, d) is None)
    listed = grouped(report.cases, lambda case, d: known.of(case, d) is not None)
    rest = {kind: members for kind, members in listed.items() if kind not in unknown}
    for level, groups in (("error", unknown), ("notice", rest)):
        for kind, members in groups.items():
            lines = list(statement_lines(members[0], known))
            cases = list(dict.fromkeys(case.id for case, _ in members))
            if cases[1:]:
                lines.append(f"and in {len(cases) - 1} more: {', '.join(cases[1:])}")
            title = f"{kind.title} on {kind.arch}"
            yield _at_case(sources, level, members[0].case, title, "\n".join(lines))


def _at_case(sources: SourceFiles, level: str, case: CaseResult, title: str, text: str) -> str:
    place = sources.place(case.info)
    text = text or title
    if not place:
        text = f"{text}\n{':'.join(source_place(case.info))}"
    return command(level, {**place, "title": title}, text)


def in_workspace(path: Path) -> str:
    """A file's path from the repository's top folder; empty if it is outside of it."""
    real, top = path.resolve(), workspace().resolve()
    return str(real.relative_to(top)) if real.is_relative_to(top) else ""


def command(level: str, properties: dict[str, str], text: str) -> str:
    """A workflow command with its values escaped."""
    settings = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{level} {settings}::{_data(text)}"


def _data(text: str) -> str:
    """Escape as GitHub's own toolkit does; other control characters could end the command."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
