"""Findings of `zxhil docs lint` as text, JSON, SARIF 2.1.0, and annotations for GitHub Actions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from zxhil.docs.baseline import relative
from zxhil.docs.lint import RULES, SEVERITIES, LintFinding, Severity
from zxhil.report.github import command, in_workspace
from zxhil.report.sarif import driver, sarif_log

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def link(base: str, folder: Path, path: Path, line: int) -> str:
    """The address of a line: `base`, the path below `folder`, and the line (``#L12``).

    With ``{path}`` or ``{line}`` in it, `base` is a pattern.
    """
    below = quote(relative(path, folder) if path != folder or path.is_file() else "")
    if "{path}" in base or "{line}" in base:
        return base.replace("{path}", below).replace("{line}", str(line))
    return f"{base.rstrip('/')}/{below}" + (f"#L{line}" if line else "")


def lint_text(found: Sequence[LintFinding], folder: Path, base: str) -> Iterator[str]:
    """One line each; with a `base`, its address below it."""
    for each in found:
        yield str(each)
        if base:
            yield f"  {link(base, folder, each.path, each.line)}"


def lint_json(found: Sequence[LintFinding], folder: Path, base: str) -> str:
    """A list of objects."""
    listed = []
    for each in found:
        entry: dict[str, Any] = {
            "file": str(each.path),
            "line": each.line,
            "column": each.column,
            "severity": str(each.severity),
            "rule": each.rule,
            "text": each.text,
        }
        if base:
            entry["url"] = link(base, folder, each.path, each.line)
        listed.append(entry)
    return json.dumps(listed, indent=2)


def lint_github(found: Sequence[LintFinding]) -> Iterator[str]:
    """One workflow command each; a file outside of the repository has no place."""
    for each in found:
        place = in_workspace(each.path) if each.line else ""
        properties = {"file": place, "line": str(each.line)} if place else {}
        if place and each.column:
            properties["col"] = str(each.column)
        text = each.text if place else str(each)
        yield command(_LEVELS[each.severity], {**properties, "title": each.rule}, text)


def lint_sarif(found: Sequence[LintFinding], folder: Path, base: str) -> str:
    """A SARIF log with one run; paths are below PAGES, which `base` may locate."""
    rules = list(RULES)
    described = [
        {
            "id": rule,
            "shortDescription": {"text": RULES[rule]},
            "defaultConfiguration": {"level": str(SEVERITIES.get(rule, Severity.WARNING))},
        }
        for rule in rules
    ]
    run: dict[str, Any] = {
        "tool": driver("zxhil docs lint", described),
        "columnKind": "unicodeCodePoints",
        "results": [_result(each, folder, rules) for each in found],
    }
    if base and "{" not in base:
        run["originalUriBaseIds"] = {"PAGES": {"uri": f"{base.rstrip('/')}/"}}
    return sarif_log([run])


def _result(finding: LintFinding, folder: Path, rules: list[str]) -> dict[str, Any]:
    below = relative(finding.path, folder) if finding.path != folder or folder.is_file() else "."
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(below), "uriBaseId": "PAGES"}}
    if finding.line:
        place["region"] = {"startLine": finding.line}
        if finding.column:
            place["region"]["startColumn"] = finding.column
    return {
        "ruleId": finding.rule,
        "ruleIndex": rules.index(finding.rule),
        "level": str(finding.severity),
        "message": {"text": finding.text},
        "locations": [{"physicalLocation": place}],
    }
