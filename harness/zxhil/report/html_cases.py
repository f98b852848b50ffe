"""The details of a cell of the HTML report: cases, their decoded calls, and serial lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from zxhil.known.file import KnownEntry
from zxhil.machine.crash import crash_lines
from zxhil.model.judge import VerdictKind
from zxhil.oracle.cases import source_place
from zxhil.oracle.results import CaseResult, Divergence, JudgedCall
from zxhil.report.excerpt import SerialLogs
from zxhil.report.htmlnode import Html, breakable, el, join
from zxhil.report.matrix import Cell
from zxhil.report.runs import LabelledRun
from zxhil.report.table import Report, Row
from zxhil.report.verdict import ClauseVerdict, places

_ADDRESS = re.compile(r"https?://[^\s\"<>]+")
_NUMBER = re.compile(r"\b(?:0x[0-9a-f]+|[0-9a-f]{8}|[0-9]+)\b")
_SHOWN_OF_MANY = 2
_FAILING_IN_FULL = 3  # for each sentence and kernel
_FINE_IN_FULL = 2
_NAMED = 12


def finding(run: LabelledRun, case: CaseResult, divergence: Divergence) -> Html:
    """A divergence: what is wrong and why, the page's text, and why it is known."""
    return join(
        el(
            "p",
            el("strong", f"{divergence.kind.value}: "),
            breakable(divergence.text),
            class_="finding",
        ),
        [el("p", breakable(line), class_="finding") for line in divergence.statement[1:]],
        known(run, run.known.of(case, divergence)),
    )


def known(run: LabelledRun, entry: KnownEntry | None) -> Html | None:
    """Why something is known, and where that is recorded; empty if it is not."""
    if entry is None:
        return None
    return el("p", el("strong", "known: "), reason(run, entry), class_="finding knowntext")


def reason(run: LabelledRun, entry: KnownEntry) -> Html:
    """An entry's reason, place, and link (as text unless it is a web address)."""
    link: Html | str = entry.link
    if _ADDRESS.fullmatch(entry.link):
        link = el("a", entry.link, href=entry.link, rel="noreferrer")
    return join(f"{entry.reason} ({run.known.place(entry)}", (", ", link) if link else None, ")")


def case_block(
    run: LabelledRun,
    case: CaseResult,
    logs: Mapping[str, SerialLogs],
    *,
    is_open: bool = False,
    id_: str | None = None,
) -> Html:
    """A collapsible case. `logs` are the serial logs by the run's label.

    The evidence of a fault that is not known is shown once, with the fault.
    """
    end = run.known.ends.get((case.arch, case.id))
    state = _state(run, case)
    return el(
        "details",
        el(
            "summary",
            el("code", case.id),
            f" {case.end.value} on {run.label}",
            el("span", f" {':'.join(source_place(case.info))}", class_="dim")
            if case.info.source
            else None,
        ),
        el("p", case.detail) if case.detail else None,
        known(run, end),
        el("pre", "\n".join(crash_lines(case.evidence)), class_="serial")
        if case.evidence and (end is not None or not case.end.is_machine_fault)
        else None,
        [finding(run, case, each) for each in case.divergences],
        _where(run, case),
        el("ol", list(_calls(run, case, logs.get(run.label))), class_="calls", start="0"),
        class_=f"case {state}".rstrip(),
        id=id_,
        open=is_open,
    )


def _state(run: LabelledRun, case: CaseResult) -> str:
    """Is the case fine (empty), bad, or known to be bad?"""
    if not case.divergences and not case.end.is_machine_fault:
        return ""
    return "known" if run.known.reasons(case) else "bad"


def _where(run: LabelledRun, case: CaseResult) -> Html | None:
    """The serial log and the offset in it; each boot of a program has its own log."""
    logs = [boot.serial for boot in run.boots if boot.program == case.info.program]
    if not logs or not case.calls:
        return None
    return el(
        "p", f"serial log {' or '.join(logs)}, from byte {case.calls[0].offset}", class_="dim"
    )


def _calls(run: LabelledRun, case: CaseResult, logs: SerialLogs | None) -> Iterator[Html]:
    """The calls; of consecutive calls that differ only in numbers, the first two and a count."""
    judged = list(enumerate(case.calls))
    makers = {call.maker: f"{call.maker} " for _, call in judged}
    makers = makers if len(makers) > 1 else {}
    for _, group in groupby(judged, key=lambda item: _kind(case, *item)):
        members = list(group)
        shown = members if len(members) <= _SHOWN_OF_MANY + 1 else members[:_SHOWN_OF_MANY]
        for at, call in shown:
            yield _call(run, case, at, call, logs, makers.get(call.maker, ""))
        left = len(members) - len(shown)
        if left:
            last = members[-1][0]
            yield el(
                "li",
                el("span", f"… {left} more such calls, all conforming", class_="dim"),
                value=str(last),
            )


def _kind(case: CaseResult, at: int, call: JudgedCall) -> tuple[object, ...]:
    """What consecutive calls must share to be shown as one."""
    if call.verdict is not VerdictKind.CONFORMS or places(at, case.divergences):
        return (at,)
    text, status = _NUMBER.sub("#", call.text), _NUMBER.sub("#", call.status)
    return (text, status, call.permitted, call.maker, bool(call.overlap))


def _call(
    run: LabelledRun,
    case: CaseResult,
    at: int,
    call: JudgedCall,
    logs: SerialLogs | None,
    maker: str,
) -> Html:
    """One call; its maker is named where there are several."""
    marks = places(at, case.divergences)
    serial = logs.lines(run, case, at) if logs is not None and marks else ()
    return el(
        "li",
        el("span", maker, class_="dim") if maker else None,
        el("code", breakable(call.text)),
        el(
            "span",
            el("code", breakable(f"= {call.status}")),
            f" ({call.overlap})" if call.overlap else None,
            [el("strong", f" ◄ {', '.join(marks)}")] if marks else None,
            f" (allowed: {', '.join(call.allowed)})"
            if marks and not call.is_status_allowed
            else None,
            " (allowed at any time)" if call.permitted else None,
            class_="answer",
        ),
        _serial(serial, call) if marks else None,
        class_="seen" if marks else None,
        value=str(at),
    )


def _serial(lines: tuple[str, ...], call: JudgedCall) -> Html:
    where = f"serial log, byte {call.offset}"
    if not lines:
        return el("span", where, class_="dim")
    return join(el("span", where, class_="dim"), el("pre", "\n".join(lines), class_="serial"))


# ---- the cells of a row


def sign(verdict: ClauseVerdict, *, label: str = "") -> Html:
    """The sign of a verdict, with its text for screen readers."""
    words = f"{label}: {verdict.label}" if label else verdict.label
    name = f"mark {verdict.css}"
    return el("span", verdict.sign, class_=name, title=words, role="img", aria_label=words)


def signs(shown: Report, verdicts: Sequence[ClauseVerdict]) -> list[Html]:
    """The kernels' signs, in order; a sentence that is not modelled has one for all."""
    if all(verdict is ClauseVerdict.NOT_MODELLED for verdict in verdicts):
        return [sign(ClauseVerdict.NOT_MODELLED)] if verdicts else []
    runs = zip(shown.runs, verdicts, strict=True)
    return [sign(verdict, label=run.label) for run, verdict in runs]


def cells(
    shown: Report, line: Row, logs: Mapping[str, SerialLogs], first: First
) -> list[Html | None]:
    """What each kernel did; one that did the same as an earlier one is collapsed."""
    before: set[tuple[object, ...]] = set()
    blocks: list[Html | None] = []
    for run, cell in zip(shown.runs, line.cells, strict=True):
        if cell.verdict is ClauseVerdict.NOT_MODELLED:
            continue
        said = tuple((d.kind, d.blamed, _NUMBER.sub("#", d.text)) for _, d in cell.divergences[:1])
        again = (cell.verdict, said) in before
        before.add((cell.verdict, said))
        head = el("h4", sign(cell.verdict), f" {cell.verdict.label} on {run.label}")
        content = _cell(run, cell, logs, first, is_open=not again)
        folded = el("details", el("summary", head), content, class_="again")
        blocks.append(folded if again else join(head, content))
    return blocks


def _cell(
    run: LabelledRun, cell: Cell, logs: Mapping[str, SerialLogs], first: First, *, is_open: bool
) -> Html:
    """One kernel's cases: all that fail, with their calls, and the first of those that pass."""
    by_id = {case.id: case for case in run.cases}
    failing = list(dict.fromkeys(case.id for case, _ in cell.divergences))
    fine = [each for each in dict.fromkeys((*cell.returned, *cell.cases)) if each not in failing]
    full, listed = failing[:_FAILING_IN_FULL], fine[:_FINE_IN_FULL]
    others = [each for each in (*failing, *fine) if each not in full and each not in listed]
    return join(
        [case_block(run, by_id[each], logs, is_open=is_open and each == full[0]) for each in full],
        [first.block(run, by_id[each], logs) for each in listed],
        el("p", f"and {_names(others)}", class_="dim") if others else None,
    )


class First:
    """Shows a case where it first occurs, and links to it from everywhere else."""

    def __init__(self) -> None:
        self._ids: dict[tuple[str, str], str] = {}

    def block(self, run: LabelledRun, case: CaseResult, logs: Mapping[str, SerialLogs]) -> Html:
        """The case with its calls, or a link to where they are."""
        key = (run.label, case.id)
        known = self._ids.get(key)
        if known is None:
            known = self._ids[key] = f"case-{len(self._ids)}"
            return case_block(run, case, logs, id_=known)
        return el(
            "p", el("a", el("code", case.id), href=f"#{known}"), f" {case.end.value}", class_="case"
        )


def _names(cases: list[str]) -> str:
    more = f", … {len(cases)} in all" if len(cases) > _NAMED else ""
    return ", ".join(cases[:_NAMED]) + more
