"""Pages and clauses held together: the table of facts, matching, and a tree's coverage."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner
from docs_facts import HEAD
from skips import NO_PAGES
from zxhil.abi.calls import BY_NAME
from zxhil.abi.status import Status
from zxhil.cli.docs import command
from zxhil.docs.coverage import Coverage, coverage
from zxhil.docs.match import PageMatch, Standing, match_page
from zxhil.docs.page import DocTree
from zxhil.docs.parse import parse_page, parse_tree
from zxhil.docs.words import facts_of, plain_words, subject
from zxhil.model.clause import ClauseKind
from zxhil.model.pages import MODELLED, core_pages, load, load_all
from zxhil.model.stated import NOT_VALID, PageFacts, page_fact
from zxhil.report.coverage import coverage_text

ROOT = Path(__file__).parents[2]
NAMES = list(MODELLED)
WIDGET = PageFacts(
    "widget_turn",
    (
        page_fact("", "turned", "", "is turned"),
        page_fact("ZX_ERR_BAD_HANDLE", "bad_handle", "handle|wheel", NOT_VALID),
        page_fact("ZX_ERR_INVALID_ARGS", "bad_data", "data", "invalid pointer"),
        page_fact("ZX_ERR_INVALID_ARGS", "bad_out", "out", "invalid pointer"),
        page_fact("ZX_ERR_PEER_CLOSED", "", "", "shop", why="no test has a shop"),
    ),
    {"rights": "handles.md"},
)
PAGE = f"""{HEAD}
## DESCRIPTION

The widget is turned.

## RIGHTS

*handle* must be of type **ZX_OBJ_TYPE_FIFO** and have **ZX_RIGHT_WRITE**.

## ERRORS

**ZX_ERR_BAD_HANDLE**  *handle* is not a valid handle.

**ZX_ERR_INVALID_ARGS**  *data* or *out* is an invalid pointer.

**ZX_ERR_PEER_CLOSED**  The widget's shop is closed.

**ZX_ERR_ACCESS_DENIED**  *handle* does not have **ZX_RIGHT_WRITE**.

**ZX_ERR_BAD_STATE**  The widget is *rusty*.
"""


# ---- the table and the clauses


def test_every_call_of_the_guest_tests_has_a_page_and_facts() -> None:
    folder = ROOT / "harness" / "zxhil" / "model" / "pages"
    assert [name for name in NAMES if not (folder / f"{name}.py").is_file()] == []
    assert [name for name in NAMES if facts_of(name) is None] == []


def test_guest_tests_make_no_other_calls() -> None:
    sources = ROOT / "guest_tests"
    made = {
        name
        for path in sources.rglob("*.c")
        if "rt" not in path.relative_to(sources).parts
        for name in re.findall(r"\bzx_(\w+)\s*\(", path.read_text())
        if not name.endswith("_t")
    }
    headers = "".join(path.read_text() for path in sources.rglob("*.h"))
    ours = set(re.findall(r"\bzx_(\w+)\s*\(", headers))
    assert "channel_write" in made
    assert sorted(made - ours - set(BY_NAME)) == []


@pytest.mark.parametrize("name", NAMES)
def test_each_clause_follows_from_a_fact(name: str) -> None:
    page, known = load_all()[name], load(name).stated
    reported = {clause for fact in known.facts for clause in fact.clauses} | set(known.elsewhere)
    assert reported == {clause.id.partition("/")[2] for clause in page.clauses}


@pytest.mark.parametrize("name", NAMES)
def test_facts_and_clauses_agree_about_the_status(name: str) -> None:
    known = load(name).stated
    for clause in load_all()[name].clauses:
        short = clause.id.partition("/")[2]
        stated = {f.status for f in known.conditions if short in f.clauses}
        if short in known.elsewhere or clause.kind is ClauseKind.EFFECT or len(clause.statuses) > 1:
            assert stated == set(), clause.id
        else:
            # What a page calls by a name that no header has stands for this one.
            assert clause.statuses[0].name in stated or not stated & set(Status.__members__)
            assert len(stated) == 1, clause.id


def test_unmodelled_condition_has_a_reason() -> None:
    for known in (load(name).stated for name in NAMES):
        for fact in known.facts:
            assert bool(fact.clauses) != bool(fact.why), (known.name, fact)


# ---- matching


def test_the_subject_is_the_last_parameter_before_the_verb() -> None:
    names = frozenset(["handle", "handles", "socket_to_share"])
    assert subject("The handle socket_to_share is invalid", names) == "socket_to_share"
    assert subject("The socket_to_share handle is invalid", names) == "socket_to_share"
    assert subject("The handle is invalid", names) == "handle"
    assert subject("any element in handles is not a valid handle", names) == "handles"
    assert subject("There is no handle", names) == ""


def test_words_are_whole_words() -> None:
    fact = page_fact("ZX_ERR_BAD_HANDLE", "x", "", ("not valid|isnt valid", "!array"))
    assert fact.says(plain_words("*handle* isn't VALID."))
    assert not fact.says(plain_words("handle is not validated"))
    assert not fact.says(plain_words("the array is not valid"))


@pytest.fixture
def matched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PageMatch:
    return match(tmp_path, monkeypatch, PAGE)


def know(monkeypatch: pytest.MonkeyPatch, widget: PageFacts) -> None:
    """Let the facts of widget_turn be known beside those of the model's pages."""

    def known(name: str) -> PageFacts | None:
        return widget if name == "widget_turn" else facts_of(name)

    monkeypatch.setattr("zxhil.docs.match.facts_of", known)
    monkeypatch.setattr("zxhil.docs.coverage.facts_of", known)


def match(folder: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> PageMatch:
    know(monkeypatch, WIDGET)
    path = folder / "widget_turn.md"
    path.write_text(text)
    return match_page(parse_page(path))


def test_each_condition_is_matched_or_not_modelled(matched: PageMatch) -> None:
    assert [(c.error.status, c.standing, c.clauses) for c in matched.conditions] == [
        ("ZX_ERR_BAD_HANDLE", Standing.MODELLED, ("bad_handle",)),
        ("ZX_ERR_INVALID_ARGS", Standing.MODELLED, ("bad_data",)),
        ("ZX_ERR_INVALID_ARGS", Standing.MODELLED, ("bad_out",)),
        ("ZX_ERR_PEER_CLOSED", Standing.NOT_MODELLED, ()),
        ("ZX_ERR_ACCESS_DENIED", Standing.NOT_MODELLED, ()),
        ("ZX_ERR_BAD_STATE", Standing.NOT_MODELLED, ()),
    ]
    assert [c.why for c in matched.conditions[3:]] == ["no test has a shop", "", ""]
    assert (matched.absent, matched.unseen) == ((), ())
    assert matched.places("turned") == ((18, "The widget is turned."),)


def test_a_clause_without_a_sentence_is_not_on_this_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = PAGE.replace("*data* or *out* is an", "*data* is an").replace("is turned", "turns")
    found = match(tmp_path, monkeypatch, text)
    assert found.absent == ("turned", "bad_out")


def test_the_same_words_under_another_status_are_another_condition(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = match(tmp_path, monkeypatch, PAGE.replace("ZX_ERR_BAD_HANDLE", "ZX_ERR_NOT_FOUND"))
    assert found.conditions[0].standing is Standing.NOT_MODELLED
    assert found.absent == ("bad_handle",)


def test_two_facts_make_it_ambiguous(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    twice = WIDGET._replace(
        facts=(*WIDGET.facts, page_fact("ZX_ERR_BAD_HANDLE", "other", "", "valid"))
    )
    know(monkeypatch, twice)
    path = tmp_path / "widget_turn.md"
    path.write_text(PAGE)
    first = match_page(parse_page(path)).conditions[0]
    assert first.standing is Standing.AMBIGUOUS
    assert "«valid»" in first.why


# ---- coverage


@pytest.fixture
def covered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Coverage:
    know(monkeypatch, WIDGET)
    (tmp_path / "widget_turn.md").write_text(PAGE)
    (tmp_path / "widget_zap.md").write_text(PAGE.replace("widget_turn", "widget_zap"))
    claims = {"widget_turn/bad_handle": ["turn/a", "turn/b"]}
    runs = {"x64 one": {"widget_turn/bad_handle", "widget_turn/bad_out"}, "x64 two": set[str]()}
    return coverage(parse_tree(tmp_path), ["widget_turn", "channel_read"], claims, runs)


def test_coverage_counts(covered: Coverage) -> None:
    turn, zap = covered.pages
    assert [len(page.covered) for page in covered.pages] == [6, 6]
    assert turn.count(Standing.MODELLED) == 3
    assert turn.claimed == 1
    assert turn.covered[0].cases == ("turn/a", "turn/b")
    assert (turn.reached("x64 one"), turn.reached("x64 two")) == (2, 0)
    assert (zap.count(Standing.NOT_MODELLED), zap.claimed) == (6, 0)
    assert covered.missing == ("channel_read",)


def test_a_next_step_is_reported_with_what_it_takes(covered: Coverage) -> None:
    assert [page.page.name for page in covered.next_steps] == ["widget_zap", "widget_turn"]
    zap, turn = covered.next_steps
    assert (zap.routine, turn.routine) == (5, 1)
    assert (zap.made, turn.made) == (False, True)
    assert zap.objects == ("FIFO",)


def test_coverage_as_text(covered: Coverage) -> None:
    lines = coverage_text(covered).splitlines()
    assert lines[2].split() == ["zx_widget_zap", "5", "6", "-", "-", "-", "-"]
    assert lines[1].split() == ["zx_widget_turn", "5", "6", "3", "1", "2", "0"]
    text = "\n".join(lines)
    assert "2 pages, 12 documented conditions; modelled: 3 on 1 page" in text
    assert "The widget's shop is closed (not modelled: no test has a shop)" in text
    assert "do not create yet: FIFO" in text
    assert "claimed by turn/a, turn/b" in coverage_text(covered, verbose=True)


def test_the_command_reads_no_run_it_is_not_given(tmp_path: Path) -> None:
    (tmp_path / "channel_write.md").write_text(PAGE.replace("widget_turn", "channel_write"))
    run = tmp_path / "run.json"
    run.write_text(json.dumps({"schema": "zxhil-run-1"} | _EMPTY))
    result = CliRunner().invoke(command, ["coverage", str(tmp_path), "--runs", str(run), "--json"])
    assert result.exit_code == 0, result.output
    reported = json.loads(result.output)
    assert reported["runs"] == ["x64 stand-in"]
    (page,) = reported["pages"]
    assert page["conditions"][0]["clauses"] == ["bad_handle_handle"]
    assert page["conditions"][0]["reached"] == []
    assert "discarded_on_failure" in page["not_on_this_page"]


_EMPTY = {
    "zxhil": "0",
    "kernels": [
        {
            "arch": "x64",
            "image": "i",
            "version": "v",
            "standin": True,
            "found": [],
            "absent": [],
            "expected": "",
        }
    ],
    "boots": [],
    "cases": [],
    "reruns": [],
}


# ---- the real pages


@cache
def tree_of(variable: str) -> DocTree:
    folder = os.environ.get(variable)
    if not folder:
        pytest.skip(f"{NO_PAGES}: {variable} is not set")
    return parse_tree(Path(folder))


def real(variable: str, name: str) -> PageMatch:
    tree = tree_of(variable)
    page = tree.page(name)
    assert page is not None, f"{variable} has no page of {name}"
    return match_page(page, tree.errors_of(page))


@pytest.mark.parametrize("name", [n for n in NAMES if "2018" in load(n).source])
def test_facts_are_those_of_the_pages_of_2018(name: str) -> None:
    found = real("ZXHIL_DOCS_2018", name)
    numbers = Counter(len(each.facts) for each in found.conditions)
    assert set(numbers) <= {1}, [c.text for c in found.conditions if len(c.facts) != 1]
    later = {f"{clause.id}".removeprefix(f"{name}/") for clause, _ in load(name).later}
    assert [clause for clause in found.absent if clause not in later] == []


@pytest.mark.parametrize("name", [page.name for page in core_pages()])
def test_seeds_and_clauses_match_one_to_one(name: str) -> None:
    found = real("ZXHIL_SEEDS", name)
    assert {each.standing for each in found.conditions} == {Standing.MODELLED}
    assert [str(fact) for fact in found.unseen] == []
    assert found.absent == ()
