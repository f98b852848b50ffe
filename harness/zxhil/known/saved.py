"""What was known of a run when it was saved: read again from its JSON report."""

from __future__ import annotations

from typing import Any

from zxhil.known.file import KnownEntry
from zxhil.known.match import NOTHING, Applied, Stale


def known_from_json(data: dict[str, Any]) -> Applied:
    """Take the marks out of a JSON report (`zxhil.report.saved.report_json`).

    Of an entry there is what a mark tells: its line, reason and link. Raises KeyError, TypeError
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
