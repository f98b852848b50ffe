"""Every report marks what is known as known, with its reason and its link."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from html_reader import Reader
from run_builders import call, case, divergence, failed, run
from zxhil.cli.report import command
from zxhil.known.file import KnownFile, parse
from zxhil.known.match import Applied, apply, exit_code
from zxhil.model.judge import VerdictKind
from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.report.github import github_annotations
from zxhil.report.html import html_report
from zxhil.report.junit import junit_xml
from zxhil.report.ktap import ktap
from zxhil.report.markdown import markdown_report
from zxhil.report.runs import label_runs
from zxhil.report.saved import known_from_json, report_json
from zxhil.report.table import Report, report_of
from zxhil.report.terminal import terminal_report
from zxhil.report.verdict import ClauseVerdict, together
from zxhil.run.record import RunReport

LINK = "https://bugs.example/7?a=b&c"
KNOWN = f"""
[[divergence]]
case = "channel_write/bad"
reason = "it <never> did"
link = "{LINK}"

[[divergence]]
case = "event_create/p"
kind = "kernel panic"
reason = "it falls"
link = "{LINK}"

[[divergence]]
case = "channel_write/plain"
reason = "long ago"
"""


def file(text: str = KNOWN) -> KnownFile:
    return parse(text, Path("known.toml"))


def panic() -> CaseResult:
    return case("event_create/p", CaseEndKind.PANIC, detail="oh", evidence="KERNEL PANIC")


def run_of(*more: CaseResult) -> RunReport:
    return run(failed(), panic(), *more)


def shown(report: RunReport, known: Applied) -> Report:
    return report_of(label_runs([(Path("r.json"), report, known)]))


FORMATS: dict[str, Callable[[RunReport, Applied], str]] = {
    "terminal": lambda report, known: terminal_report(report, known=known),
    "junit": lambda report, known: junit_xml(report, known).decode(),
    "ktap": ktap,
    "json": lambda report, known: json.dumps(report_json(report, known)),
    "github": lambda report, known: "\n".join(github_annotations(report, known)),
    "html": lambda report, known: html_report(shown(report, known)),
    "markdown": lambda report, known: markdown_report(shown(report, known)),
}


def plain(text: str) -> str:
    """Without what a format escapes."""
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return text.replace("\\", "")


@pytest.mark.parametrize("name", FORMATS)
def test_a_known_divergence_has_its_reason_and_link(name: str) -> None:
    report = run(failed())
    text = plain(FORMATS[name](report, apply(file(), report, whole=True)))
    assert "it <never> did" in text
    assert LINK in text
    assert "known" in text
    text = plain(FORMATS[name](report, apply(file(""), report, whole=True)))
    assert "it <never> did" not in text


@pytest.mark.parametrize("name", FORMATS)
def test_a_known_end_has_its_reason_and_link(name: str) -> None:
    report = run(panic())
    text = plain(FORMATS[name](report, apply(file(), report, whole=True)))
    assert "it falls" in text
    assert LINK in text


@pytest.mark.parametrize("name", FORMATS)
def test_stale_entry_is_reported(name: str) -> None:
    report = run(case())
    text = FORMATS[name](report, apply(file(), report, whole=True))
    assert "channel_write/plain is listed as known but conforms on x64" in plain(text)


def half_known() -> tuple[RunReport, Applied]:
    """A case that diverges as it is known to, and otherwise too."""
    two = [divergence(), divergence("channel_write/wrong_type", text="something else")]
    calls = [call(status="ZX_ERR_BAD_STATE", verdict=VerdictKind.WRONG_ERROR)]
    report = run(case("channel_write/bad", CaseEndKind.FAILED, two, calls=calls))
    text = KNOWN.replace('case = "channel_write/bad"', 'clause = "channel_write/peer_closed"')
    return report, apply(file(text), report, whole=True)


@pytest.mark.parametrize("name", ["junit", "ktap", "html", "markdown"])
def test_of_a_case_that_is_partly_known_the_known_is_marked(name: str) -> None:
    text = plain(FORMATS[name](*half_known()))
    assert "it <never> did" in text
    assert "something else" in text


def test_a_case_that_is_partly_known_fails() -> None:
    report, known = half_known()
    (element,) = ET.fromstring(junit_xml(report, known)).iter("testcase")
    assert [child.tag for child in element] == ["failure"]
    assert exit_code(report, known) == 1


def test_a_known_end_of_a_case_that_diverged_unknown_is_marked() -> None:
    two = [divergence("channel_write/wrong_type", text="something else")]
    calls = [call(status="ZX_ERR_BAD_STATE", verdict=VerdictKind.WRONG_ERROR)]
    report = run(case("event_create/p", CaseEndKind.PANIC, two, calls=calls))
    known = apply(file(), report, whole=True)
    (error,) = ET.fromstring(junit_xml(report, known)).iter("error")
    reported = f"kernel panic, known: it falls (known.toml:7, {LINK})"
    assert reported in str(error.text)
    assert f"  # {reported}\n  not ok 1 p" in ktap(report, known)


def test_ktap_says_why_a_failure_is_expected() -> None:
    report = run(failed())
    text = ktap(report, apply(file(), report, whole=True))
    assert f"ok 1 bad # XFAIL it <never> did (known.toml:2, {LINK})\n" in text


# ---- HTML and Markdown


def cells(found: Report, clause: str) -> list[ClauseVerdict]:
    return [
        cell.verdict
        for sheet in found.tables
        for line in sheet.lines
        if line.clause == clause
        for cell in line.cells
    ]


def test_a_sentence_is_known_if_each_of_its_divergences_is() -> None:
    clause = "channel_write/peer_closed"
    for more, mark in (
        ((), ClauseVerdict.KNOWN),
        ((failed("channel_write/new"),), ClauseVerdict.DIVERGES),
    ):
        report = run_of(*more)
        found = shown(report, apply(file(), report, whole=True))
        assert cells(found, clause) == [mark]
    assert cells(shown(report, apply(file(""), report, whole=True)), clause) == [
        ClauseVerdict.DIVERGES
    ]


def test_known_weighs_less_than_unknown_and_more_than_the_rest() -> None:
    assert together([ClauseVerdict.KNOWN, ClauseVerdict.DIVERGES]) is ClauseVerdict.DIVERGES
    assert (
        together([ClauseVerdict.KNOWN, ClauseVerdict.CONFORMS, ClauseVerdict.NOT_REACHED])
        is ClauseVerdict.KNOWN
    )


def test_an_error_that_no_page_lists_can_be_known() -> None:
    odd = failed(clause="channel_write/documented_errors", kind=VerdictKind.UNDOCUMENTED_ERROR)
    report = run(odd)
    found = shown(report, apply(file(), report, whole=True))
    assert cells(found, "channel_write/documented_errors") == [ClauseVerdict.KNOWN]


def test_the_page_has_known_ones_under_a_separate_heading() -> None:
    report = run_of(failed("channel_write/new", "channel_write/wrong_type"))
    page = html_report(shown(report, apply(file(), report, whole=True)))
    heads = re.findall(r"<h2>(.*?)</h2>", page)
    assert heads[:2] == ["Divergences", "Known divergences"]
    assert "Known incomplete cases" in heads
    assert "Machine and kernel faults" not in heads
    unknown, known = page.split("<h2>Known divergences</h2>")[0:2]
    assert "it &lt;never&gt; did" not in unknown
    assert "wrong_type" not in known.partition("</ol>")[0]
    assert (
        "1 divergence, 0 machine or kernel faults; known: 1 divergence, 1 incomplete case" in page
    )
    read = Reader(page)
    assert LINK in read.values("href")
    states = {" ".join(each) for each in read.classes("details", "case")}
    assert states == {"case bad", "case known"}
    assert page.count("it &lt;never&gt; did") == 2


def test_stale_entry_is_reported_only_for_its_kernel() -> None:
    report = run(case(), failed(arch="arm64"))
    known = apply(file(KNOWN + 'arch = "x64"'), report, whole=True)
    found = label_runs([(Path("r.json"), report, known)])
    assert [(each.kernel.arch, len(each.stale)) for each in found] == [("x64", 1), ("arm64", 0)]


def test_kernel_is_marked_by_unknown_divergences() -> None:
    def first_mark(known: str, report: RunReport) -> str:
        page = html_report(shown(report, apply(file(known), report, whole=True)))
        return re.findall(r'class="mark (\w+)"', page)[0]

    assert first_mark(KNOWN, run_of()) == "known"
    assert first_mark("", run_of()) == "bad"
    assert first_mark(KNOWN, run(panic())) == "known"
    assert first_mark(KNOWN, run(case())) == "bad"
    assert first_mark("", run(case())) == "good"


def test_the_page_s_pages_with_known_alone_stay_folded() -> None:
    report = run_of()
    page = html_report(shown(report, apply(file(), report, whole=True)))
    assert not [
        tag for tag, at in Reader(page).tags if "page" in str(at.get("class")) and "open" in at
    ]
    page = html_report(shown(report, apply(file(""), report, whole=True)))
    assert [tag for tag, at in Reader(page).tags if "page" in str(at.get("class")) and "open" in at]


@pytest.mark.parametrize("link", ["javascript:alert(1)", 'https://x/"><b>', "see the wiki"])
def test_text_that_is_not_a_url_is_not_a_link(link: str) -> None:
    report = run(failed())
    text = KNOWN.replace(f'"{LINK}"', f"'{link}'")
    page = html_report(shown(report, apply(file(text), report, whole=True)))
    read = Reader(page)
    assert all(each.startswith("#") for each in read.values("href"))
    assert link in read.text


def test_markdown_has_the_unknown_first() -> None:
    report = run_of(failed("channel_write/new", "channel_write/wrong_type"))
    text = markdown_report(shown(report, apply(file(), report, whole=True)))
    assert text.index("✗ wrong error: channel_write/wrong_type") < text.index(
        "≠ known, wrong error: channel_write/peer_closed"
    )
    assert "**1 divergence**, 1 known" in text
    assert "- **kernel panic** event\\_create/p on x64 git-50d20f11: oh; known: it falls" in text


# ---- saved and read again


def test_known_marks_round_trip() -> None:
    report = run_of(case(), failed("channel_write/new"))
    known = apply(file(), report, whole=True)
    again = known_from_json(json.loads(json.dumps(report_json(report, known))))
    assert again.path == known.path
    assert again.marks.keys() == known.marks.keys()
    assert again.ends.keys() == known.ends.keys()
    assert [each.text for each in again.stale] == [each.text for each in known.stale]
    for key, entry in known.marks.items():
        assert again.explain(again.marks[key]) == known.explain(entry)
    for end, entry in known.ends.items():
        assert again.explain(again.ends[end]) == known.explain(entry)
    assert known_from_json(json.loads(json.dumps(report_json(report)))).path == ""


def laid_out(folder: Path, *words: str) -> str:
    page = folder / "r.html"
    result = CliRunner().invoke(command, [*words, "--html", str(page)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return page.read_text()


def test_the_command_takes_marks_from_the_report_and_from_a_file(tmp_path: Path) -> None:
    report = run_of()
    marked, bare = tmp_path / "marked.json", tmp_path / "bare.json"
    marked.write_text(json.dumps(report_json(report, apply(file(), report, whole=True))))
    bare.write_text(json.dumps(report_json(report)))
    (tmp_path / "known.toml").write_text(KNOWN)
    assert "it &lt;never&gt; did" in laid_out(tmp_path, str(marked))
    assert "it &lt;never&gt; did" not in laid_out(tmp_path, str(bare))
    option = ("--known", str(tmp_path / "known.toml"))
    assert "it &lt;never&gt; did" in laid_out(tmp_path, str(bare), *option)
    (tmp_path / "known.toml").write_text("")
    assert "it &lt;never&gt; did" not in laid_out(tmp_path, str(marked), *option)
