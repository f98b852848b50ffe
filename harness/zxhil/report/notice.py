"""The result of a run in brief, for a program that is notified (docs/notify.schema.json)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zxhil import __version__
from zxhil.abi.arch import Arch
from zxhil.known.match import Applied
from zxhil.report.fault_text import report_faults
from zxhil.report.runs import LabelledRun, label_runs
from zxhil.run.record import RunReport
from zxhil.run.schema_kit import Json, count, flag, list_of, object_of, text

#: The version of the format.
NOTICE_SCHEMA = "zxhil-notify-1"
#: Findings that are listed, and faults: the reports have all.
MOST_FINDINGS = 40
_LONGEST = 400


def notice_json(
    report: RunReport, known: Applied, code: int, logs: Path | None, files: Mapping[str, Path]
) -> Json:
    """The JSON object. `code` is the exit code, `files` are the reports by option."""
    faults = report_faults(report, known)
    runs = label_runs([(logs or Path("run"), report, known)])
    findings = [each for run in runs for each in _findings(run)]
    return {
        "schema": NOTICE_SCHEMA,
        "zxhil": __version__,
        "exit_code": code,
        "interrupted": _cut(report.interrupted),
        "began": report.environment.began if report.environment else "",
        "logs": str(logs.absolute()) if logs is not None else "",
        "files": {option.lstrip("-"): str(path.absolute()) for option, path in files.items()},
        "kernels": [_kernel(run) for run in runs],
        "faults": [
            {"arch": each.arch, "what": each.what, "title": _cut(each.title)}
            for each in faults[:MOST_FINDINGS]
        ],
        "findings": findings[:MOST_FINDINGS],
        "findings_left_out": max(0, len(findings) - MOST_FINDINGS),
    }


def _kernel(run: LabelledRun) -> Json:
    kernel = run.kernel
    divergences, faults = run.unexplained
    return {
        "arch": kernel.arch,
        "version": _cut(kernel.version),
        "image": _cut(kernel.image),
        "standin": kernel.standin,
        "cases": dict(sorted(Counter(case.end.value for case in run.cases).items())),
        "divergences": divergences,
        "known": run.known_divergences,
        "faults": faults,
        "stale": len(run.stale),
    }


def _findings(run: LabelledRun) -> list[Json]:
    """The divergences that are not known, grouped as in every report."""
    return [
        {
            "arch": kind.arch,
            "title": _cut(kind.title),
            "cases": len({finding.case.id for finding in members}),
            "case": members[0].case.id,
            "text": _cut(members[0].divergences[0].text),
        }
        for kind, members in run.sorted_out(known=False).items()
    ]


def _cut(value: str) -> str:
    return value if len(value) <= _LONGEST else f"{value[: _LONGEST - 1]}…"


def notice_schema() -> Json:
    """The JSON Schema of the notice."""
    arch = {"enum": [arch.value for arch in Arch]}
    numbers: dict[str, Any] = {
        "type": "object",
        "additionalProperties": {"type": "integer", "minimum": 0},
        "description": "number of cases by how they ended",
    }
    kernel = object_of(
        {
            "arch": arch,
            "version": text("what zx_system_get_version returned"),
            "image": text("name of the image"),
            "standin": flag("it is the stand-in kernel, not Zircon"),
            "cases": numbers,
            "divergences": count("divergences that are not known"),
            "known": count("known divergences"),
            "faults": count("machine or kernel faults that are not known"),
            "stale": count("known entries that no longer diverge"),
        }
    )
    fault = object_of({"arch": arch, "what": text("how it failed"), "title": text("the cause")})
    finding = object_of(
        {
            "arch": arch,
            "title": text("kind of divergence and clauses"),
            "cases": count("cases that show it"),
            "case": text("the first of them"),
            "text": text("expected and actual result, and the reason"),
        }
    )
    files = {"type": "object", "additionalProperties": text("absolute path of a report")}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{NOTICE_SCHEMA}",
        "title": "The result of a run of zxhil, in brief",
        **object_of(
            {
                "schema": {"const": NOTICE_SCHEMA},
                "zxhil": text("version of zxhil"),
                "exit_code": count("exit code of zxhil"),
                "interrupted": text("why the run stopped early; empty if it did not"),
                "began": text("start, UTC, ISO 8601"),
                "logs": text("absolute path of the log folder, or empty"),
                "files": {**files, "description": "the reports, by option"},
                "kernels": list_of(kernel),
                "faults": list_of(fault),
                "findings": list_of(finding),
                "findings_left_out": count("findings beyond those listed"),
            }
        ),
    }
