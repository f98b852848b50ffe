"""Pages understood in part accuse no kernel, and each report says which they are."""

from __future__ import annotations

import json
import os
import random
import re
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner
from docs_facts import HEAD
from run_builders import case, run
from skips import NO_PAGES
from zxhil.abi.status import Status, status_name
from zxhil.cli import cli
from zxhil.docs.held import NotHeld, PagesRecord, pages_from_json
from zxhil.docs.page import DocTree
from zxhil.docs.parse import NotASyscallPageError, parse_text, parse_tree
from zxhil.docs.statuses import user_pages, why_not_held
from zxhil.known.match import NOTHING
from zxhil.model.pages import MODELLED, load
from zxhil.report.github import github_annotations
from zxhil.report.html import html_report
from zxhil.report.junit import junit_xml
from zxhil.report.ktap import ktap
from zxhil.report.markdown import markdown_report
from zxhil.report.runs import label_runs
from zxhil.report.saved import report_json
from zxhil.report.table import report_of
from zxhil.report.terminal import terminal_report
from zxhil.run.record import RunReport
from zxhil.run.replay import check
from zxhil.run.schema import run_schema

LOG = Path(__file__).parents[1] / "data" / "standin-object_set_cookie.serial"
SEE_ALSO = "\n## SEE ALSO\n\n[event_create](event_create.md).\n"


def tree(text: str, name: str = "channel_write") -> DocTree:
    """A tree of the one page that `text` is."""
    path = Path(f"{name}.md")
    page = parse_text(text, path)
    return DocTree(path, (page,), ())


def page_of(name: str, errors: str) -> str:
    """A whole page of a call, its ERRORS being `errors`."""
    return f"{HEAD.replace('widget_turn', name)}\n## ERRORS\n\n{errors}\n{SEE_ALSO}"


def item(status: str, name: str) -> str:
    """An entry of ERRORS with the model's own words."""
    number = int(Status[status])
    said = [c.sentence for c in load(name).clauses if number in [int(s) for s in c.statuses]]
    return f"**{status}**  {said[0] if said else 'something'}."


def statuses_of(name: str) -> list[str]:
    """Every status that the model's page of a call knows, by name."""
    return sorted(status_name(number) for number in load(name).statuses)


def whole(name: str) -> str:
    """A page that documents all that the model does."""
    return page_of(name, "\n\n".join(item(status, name) for status in statuses_of(name)))


WITH_ERRORS = [name for name in MODELLED if load(name).statuses]


def accused(text: str, name: str, spared: tuple[str, ...] = ()) -> set[str]:
    """Statuses of the call that a page of that text would hold against a kernel; not `spared`."""
    try:
        lists = user_pages(tree(text, name)).lists
    except NotASyscallPageError:
        return set()
    if name not in lists:
        return set()
    allowed = lists[name].statuses
    return {s for s in statuses_of(name) if int(Status[s]) not in allowed and s not in spared}


# ---- what keeps a page from judging


@pytest.mark.parametrize("name", WITH_ERRORS)
def test_whole_page_is_held(name: str) -> None:
    found = user_pages(tree(whole(name), name)).lists[name]
    assert found.statuses == {int(Status[status]) for status in statuses_of(name)}


NOT_HELD = {
    "## NOTES\n\nNothing.\n": "no ERRORS section",
    "## What can go wrong\n\n**ZX_ERR_SHOULD_WAIT** is returned if it is busy.\n": (
        "no ERRORS section"
    ),
    "## ERRORS\n\nTODO(ZX-1)\n": "ERRORS is still TODO",
    "## ERRORS\n": "ERRORS is empty",
    "## ERRORS\n\nSee the header.\n": "ERRORS was not understood",
    "## ERRORS\n\nSame as [`zx_widget_b()`].\n": "it refers to zx_widget_b, which has no page here",
    "## ERRORS\n\n**ZX_ERR_IO**  *len* is odd.\n\n**ZX_ERR_BAD_HANDLE**\uff0c坏。\n\n不好。\n": (
        "not all of its errors were understood"
    ),
    "## ERRORS\n\n**ZX_ERR_IO**  *len* is odd.\n\nTODO: the others.\n": (
        "not all of its errors were understood"
    ),
    "## ERRORS\n\n**ZX_ERR_IO**  *len* is odd.\n\nB%D_HANDLE: *handle* is rusty.\n": (
        "not all of its errors were understood"
    ),
    "## DESCRIPTION\n\nMind ZX_ERR_BAD_STATE.\n\n## ERRORS\n\n**ZX_ERR_IO**  *len* is odd.\n": (
        "not all of its errors were understood"
    ),
}


@pytest.mark.parametrize("text", NOT_HELD)
def test_page_read_in_part_is_not_held(text: str) -> None:
    found = tree(f"{HEAD}\n{text}{SEE_ALSO}", "widget_turn")
    assert why_not_held(found, found.pages[0]) == NOT_HELD[text]
    assert user_pages(found).lists == {}


@pytest.mark.parametrize(
    "said",
    [
        "The call never fails silently; it reports what happened:",
        "The call never fails silently.",
        "This call cannot fail without a reason.",
        "No errors are hidden from you.",
        "On error, the handle is closed.",
        "None of these is final.",
    ],
)
def test_sentence_with_never_fails_in_it_proves_no_absence_of_errors(said: str) -> None:
    text = page_of("channel_write", f"{said}\n\n```\nZX_ERR_BAD_HANDLE   handle is rusty.\n```")
    assert [e.status for e in parse_text(text, Path("p.md")).errors] == ["ZX_ERR_BAD_HANDLE"]
    alone = tree(page_of("channel_write", said))
    assert why_not_held(alone, alone.pages[0])


@pytest.mark.parametrize("said", ["None.", "zx_widget_turn() cannot fail.", "None"])
def test_page_that_says_that_there_are_no_errors_is_held(said: str) -> None:
    found = user_pages(tree(page_of("widget_turn", said), "widget_turn")).lists
    assert found["widget_turn"].names == ()


def test_status_that_is_named_and_not_an_entry_may_be_answered() -> None:
    text = page_of("widget_turn", "**ZX_ERR_IO**  *len* is odd. Unlike ZX_ERR_STOP, it is final.")
    found = user_pages(tree(text, "widget_turn")).lists["widget_turn"]
    assert found.names == ("ZX_ERR_IO",)
    assert found.statuses == {int(Status.ZX_ERR_IO), int(Status.ZX_ERR_STOP)}


def test_misspelled_status_is_corrected() -> None:
    text = page_of("widget_turn", "**ZER_ERR_WRONG_TYPE**  *handle* is no widget.")
    found = user_pages(tree(text, "widget_turn")).lists["widget_turn"]
    assert int(Status.ZX_ERR_WRONG_TYPE) in found.statuses


def test_two_pages_that_differ_are_not_held(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "widget_turn.md").write_text(
        page_of("widget_turn", "**ZX_ERR_IO**  *len* is odd.")
    )
    second = tmp_path / "b" / "widget_turn.md"
    second.write_text(page_of("widget_turn", "**ZX_ERR_STOP**  *len* is odd."))
    assert user_pages(parse_tree(tmp_path)).lists == {}
    second.write_text(page_of("widget_turn", "**ZX_ERR_IO**  *len* is even."))
    assert list(user_pages(parse_tree(tmp_path)).lists) == ["widget_turn"]


def test_page_that_refers_to_a_page_read_in_part_is_not_held(tmp_path: Path) -> None:
    (tmp_path / "widget_a.md").write_text(page_of("widget_a", "Same as [`zx_widget_b()`]."))
    (tmp_path / "widget_b.md").write_text(
        page_of("widget_b", "**ZX_ERR_IO**  *len* is odd.\n\nTODO: the others.")
    )
    whys = {each.page: each.why for each in user_pages(parse_tree(tmp_path)).record.not_held}
    assert whys["widget_a"] == "it refers to zx_widget_b, whose page is not applied either"


# ---- pages cut off, and pages garbled


def test_no_prefix_of_a_page_accuses_a_right_call() -> None:
    text = whole("channel_write")
    wrong = {at for at in range(len(text)) if accused(text[:at], "channel_write")}
    assert wrong == set()


@pytest.mark.parametrize("name", WITH_ERRORS)
def test_no_random_prefix_of_a_page_accuses_a_right_call(name: str) -> None:
    text, draw = whole(name), random.Random(name)
    for at in draw.sample(range(text.index("## ERRORS"), len(text)), 30):
        assert accused(text[:at], name) == set(), text[:at]


def _misspelt(status: str, draw: random.Random) -> str:
    at = draw.randrange(len("ZX_ERR_"), len(status))
    return status[:at] + draw.choice("?X%") + status[at + 1 :]


GARBLED = {
    "number before it": lambda s, _: f"{int(Status[s])} (**{s}**): it is so.",
    "number after it": lambda s, _: f"{s} ({int(Status[s])}) - it is so.",
    "no prefix": lambda s, _: f"**{s[7:]}**  it is so.",
    "no prefix, plain": lambda s, _: f"{s[7:]}: it is so.",
    "small letters": lambda s, _: f"**{s.lower()}**  it is so.",
    "dashes": lambda s, _: f"{s.replace('_', '-')} it is so.",
    "escaped": lambda s, _: f"**{s.replace('_', chr(92) + '_')}**  it is so.",
    "full-width comma": lambda s, _: f"**{s}**\uff0c无效。",
    "code block": lambda s, _: f"```\n{s}   it is so\n```",
    "comment in code": lambda s, _: f"```\n// {s}: it is so\n```",
    "other words first": lambda s, _: f"The status {s} stands for trouble.",
    "character lost": lambda s, draw: f"**{_misspelt(s, draw)}**  it is so.",
    "in two": lambda s, _: f"**{s[:7]}** **{s[7:]}**  it is so.",
    "torn markup": lambda s, _: f"*{s}**  it is so.",
    "table row": lambda s, _: f"| {s} | it is so |",
    "HTML": lambda s, _: f"<p><b>{s}</b> it is so.</p>",
    "heading": lambda s, _: f"### {s}\n\nIt is so.",
    "link": lambda s, _: f"[`{s}`]: it is so.",
    "question": lambda s, _: f"?? {s} ?? it is so.",
}


@pytest.mark.parametrize("how", GARBLED)
@pytest.mark.parametrize("name", ["channel_write", "object_set_cookie", "socket_share"])
def test_page_with_a_garbled_entry_accuses_no_right_call(name: str, how: str) -> None:
    draw = random.Random(how)
    for status in statuses_of(name):
        text = whole(name).replace(item(status, name), GARBLED[how](status, draw))
        assert status.lower() in text.lower() or how not in ("code block", "link")
        assert accused(text, name) == set(), text


@pytest.mark.parametrize("name", ["channel_write", "socket_share"])
def test_page_with_an_entry_removed_accuses_that_status_alone(name: str) -> None:
    for status in statuses_of(name):
        text = whole(name).replace(item(status, name) + "\n", "\n")
        assert accused(text, name) == {status}


def seeds() -> list[Path]:
    folder = os.environ.get("ZXHIL_SEEDS")
    if not folder:
        pytest.skip(f"{NO_PAGES}: ZXHIL_SEEDS is not set")
    return [page.path for page in parse_tree(Path(folder)).pages]


def test_no_prefix_of_a_seed_accuses_a_right_call() -> None:
    for path in seeds():
        text = path.read_text()
        name = parse_text(text, path).name
        spared = tuple(accused(text, name))  # younger or older than the model
        draw = random.Random(name)
        for at in draw.sample(range(len(text)), 60):
            assert accused(text[:at], name, spared) == set(), text[:at]


def test_garbled_status_of_a_seed_accuses_no_right_call() -> None:
    for path in seeds():
        text = path.read_text()
        name = parse_text(text, path).name
        spared = tuple(accused(text, name))
        start = re.search(r"(?m)^\W*ERRORS\s*\|?$", text)
        assert start
        for match in re.finditer(r"ZX_ERR_[A-Z_]+", text[start.end() :]):
            for change in (_misspelt, lambda s, _: s.lower(), lambda s, _: s[7:]):
                at = start.end() + match.start()
                new = change(match[0], random.Random(name))
                garbled = text[:at] + new + text[at + len(match[0]) :]
                assert accused(garbled, name, spared) == set(), (path, new)


def test_log_of_right_calls_has_no_more_divergences_with_a_page_read_in_part(
    tmp_path: Path,
) -> None:
    def divergences(text: str) -> int:
        page = tmp_path / "object_set_cookie.md"
        page.write_text(text)
        return check(LOG, user_pages(parse_tree(page)).lists).divergences

    text = whole("object_set_cookie")
    before = check(LOG).divergences
    # The page has the errors alone: what the call's effects are it does not state.
    assert divergences(text) <= before
    one = item("ZX_ERR_BAD_HANDLE", "object_set_cookie")
    assert divergences(page_of("object_set_cookie", one)) > divergences(text)
    assert divergences(page_of("object_set_cookie", f"{one}\n\nTODO: more.")) == before
    assert divergences(text[: text.index("ZX_ERR_BAD_HANDLE")]) == before


# ---- what the reports say


RECORD = PagesRecord(
    "pages",
    ("channel_write", "fifo_write"),
    (
        NotHeld("port_wait", "pages/port_wait.md:3", "no ERRORS section"),
        NotHeld("vmo_read", "pages/vmo_read.md:9", "no ERRORS section"),
    ),
    ("pages/README.md",),
)
SUMMARY = (
    "pages of pages: 2 applied to the kernel (1 for calls made here), 2 not; 1 file "
    "without a documented call"
)
REASON = "2: no ERRORS section: zx_port_wait, zx_vmo_read"


def _report() -> RunReport:
    return replace(run(case()), pages=RECORD)


def test_every_report_says_how_many_pages_were_held_and_why_others_were_not() -> None:
    report = _report()
    shown = report_of(label_runs([(Path("run.json"), report, NOTHING)]), None)
    texts = {
        "terminal": terminal_report(report),
        "junit": junit_xml(report).decode(),
        "ktap": ktap(report),
        "github": "\n".join(github_annotations(report)),
        "html": html_report(shown),
        "markdown": markdown_report(shown).replace("\\", ""),
    }
    for name, text in texts.items():
        assert SUMMARY in text, name
        assert REASON in text, name
    verbose = terminal_report(report, verbose=True)
    assert "pages/port_wait.md:3: zx_port_wait is not applied to the kernel" in verbose
    assert "pages/port_wait.md:3: zx_port_wait is not applied to the kernel" in texts["html"]


def test_json_report_has_the_pages_and_is_read_again() -> None:
    data = report_json(_report())
    jsonschema.validate(json.loads(json.dumps(data)), run_schema())
    assert pages_from_json(json.loads(json.dumps(data["pages"]))) == RECORD
    assert "pages" not in report_json(run(case()))


def test_check_reports_pages_that_are_not_held(tmp_path: Path) -> None:
    page = tmp_path / "object_set_cookie.md"
    page.write_text(HEAD.replace("widget_turn", "object_set_cookie") + SEE_ALSO)
    out = tmp_path / "r.json"
    args = ["check", str(LOG), "--docs", str(page), "--json", str(out), "-q"]
    result = CliRunner().invoke(cli, args)
    assert "0 applied to the kernel (0 for calls made here), 1 not" in result.output
    assert "1: no ERRORS section: zx_object_set_cookie" in result.output
    assert json.loads(out.read_text())["pages"]["not_held"][0]["why"] == "no ERRORS section"


def test_docs_show_says_whether_the_page_is_held(tmp_path: Path) -> None:
    page = tmp_path / "widget_turn.md"
    page.write_text(page_of("widget_turn", "**ZX_ERR_IO**  *len* is odd."))
    assert "  applied to kernels" in CliRunner().invoke(cli, ["docs", "show", str(page)]).output
    page.write_text(page_of("widget_turn", "TODO"))
    output = CliRunner().invoke(cli, ["docs", "show", str(page)]).output
    assert "  not applied to kernels: ERRORS is still TODO" in output
