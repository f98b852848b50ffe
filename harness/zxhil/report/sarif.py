"""SARIF 2.1.0, as code scanning services read it: the envelope, and the findings of saved runs.

One SARIF run for each kernel, one result for each distinct finding, at the C line of its first
case. A known divergence is a result with a suppression, so that a service closes its alert.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from zxhil import __version__
from zxhil.known.file import KnownEntry
from zxhil.known.match import Applied
from zxhil.oracle.cases import source_place
from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.report.fault_text import fault_headline, fault_lines
from zxhil.report.github import SourceFiles, workspace
from zxhil.report.matrix import Finding, FindingKind
from zxhil.report.runs import LabelledRun
from zxhil.report.terminal import kernel_line, statement_lines

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
#: The folder that holds ``guest_tests``, where a case's C file is outside of the user's repository.
_BASE = "ZXHIL"

_Json = dict[str, Any]

#: The rules that are no documented sentence.
_OTHER_RULES = {
    "zxhil/fault": "The machine or the kernel failed",
    "zxhil/vacuous": "A case did not reach the sentence that it claims",
    "zxhil/undocumented": "A call returned a status that its page does not list",
}


def sarif_log(runs: Sequence[_Json]) -> str:
    """A SARIF log file."""
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": list(runs)}, indent=2)


def driver(name: str, rules: Sequence[_Json]) -> _Json:
    """The ``tool`` of a run. Each rule is a ``reportingDescriptor``."""
    return {"driver": {"name": name, "version": __version__, "rules": list(rules)}}


def sarif_report(runs: Sequence[LabelledRun], sources: SourceFiles | None = None) -> str:
    """The findings of saved runs. `sources` locates the cases' C files in the user's repository."""
    sources = sources or SourceFiles(workspace())
    return sarif_log([_run(run, sources) for run in runs]) + "\n"


def _run(run: LabelledRun, sources: SourceFiles) -> _Json:
    results = list(_results(run, sources))
    rules = list(dict.fromkeys(result["ruleId"] for result in results))
    for result in results:
        result["ruleIndex"] = rules.index(result["ruleId"])
    invocation: _Json = {"executionSuccessful": not run.faults and not run.interrupted}
    if run.interrupted:
        text = f"stopped early: {run.interrupted}"
        invocation["toolExecutionNotifications"] = [{"level": "error", "message": {"text": text}}]
    if run.environment is not None:
        invocation["startTimeUtc"] = run.environment.began.replace("+00:00", "Z")
    sentences = _sentences(run)
    return {
        "tool": driver("zxhil", [_rule(rule, sentences) for rule in rules]),
        # Results of one architecture replace those of its last run, and no other's.
        "automationDetails": {"id": f"zxhil/{run.kernel.arch}/"},
        "invocations": [invocation],
        "originalUriBaseIds": {_BASE: {"description": {"text": "the folder of guest_tests"}}},
        "columnKind": "unicodeCodePoints",
        "results": results,
        "properties": {
            "kernel": kernel_line(run.kernel, run.boots),
            "version": run.kernel.version,
            "arch": run.kernel.arch,
            "zxhil": run.zxhil,
        },
    }


def _sentences(run: LabelledRun) -> Mapping[str, str]:
    return {
        clause: text
        for case in run.cases
        for divergence in case.divergences
        for clause, text in zip(divergence.blamed, divergence.sentences, strict=True)
    }


def _rule(rule: str, sentences: Mapping[str, str]) -> _Json:
    text = _OTHER_RULES.get(rule) or sentences[rule]
    return {"id": rule, "shortDescription": {"text": text}}


def _results(run: LabelledRun, sources: SourceFiles) -> Iterator[_Json]:
    for fault in run.faults:
        text = "\n".join([fault_headline(fault), *fault_lines(fault)])
        key = f"{fault.arch} {fault.title}"
        yield _result("zxhil/fault", "error", text, key, fault.cases[:1], sources)
    unknown = run.sorted_out(known=False)
    for kind, members in unknown.items():
        yield _divergence(kind, members, run.known, sources, "error")
    for kind, members in run.sorted_out(known=True).items():
        if kind not in unknown:
            yield _divergence(kind, members, run.known, sources, "note")
    for case in run.cases:
        if case.end is CaseEndKind.VACUOUS:
            entry = run.known.ends.get((case.arch, case.id))
            level = "error" if entry is None else "note"
            text = f"{case.id} is vacuous: {case.detail}"
            found = _result("zxhil/vacuous", level, text, f"{case.arch} {case.id}", [case], sources)
            yield found if entry is None else {**found, **_suppressed([entry], run.known)}


def _divergence(
    kind: FindingKind,
    members: Sequence[Finding],
    known: Applied,
    sources: SourceFiles,
    level: str,
) -> _Json:
    first = members[0]
    rule = next((c for d in first.divergences for c in d.blamed[:1]), "zxhil/undocumented")
    text = "\n".join([kind.title, *statement_lines(first, known)])
    cases = list({member.case.id: member.case for member in members}.values())
    found = _result(rule, level, text, f"{kind.arch} {kind.title}", cases, sources)
    if level == "error":
        return found
    entries = (known.of(m.case, each) for m in members for each in m.divergences)
    return {**found, **_suppressed([e for e in entries if e is not None], known)}


def _suppressed(entries: Sequence[KnownEntry], known: Applied) -> _Json:
    reasons = [known.explain(entry) for entry in dict.fromkeys(entries)]
    return {"suppressions": [{"kind": "external", "justification": text} for text in reasons]}


def _result(
    rule: str, level: str, text: str, key: str, cases: Sequence[CaseResult], sources: SourceFiles
) -> _Json:
    """A result at the first of `cases`; `key` says which finding it is, in every later run too."""
    print_ = hashlib.sha256(f"{rule}\0{key}".encode()).hexdigest()[:32]
    others = [
        {**_location(case, sources), "id": number, "message": {"text": f"the same in {case.id}"}}
        for number, case in enumerate(cases[1:], 1)
    ]
    return {
        "ruleId": rule,
        "level": level,
        "message": {"text": text},
        "partialFingerprints": {"zxhilFinding/v1": print_},
        **({"locations": [_location(cases[0], sources)]} if cases else {}),
        **({"relatedLocations": others} if others else {}),
    }


def _location(case: CaseResult, sources: SourceFiles) -> _Json:
    place = sources.place(case.info)
    own, line = source_place(case.info)
    artifact = {"uri": place["file"]} if place else {"uri": own, "uriBaseId": _BASE}
    region = {"region": {"startLine": int(line)}} if line.isdecimal() and int(line) else {}
    return {
        "physicalLocation": {"artifactLocation": artifact, **region},
        "logicalLocations": [{"fullyQualifiedName": f"{case.arch}/{case.id}"}],
    }
