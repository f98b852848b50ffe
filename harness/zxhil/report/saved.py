"""A saved run: its JSON report, or its log folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from zxhil.abi.ages import day_text
from zxhil.known.file import KnownEntry
from zxhil.known.match import NOTHING, Applied, Stale
from zxhil.report.fault_text import fault_lines, report_faults
from zxhil.report.notes import since_of, younger
from zxhil.run.fault import FaultFinding, printed_version
from zxhil.run.record import RunReport, run_from_json, run_json
from zxhil.run.schema import digest_of, read_report

_Json = dict[str, Any]


class Saved(NamedTuple):
    """A saved run; `whole`: every case of every program was requested.

    `known` is what its report marks as known; a log folder marks nothing.
    """

    report: RunReport
    whole: bool
    known: Applied = NOTHING


def load_run(path: Path) -> Saved:
    """Read a JSON report, or judge a log folder again.

    Raises UserError for a file that is no report of a run, or one of another version.
    """
    if path.is_dir():
        from zxhil.run.journal import is_whole
        from zxhil.run.replay import check

        return Saved(check(path), is_whole(path))
    return saved_from_json(read_report(path))


def saved_from_json(data: _Json) -> Saved:
    """Read the JSON object of a run; its schema was checked."""
    return Saved(run_from_json(data), data.get("whole") is True, known_from_json(data))


def report_json(report: RunReport, known: Applied = NOTHING, whole: bool = False) -> _Json:
    """The JSON object of a run, with what is known marked. `whole`: every case was requested."""
    data = run_json(report)
    for case in data["cases"]:
        for index, divergence in enumerate(case["divergences"]):
            entry = known.marks.get((case["arch"], case["case"], index))
            if entry is not None:
                divergence["known"] = _mark(entry)
        end = known.ends.get((case["arch"], case["case"]))
        if end is not None:
            case["known_end"] = _mark(end)
    _add_ages(data, report)
    found = report_faults(report, known)
    if found:
        data["faults"] = [_fault_json(finding) for finding in found]
    data["whole"] = whole
    if known.path:
        data["known"] = {
            "file": known.path,
            "stale": [
                {"lines": list(stale.lines), "arch": stale.arch, "text": stale.text}
                for stale in known.stale
            ],
            "notes": list(known.notes),
        }
    data["digest"] = digest_of(data)
    return data


def _add_ages(data: _Json, report: RunReport) -> None:
    """Add the dates of the sentences that divergences are based on, and how many are newer."""
    for case in data["cases"]:
        for divergence in case["divergences"]:
            since = since_of(divergence["blamed"])
            if since:
                divergence["since"] = day_text(since)
    for kernel, record in zip(data["kernels"], report.kernels, strict=True):
        cases = [case for case in report.cases if case.arch == record.arch]
        kernel["younger"] = younger(record, cases)
        printed = printed_version(record, report.boots)
        if printed is not None:
            kernel["printed_version"] = printed.version


def _fault_json(finding: FaultFinding) -> _Json:
    """A fault; the cases and boots that show it are in the report, with the evidence."""
    boot = finding.boot
    return {
        "arch": finding.arch,
        "what": finding.what,
        "title": finding.title,
        "lines": list(fault_lines(finding)),
        "boots": [each.serial for each in finding.boots],
        "cases": [case.id for case in finding.cases],
        "not_run": finding.not_run,
        "serial": boot.serial if boot is not None else "",
    }


def _mark(entry: KnownEntry) -> _Json:
    link = {"link": entry.link} if entry.link else {}
    return {"line": entry.line, "reason": entry.reason, **link}


def known_from_json(data: dict[str, Any]) -> Applied:
    """Read the known marks of a JSON report (`zxhil.report.saved.report_json`).

    An entry has the mark's line, reason, and link. Raises KeyError, TypeError
    or ValueError for what is no such report.
    """
    file = data.get("known")
    if file is None:
        return NOTHING
    marks, ends = {}, {}
    for case in data["cases"]:
        for index, divergence in enumerate(case["divergences"]):
            if "known" in divergence:
                marks[case["arch"], case["case"], index] = _entry(divergence["known"])
        if "known_end" in case:
            ends[case["arch"], case["case"]] = _entry(case["known_end"])
    return Applied(
        str(file["file"]),
        marks,
        ends,
        tuple(_stale(each) for each in file["stale"]),
        tuple(file["notes"]),
    )


def _entry(mark: dict[str, Any]) -> KnownEntry:
    line = int(mark["line"])
    return KnownEntry(
        line,
        line,
        page=(),
        clause=(),
        case=(),
        arch=(),
        kernel=(),
        kind=(),
        status=(),
        reason=str(mark["reason"]),
        link=str(mark.get("link", "")),
        case_lines=(),
    )


def _stale(data: dict[str, Any]) -> Stale:
    first, last = data["lines"]
    entry = _entry({"line": first, "reason": ""})
    return Stale(entry, data["arch"], "", (first, last), False, data["text"])
