"""A case in the HTML report: why it ended so, its calls, decoded, and their serial lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import groupby

from harness.model.judge import VerdictKind
from harness.oracle.results import CaseResult, Divergence, JudgedCall
from harness.report.excerpt import SerialLogs
from harness.report.htmlnode import Html, el, join
from harness.report.runs import LabelledRun

_NUMBER = re.compile(r"\b(?:0x)?[0-9a-f]*[0-9][0-9a-f]*\b")
_SHOWN_OF_MANY = 2


def finding(divergence: Divergence) -> Html:
    """What a divergence says: the sentences, and what was seen."""
    return join(
        [
            el("p", "the page says (", el("code", clause), f"): {sentence}", class_="finding")
            for clause, sentence in zip(divergence.blamed, divergence.sentences, strict=True)
        ],
        el("p", el("strong", f"{divergence.kind.value}: "), divergence.text, class_="finding"),
    )


def case_block(
    run: LabelledRun,
    case: CaseResult,
    logs: Mapping[str, SerialLogs],
    *,
    is_open: bool = False,
    id_: str | None = None,
) -> Html:
    """A case that can be unfolded. `logs` are the serial logs by the run's label."""
    bad = case.divergences or case.end.is_machine_fault
    return el(
        "details",
        el(
            "summary",
            el("code", case.id),
            f" {case.end.value} on {run.label}",
            el("span", f" guest_tests/{case.info.source}", class_="dim")
            if case.info.source
            else None,
        ),
        el("p", case.detail) if case.detail else None,
        el("pre", case.evidence, class_="serial") if case.evidence else None,
        [finding(each) for each in case.divergences],
        el("ol", list(_calls(run, case, logs.get(run.label))), class_="calls", start="0"),
        class_="case bad" if bad else "case",
        id=id_,
        open=is_open,
    )


def _calls(run: LabelledRun, case: CaseResult, logs: SerialLogs | None) -> Iterator[Html]:
    """The calls; of many in a row that differ in numbers only, the first ones stand for all."""
    judged = list(enumerate(case.calls))
    for _, group in groupby(judged, key=lambda item: _kind(case, *item)):
        members = list(group)
        shown = members if len(members) <= _SHOWN_OF_MANY + 1 else members[:_SHOWN_OF_MANY]
        for at, call in shown:
            yield _call(run, case, at, call, logs)
        left = len(members) - len(shown)
        if left:
            last = members[-1][0]
            yield el(
                "li",
                el("span", f"… {left} more calls like it, all conform", class_="dim"),
                value=str(last),
            )


def _kind(case: CaseResult, at: int, call: JudgedCall) -> tuple[object, ...]:
    """What calls in a row must share to be shown as one."""
    if call.verdict is not VerdictKind.CONFORMS or _marks(case, at):
        return (at,)
    return (_NUMBER.sub("#", call.text), _NUMBER.sub("#", call.status), call.permitted)


def _marks(case: CaseResult, at: int) -> list[str]:
    seen = any(each.call == at for each in case.divergences)
    promised = any(each.blamed_call == at != each.call for each in case.divergences)
    return [*(["promised here"] if promised else []), *(["seen here"] if seen else [])]


def _call(
    run: LabelledRun, case: CaseResult, at: int, call: JudgedCall, logs: SerialLogs | None
) -> Html:
    marks = _marks(case, at)
    serial = logs.lines(run, case, at) if logs is not None and marks else ()
    return el(
        "li",
        el("code", call.text),
        el(
            "span",
            el("code", f"= {call.status}"),
            [el("strong", f" ◄ {', '.join(marks)}")] if marks else None,
            f" (allowed: {', '.join(call.allowed)})" if marks else None,
            " (the page allows it at any time)" if call.permitted else None,
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
