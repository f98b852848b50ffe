"""JUnit XML, as Jenkins and GitLab read it: a suite per program and architecture.

Jenkins' xUnit plugin refuses a file with an attribute that its schema (junit-10.xsd) does not
name, so there is no ``file`` and no ``line``, useful as they are to others.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from itertools import groupby

from zxhil.known.match import NOTHING, Applied
from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.report.fault_text import fault_headline, fault_lines, report_faults
from zxhil.report.matrix import findings_of
from zxhil.report.notes import age_notes, pages_reasons, pages_summary
from zxhil.report.terminal import finding_lines, kernel_line, run_faults
from zxhil.run.environment import RunEnvironment, environment_lines
from zxhil.run.record import KernelRecord, RunReport

# Characters that XML 1.0 can't contain, not even escaped.
_ILLEGAL = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\ud800-\\udfff\\ufffe\\uffff]")

_KINDS = ("failure", "error", "skipped")


def junit_xml(report: RunReport, known: Applied = NOTHING) -> bytes:
    """Format a run as JUnit XML. A boot's time is divided evenly among its cases.

    A case with only known divergences is *skipped*, with the reason. Stale known entries, and what
    is wrong with the run as a whole, are cases of a separate suite.
    """
    kernels = {kernel.arch: kernel for kernel in report.kernels}
    suites = []
    for (arch, program), group in groupby(report.cases, key=lambda c: (c.arch, c.info.program)):
        cases = list(group)
        name = f"{arch}.{program}"
        seconds = sum(b.seconds for b in report.boots if (b.arch, b.program) == (arch, program))
        elements = [_case(case, name, seconds / len(cases), known) for case in cases]
        kernel = kernels.get(arch)
        properties = list(_properties(report, kernel)) if kernel is not None else []
        suites.append(_suite(name, elements, seconds, properties))
    own = _own(report, known)
    if own:
        suites.append(_suite("zxhil", own, 0.0))
    if report.pages is not None:
        for suite in suites:
            _tell_pages(suite, report)
    if report.environment is not None:
        for suite in suites:
            _tell_environment(suite, report.environment, report.zxhil)
    root = ET.Element("testsuites", name="zxhil")
    for count in ("tests", "failures", "errors"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in suites)))
    root.set("time", f"{sum(float(suite.get('time', '0')) for suite in suites):.3f}")
    root.extend(suites)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _suite(
    name: str,
    cases: Sequence[ET.Element],
    seconds: float,
    properties: Sequence[tuple[str, str]] = (),
) -> ET.Element:
    failures, errors, skipped = (
        str(sum(case.find(kind) is not None for case in cases)) for kind in _KINDS
    )
    suite = ET.Element(
        "testsuite",
        name=name,
        tests=str(len(cases)),
        failures=failures,
        errors=errors,
        skipped=skipped,
        time=f"{seconds:.3f}",
    )
    if properties:
        element = ET.SubElement(suite, "properties")
        for key, value in properties:
            ET.SubElement(element, "property", name=key, value=_legal(value))
    suite.extend(cases)
    return suite


def _properties(report: RunReport, kernel: KernelRecord) -> Iterator[tuple[str, str]]:
    yield "kernel", kernel_line(kernel, report.boots)
    yield "arch", kernel.arch
    yield from (("boot data", note) for note in kernel.boot_data)
    yield from (("age", note) for note in age_notes(report, kernel))


def _tell_environment(suite: ET.Element, environment: RunEnvironment, zxhil: str) -> None:
    """Record in a suite when and where the run was made; JUnit's time has no zone and is UTC."""
    suite.set("timestamp", environment.began.partition("+")[0])
    suite.set("hostname", _legal(environment.host.partition(" ")[0]))
    properties = suite.find("properties")
    if properties is None:
        properties = ET.Element("properties")
        suite.insert(0, properties)
    for name, value in environment_lines(environment, zxhil):
        ET.SubElement(properties, "property", name=name, value=_legal(value))


def _tell_pages(suite: ET.Element, report: RunReport) -> None:
    """Record in a suite's properties which of the user's pages were applied."""
    properties = suite.find("properties")
    if properties is None or report.pages is None:
        return
    value = "; ".join([pages_summary(report.pages, report.cases), *pages_reasons(report.pages)])
    ET.SubElement(properties, "property", name="pages", value=_legal(value))


def _case(case: CaseResult, suite: str, seconds: float, known: Applied) -> ET.Element:
    reasons = known.reasons(case)
    message = case.detail or "; ".join(d.text for d in case.divergences)
    if reasons:
        message = "; ".join(f"known: {known.explain(e)}" for e in reasons)
        return _element(case.info.name, suite, seconds, "skipped", "known", message)
    if case.end is CaseEndKind.SKIPPED:
        return _element(case.info.name, suite, seconds, "skipped", "", message)
    if case.end is CaseEndKind.PASSED:
        return _element(case.info.name, suite, seconds)
    kind = "error" if case.end.is_machine_fault else "failure"
    element = _element(case.info.name, suite, seconds, kind, case.end.value, message)
    element[0].text = _legal(_text(case, known)) or None
    return element


def _own(report: RunReport, known: Applied) -> list[ET.Element]:
    """What is wrong with the run as a whole, apart from its cases."""
    elements = []
    for finding in report_faults(report, known):
        name = fault_headline(finding)
        element = _element(name, "zxhil.faults", 0.0, "error", finding.what, finding.title)
        element[0].text = _legal("\n".join(fault_lines(finding)))
        elements.append(element)
    for stale in known.stale:
        name = f"{known.place(stale.entry)} on {stale.arch} {stale.pattern}".rstrip()
        kind = "unexpected pass (stale known entry)"
        elements.append(_element(name, "zxhil.known", 0.0, "failure", kind, stale.text))
    for number, message in enumerate(run_faults(report), 1):
        elements.append(_element(f"run {number}", "zxhil", 0.0, "error", "run", message))
    return elements


def _element(
    name: str, suite: str, seconds: float, kind: str = "", type_: str = "", message: str = ""
) -> ET.Element:
    element = ET.Element(
        "testcase", name=_legal(name), classname=_legal(suite), time=f"{seconds:.3f}"
    )
    if kind:
        child = ET.SubElement(element, kind, message=_legal(message))
        if type_:
            child.set("type", type_)
    return element


def _text(case: CaseResult, known: Applied) -> str:
    lines = [line for each in findings_of(case) for line in finding_lines(each, known=known)]
    end = known.ends.get((case.arch, case.id))
    if end is not None:
        lines.append(f"{case.end.value}, known: {known.explain(end)}")
    # The evidence of a fault that is not known is shown once, with the fault.
    evidence = case.evidence.splitlines() if end is not None else ()
    return "\n".join([*lines, *evidence])


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)
