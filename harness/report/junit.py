"""JUnit XML, as Jenkins and GitLab read it: a suite per program and architecture."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import groupby

from harness.oracle.results import CaseEndKind, CaseResult
from harness.report.terminal import divergence_lines
from harness.run.record import RunReport

# What XML 1.0 can't carry, not even escaped.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

_FAILURES = (CaseEndKind.FAILED, CaseEndKind.VACUOUS)


def junit_xml(report: RunReport) -> bytes:
    """Lay a run out as JUnit XML. Times per boot are shared out evenly among its cases."""
    root = ET.Element("testsuites", name="zxhil")
    for (arch, program), group in groupby(report.cases, key=lambda c: (c.arch, c.info.program)):
        cases = list(group)
        seconds = sum(b.seconds for b in report.boots if (b.arch, b.program) == (arch, program))
        root.append(_suite(arch, program, cases, seconds))
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _suite(arch: str, program: str, cases: list[CaseResult], seconds: float) -> ET.Element:
    suite = ET.Element(
        "testsuite",
        name=f"{arch}.{program}",
        tests=str(len(cases)),
        failures=str(sum(c.end in _FAILURES for c in cases)),
        errors=str(sum(c.end.is_machine_fault for c in cases)),
        skipped=str(sum(c.end is CaseEndKind.SKIPPED for c in cases)),
        time=f"{seconds:.3f}",
    )
    for case in cases:
        suite.append(_case(case, f"{arch}.{program}", seconds / len(cases)))
    return suite


def _case(case: CaseResult, suite: str, seconds: float) -> ET.Element:
    element = ET.Element("testcase", name=case.info.name, classname=suite, time=f"{seconds:.3f}")
    if case.end is CaseEndKind.SKIPPED:
        ET.SubElement(element, "skipped", message=_legal(case.detail))
    elif case.end in _FAILURES or case.end.is_machine_fault:
        kind = "failure" if case.end in _FAILURES else "error"
        message = case.detail or "; ".join(d.text for d in case.divergences)
        child = ET.SubElement(element, kind, type=case.end.value, message=_legal(message))
        child.text = _legal(_text(case))
    return element


def _text(case: CaseResult) -> str:
    lines = [line for d in case.divergences for line in divergence_lines(case, d)]
    return "\n".join([*lines, *case.evidence.splitlines()])


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)
