"""Each verdict is defined once: only its own module has a table of its members."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import zxhil
from zxhil.bisect.outcome import ProbeOutcome
from zxhil.model.verdict import VerdictKind
from zxhil.oracle.results import CaseEndKind
from zxhil.report.verdict import ClauseVerdict

ROOT = Path(zxhil.__file__).parent
DEFINED_IN = {
    VerdictKind: "model/verdict.py",
    CaseEndKind: "oracle/results.py",
    ClauseVerdict: "report/verdict.py",
    ProbeOutcome: "bisect/outcome.py",
}


def tables(place: str, source: str) -> Iterator[str]:
    """Dictionaries whose keys are members of a verdict, or the words of several members."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Dict):
            continue
        owners = [key.value for key in node.keys if isinstance(key, ast.Attribute)]
        members = {ast.unparse(owner).rpartition(".")[2] for owner in owners}
        words = {key.value for key in node.keys if isinstance(key, ast.Constant)}
        for kind, defined_in in DEFINED_IN.items():
            if place == defined_in:
                continue
            if kind.__name__ in members or len(words & {each.value for each in kind}) > 2:
                yield f"{place}:{node.lineno}: {kind.__name__}"


def test_verdicts_are_shown_by_their_own_definition() -> None:
    found = [
        each
        for path in sorted(ROOT.rglob("*.py"))
        for each in tables(str(path.relative_to(ROOT)), path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "{ClauseVerdict.KNOWN: '≠'}",
        "{verdict.ClauseVerdict.KNOWN: '≠'}",
        "{'passed': 'ok', 'failed': 'not ok', 'skipped': 'ok'}",
        "{'good': 1, 'bad': 2, 'cannot tell': 3}",
    ],
)
def test_second_table_of_a_verdict_is_found(source: str) -> None:
    assert len(list(tables("report/x.py", source))) == 1


def test_severity_orders_all_ends() -> None:
    order = sorted(CaseEndKind, key=lambda end: end.severity)
    assert [end.value for end in order] == [
        *("passed", "skipped", "vacuous", "failed", "lost", "crashed", "hung", "kernel panic")
    ]
