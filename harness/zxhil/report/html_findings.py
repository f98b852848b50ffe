"""The findings of the HTML report: divergences, known ones, and cases without a verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby

from zxhil.counts import counted
from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.report.excerpt import SerialLogs
from zxhil.report.fault_text import fault_lines
from zxhil.report.html_cases import case_block, reason
from zxhil.report.htmlnode import Html, breakable, el, join
from zxhil.report.matrix import Finding
from zxhil.report.runs import LabelledRun
from zxhil.report.table import Report, unplaced
from zxhil.run.fault import FaultFinding

Member = tuple[LabelledRun, Finding]
Broken = tuple[tuple[str, str], ...]
"""The (kind, clause) pairs that an entry is about."""


def line_id(clause: str) -> str:
    """The anchor of a clause's row."""
    return f"line-{clause}"


def faults(shown: Report, logs: Mapping[str, SerialLogs]) -> Html:
    """The faults of machine and kernel, each once, with its cases in a collapsible list."""
    found = [(run, finding) for run in shown.runs for finding in run.faults]
    return join(
        el("h2", "Machine and kernel faults") if found else None,
        [_fault(run, finding, logs) for run, finding in found],
    )


def _fault(run: LabelledRun, finding: FaultFinding, logs: Mapping[str, SerialLogs]) -> Html:
    number = len(finding.cases)
    return el(
        "section",
        el("h3", f"{finding.what} on {run.label}: {finding.title}", class_="badtext"),
        el("pre", "\n".join(fault_lines(finding)), class_="serial"),
        el(
            "details",
            el("summary", counted(number, "case")),
            [case_block(run, case, logs) for case in finding.cases],
        )
        if number
        else None,
        class_="fault",
    )


def findings(shown: Report) -> Html:
    """A line for each kind of divergence and clause: unknown, known, and stale entries."""
    unknown, known = (_kinds(shown, known=wanted) for wanted in (False, True))
    return join(
        _section("Divergences", [_finding(shown, *each) for each in unknown.items()]),
        _section("Known divergences", [_finding(shown, *each) for each in known.items()]),
        _section("Unexpected passes (stale known entries)", list(_stale(shown))),
    )


def _kinds(shown: Report, *, known: bool) -> dict[Broken, list[Member]]:
    """The known findings, or the others, by the clauses that they break."""
    kinds: dict[Broken, list[Member]] = {}
    for run in shown.runs:
        own = run.sorted_out(known=known)
        for kind, members in own.items():
            kinds.setdefault(kind.broken, []).extend((run, each) for each in members)
    return kinds


def _section(title: str, items: list[Html]) -> Html | None:
    return join(el("h2", title), el("ol", items, class_="findings")) if items else None


def _reasons(members: list[Member]) -> dict[str, Html]:
    reasons: dict[str, Html] = {}
    for run, (case, divergences) in members:
        for divergence in divergences:
            entry = run.known.of(case, divergence)
            if entry is not None:
                explanation = reason(run, entry)
                reasons.setdefault(explanation, explanation)
    return reasons


def _finding(shown: Report, broken: Broken, members: list[Member]) -> Html:
    """A kind of finding, the kernels that show it, and why it is known, if it is."""
    first = members[0][1]
    reasons = _reasons(members)
    texts = [each[0].text for each in first.by_clause.values()]
    style = "knowntext" if reasons else "badtext"
    return el(
        "li",
        [
            join(
                "; " if number else None,
                el("strong", kind, class_=style),
                " ",
                el("a", clause, href=f"#{line_id(clause)}"),
            )
            for number, (kind, clause) in enumerate(broken)
        ],
        join(": ", breakable(texts[0])) if len(texts) == 1 else None,
        " ",
        el("span", f"({_on(shown, (run for run, _ in members))}; here ", class_="dim"),
        el("code", first.case.id),
        el("span", ")", class_="dim"),
        [el("p", breakable(text), class_="finding") for text in texts if len(texts) > 1],
        [
            el("p", el("strong", "known: "), explanation, class_="finding")
            for explanation in reasons.values()
        ],
    )


def _stale(shown: Report) -> Iterable[Html]:
    for run in shown.runs:
        for each in run.stale:
            place = f"{run.known.path}:{each.lines[0]}"
            yield el("li", el("code", place), ": ", el("strong", each.text, class_="badtext"))


def _on(shown: Report, runs: Iterable[LabelledRun]) -> str:
    """Kernels with the number of calls; the kernels are left out if there is only one."""
    where: dict[str, int] = {}
    for run in runs:
        where[run.label] = where.get(run.label, 0) + 1
    if len(shown.runs) == 1:
        return counted(sum(where.values()), "call")
    return ", ".join(f"{label}: {counted(number, 'call')}" for label, number in where.items())


def other_ends(shown: Report, logs: Mapping[str, SerialLogs]) -> Html:
    """Cases with a known end, and cases that did not reach what they claim."""
    found: dict[tuple[CaseEndKind, str, str, bool], list[tuple[LabelledRun, CaseResult]]] = {}
    for run in shown.runs:
        for case in run.cases:
            if case.end.is_incomplete:
                known = (case.arch, case.id) in run.known.ends
                key = (case.end, case.id, case.detail, known)
                found.setdefault(key, []).append((run, case))
    left = [
        next((run, case) for run, case, _ in same)
        for _, same in groupby(unplaced(shown), key=lambda each: (each[0].label, each[1].id))
    ]
    known_ends = [members for (*_, known), members in found.items() if known]
    ends = {key: members for key, members in found.items() if not key[3]}
    vacuous = [members for (end, *_), members in ends.items() if end is CaseEndKind.VACUOUS]
    return join(
        el("h2", "Known incomplete cases") if known_ends else None,
        [_same(members, logs) for members in known_ends],
        el(
            "details",
            el("summary", el("h3", counted(len(vacuous), "vacuous case"))),
            el("div", [_same(members, logs) for members in vacuous], class_="inside"),
            class_="page",
        )
        if vacuous
        else None,
        el("h2", "Blamed on no clause of these pages") if left else None,
        [case_block(*each, logs, is_open=True) for each in left],
    )


def _same(members: list[tuple[LabelledRun, CaseResult]], logs: Mapping[str, SerialLogs]) -> Html:
    """A case that ended the same way on several kernels: the first one's calls."""
    others = ", ".join(run.label for run, _ in members[1:])
    return join(
        case_block(*members[0], logs),
        el("p", f"same on {others}", class_="dim inside") if others else None,
    )
