"""What is held against one call is one entry of every report, and is counted as one."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from html_reader import Reader
from run_builders import call, case, divergence, run
from zxhil.known.file import parse
from zxhil.known.match import Applied, apply
from zxhil.model.judge import VerdictKind
from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.report.github import SourceFiles, github_annotations
from zxhil.report.html import html_report
from zxhil.report.junit import junit_xml
from zxhil.report.ktap import ktap
from zxhil.report.markdown import markdown_report
from zxhil.report.matrix import grouped
from zxhil.report.runs import label_runs
from zxhil.report.table import report_of
from zxhil.report.terminal import terminal_report
from zxhil.report.verdict import places
from zxhil.run.record import RunReport
from zxhil.shipped import GUEST_TESTS

CLAUSES = "channel_write/peer_closed", "channel_write/wrong_type"
TITLE = f"wrong effect: {', '.join(CLAUSES)}"
TEXTS = "first output is wrong", "second output is wrong"
ITEMS = [f"- {text}" for text in TEXTS]
KNOWN = f'[[divergence]]\nclause = "{CLAUSES[1]}"\nreason = "so"\n'


def twice(case_id: str = "channel_write/bad", *, index: int = 0) -> CaseResult:
    """A case with two divergences of its last call."""
    effect = VerdictKind.WRONG_EFFECT
    found = [
        divergence(clause, effect, index, text) for clause, text in zip(CLAUSES, TEXTS, strict=True)
    ]
    return case(case_id, CaseEndKind.FAILED, found, calls=[call()] * (index + 1))


def applied(report: RunReport, text: str) -> Applied:
    return apply(parse(text, Path("known.toml")), report, whole=True)


def terminal(report: RunReport, known: Applied) -> str:
    return terminal_report(report, known=known)


def markdown(report: RunReport, known: Applied) -> str:
    return markdown_report(report_of(label_runs([(Path("run.json"), report, known)])))


def html(report: RunReport, known: Applied) -> str:
    return html_report(report_of(label_runs([(Path("run.json"), report, known)])), {})


def junit(report: RunReport, known: Applied) -> str:
    root = ET.fromstring(junit_xml(report, known))
    return "\n".join(each.text or "" for each in root.iter("failure"))


def github(report: RunReport, known: Applied) -> str:
    return "\n".join(github_annotations(report, known, SourceFiles(GUEST_TESTS.parent)))


REPORTS = [terminal, markdown, junit, ktap]


@pytest.mark.parametrize("report", REPORTS)
def test_divergences_of_a_call_share_one_list_of_calls(report: object) -> None:
    shown = run(twice())
    text = report(shown, applied(shown, ""))  # type: ignore[operator]
    lines = [re.sub("^[# ]*", "", line) for line in text.splitlines()]
    start = lines.index(ITEMS[0])
    assert lines[start + 2] == ITEMS[1]
    assert lines[start + 3].startswith("the page says")
    assert lines[start + 4].startswith("case channel_write/bad")
    assert sum(line.startswith("case channel_write/bad") for line in lines) == 1
    assert sum(line.endswith("observed here") for line in lines) == 1


def test_terminal_numbers_one_entry_for_a_call() -> None:
    text = terminal_report(run(twice(), twice("channel_write/worse")))
    assert re.findall(r"(?m)^\d+\. .*", text) == [f"1. {TITLE} on x64"]
    assert "   the same in channel_write/worse\n" in text
    assert "\n4 divergences (1 distinct), 0 machine" in text


def test_markdown_has_one_block_for_a_call() -> None:
    shown = run(twice())
    text = markdown(shown, applied(shown, ""))
    assert text.count("<details>") == 1
    assert f"{TITLE} on " in text
    assert "**2 divergences (1 distinct)**" in text


def test_html_has_one_item_for_a_call() -> None:
    shown = run(twice())
    page = html(shown, applied(shown, ""))
    (findings,) = re.findall(r'(?s)<ol class="findings">(.*?)</ol>', page)
    assert findings.count("<li>") == 1
    text = Reader(f"<ol>{findings}</ol>").text
    assert all(text.count(each) == 1 for each in (*TEXTS, *CLAUSES))
    assert "(1 call; here channel_write/bad)" in text
    assert "2 divergences (1 distinct), 0 machine" in Reader(page).text


def test_html_shows_calls_of_an_unplaced_case_once() -> None:
    found = [divergence("", text=text) for text in TEXTS]
    shown = run(case("channel_write/bad", CaseEndKind.FAILED, found))
    page = Reader(html(shown, applied(shown, ""))).text
    rest = page.partition("Blamed on no clause of these pages")[2].partition("Page by page")[0]
    assert rest.count("channel_write/bad") == 1
    assert all(rest.count(text) == 1 for text in TEXTS)


def test_github_has_one_annotation_for_a_call() -> None:
    shown = run(twice(), twice("channel_write/worse"))
    (line,) = github(shown, applied(shown, "")).splitlines()
    assert all(line.count(item) == 1 for item in ITEMS)
    assert line.endswith("%0Aand in 1 more: channel_write/worse")


def test_what_two_calls_show_of_a_third_is_one_finding() -> None:
    """As where two later calls show two of the rights that a handle lacks from its creation."""
    found = [replace(each, call=n + 1) for n, each in enumerate(twice().divergences)]
    shown = run(case("channel_write/bad", CaseEndKind.FAILED, found, calls=[call()] * 3))
    text = junit(shown, applied(shown, ""))
    assert text.count("case channel_write/bad") == 1
    assert text.count("◄ broken here") == 1
    assert text.count("◄ observed here") == 2
    assert "1 distinct" in terminal(shown, applied(shown, ""))


@pytest.mark.parametrize("report", REPORTS)
def test_same_divergence_of_many_calls_is_one_sentence(report: object) -> None:
    found = [replace(divergence(text=f"seen at {n}"), call=n) for n in range(1, 9)]
    shown = run(case("channel_write/bad", CaseEndKind.FAILED, found, calls=[call()] * 9))
    text = report(shown, applied(shown, ""))  # type: ignore[operator]
    assert text.count("   seen at 1\n") == text.count("seen at") == 1
    assert "   the same at calls 2, 3, 4, 5, …\n" in text


def test_divergences_of_two_calls_are_two_findings() -> None:
    found = [divergence(CLAUSES[0], index=n, text=text) for n, text in enumerate(TEXTS)]
    shown = run(case("channel_write/bad", CaseEndKind.FAILED, found, calls=[call()] * 2))
    text = junit(shown, applied(shown, ""))
    assert text.count("case channel_write/bad") == 2
    assert not re.search("(?m)^ *- ", text)
    assert [len(members) for members in grouped(shown.cases).values()] == [2]


def test_order_of_divergences_makes_no_second_entry() -> None:
    first, second = twice(), twice("channel_write/worse")
    turned = case(second.id, second.end, second.divergences[::-1])
    assert len(grouped([first, turned])) == 1


def test_same_sentence_stands_once() -> None:
    found = [divergence(CLAUSES[0])] * 2
    text = terminal_report(run(case("channel_write/bad", CaseEndKind.FAILED, found)))
    assert text.count("seen this") == 1
    assert "- seen this" not in text


def test_known_part_of_a_call_is_left_out_of_its_entry() -> None:
    shown = run(twice())
    known = applied(shown, KNOWN)
    text = terminal(shown, known)
    assert f"\n1. wrong effect: {CLAUSES[0]} on x64\n   {TEXTS[0]}\n" in text
    assert TEXTS[1] not in text
    assert "\n1 divergence, 0 machine or kernel faults; known: 1 divergence\n" in text
    error, notice = github(shown, known).splitlines()
    assert error.startswith("::error") and TEXTS[0] in error and TEXTS[1] not in error
    assert notice.startswith("::notice") and TEXTS[1] in notice and TEXTS[0] not in notice


@pytest.mark.parametrize("report", [junit, ktap])
def test_known_is_shown_with_its_sentence(report: object) -> None:
    shown = run(twice())
    text = report(shown, applied(shown, KNOWN))  # type: ignore[operator]
    lines = [line.lstrip("# ") for line in text.splitlines()]
    at = lines.index(ITEMS[1])
    assert lines[at + 2] == "known: so (known.toml:1)"
    assert text.count("known: so") == 1


@pytest.mark.parametrize(
    ("causes", "mark"),
    [
        ((), "broken here"),
        ((("handle_duplicate/new_rights",), ("handle_duplicate/same",)), "broken here"),
        (
            (("handle_duplicate/new_rights",), ("eventpair_create/usable_rights",)),
            "may be broken here",
        ),
    ],
)
def test_call_that_is_one_of_several_to_blame_may_be_broken(
    causes: tuple[tuple[str, ...], ...], mark: str
) -> None:
    found = replace(divergence("handle_duplicate/new_rights", index=2), blamed_call=1)
    assert places(1, [replace(found, causes=causes)]) == [mark]
