"""The static site: everything is there without a script, and nothing of a kernel is markup."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from history_generated import generate
from history_made import CLAUSE, fill, saved
from run_builders import case, failed
from zxhil.errors import UserError
from zxhil.history.drawing import strip
from zxhil.history.kernels import KeptKernel
from zxhil.history.site import pages, write_site
from zxhil.history.standing import ClauseStanding
from zxhil.history.store import open_history
from zxhil.model.since import SINCE
from zxhil.oracle.results import CaseEndKind
from zxhil.report.verdict import ClauseVerdict

EVIL = "<script>alert(1)</script>\"'&\u202e\x1b]0;x\x07"
PAGE = "clause-channel_write-peer_closed.html"


class Links(HTMLParser):
    """The links, elements, and text of a page."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.links: list[str] = []
        self.names: list[str] = []
        self.attributes: list[str] = []
        self.text = ""
        self.feed(content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        for name, value in attrs:
            self.attributes.append(name)
            if name == "href":
                self.links.append(value or "")

    def handle_data(self, data: str) -> None:
        self.text += data


def site(path: Path) -> dict[str, bytes]:
    with open_history(path) as history, history.reading():
        return dict(pages(history))


def versions(number: int) -> str:
    return f"git-{number:040x}"


@pytest.fixture
def made(tmp_path: Path) -> Mapping[str, bytes]:
    evidence = "panic (caller 0x12 frame 0x99): ASSERT FAILED at (a.cpp:12): x\n"
    panic = case("a/b", CaseEndKind.PANIC, reached=(), detail="it panicked", evidence=evidence)
    runs = [
        ("2018-01-01", saved(case("channel_write/bad"), version=versions(1))),
        ("2018-02-01", saved(failed(), panic, began=1, version=versions(2))),
    ]
    return site(fill(tmp_path / "history.db", runs))


def test_overview_links_each_clause_and_crash_and_every_link_leads_somewhere(
    made: Mapping[str, bytes],
) -> None:
    assert PAGE in made
    assert [name for name in made if name.startswith("crash-")] == ["crash-1.html"]
    overview = Links(made["index.html"])
    assert {name for name in made if name.startswith(("clause-", "crash-"))} <= set(overview.links)
    for content in made.values():
        assert set(Links(content).links) <= made.keys()


def test_clause_page_says_from_when_to_when(made: Mapping[str, bytes]) -> None:
    text = Links(made[PAGE]).text
    assert re.search(r"conforms.*2018-01-01.*diverges.*2018-02-01", text, re.DOTALL)
    assert "wrong error: seen this" in text


def test_crash_page_has_its_cases_and_details(made: Mapping[str, bytes]) -> None:
    text = Links(made["crash-1.html"]).text
    assert "ASSERT FAILED at (a.cpp): x" in text
    assert "a/b: 1 run" in text
    assert "it panicked" in text


def test_kernel_whose_pages_did_not_state_the_clause_is_none_of_its(
    made: Mapping[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SINCE, CLAUSE, 20180115)
    with open_history(tmp_path / "history.db") as history, history.reading():
        later = dict(pages(history))
    assert "conforms" in Links(made[PAGE]).text
    assert "conforms" not in Links(later[PAGE]).text
    changed = rf"{CLAUSE}.*conforms.*2018-01-01.*diverges.*2018-02-01"
    assert not re.search(changed, Links(later["index.html"]).text)


def test_changes_are_on_the_overview(made: Mapping[str, bytes]) -> None:
    text = Links(made["index.html"]).text
    assert re.search(rf"{CLAUSE}.*conforms.*2018-01-01.*diverges.*2018-02-01", text)


def test_no_page_has_a_script_or_loads_anything(made: Mapping[str, bytes]) -> None:
    for content in made.values():
        page = Links(content)
        assert "script" not in page.names
        assert not {"src", "style", "onclick"} & set(page.attributes)
        assert b"default-src &#x27;none&#x27;" in content


def test_kernels_text_is_never_markup(tmp_path: Path) -> None:
    evil = "evil" + EVIL.replace("/", "|")
    bad = failed(text=evil)
    panic = case("a/b", CaseEndKind.PANIC, reached=(), detail=evil, evidence=f"*** {evil}\n")
    each = saved(bad, panic, version=evil)
    kernel = replace(each.report.kernels[0], image=evil)
    each = each._replace(report=replace(each.report, kernels=(kernel,)))
    db = fill(tmp_path / "history.db", [("2018-01-01", each)])
    with open_history(db) as history, history.writing():
        history.insert("UPDATE clause SET sentence = ?, name = name || ?", EVIL, EVIL)
        history.insert("UPDATE test_case SET name = ?", EVIL)
        history.insert("UPDATE kernel SET subject = ?, date = ?, arch = ?", EVIL, EVIL, EVIL)
    found = site(db)
    assert any("alert(1)" in Links(content).text for content in found.values())
    for name, content in found.items():
        assert re.fullmatch(r"[a-z0-9_.-]+", name)
        assert "script" not in Links(content).names
        assert "\u202e" not in content.decode()
        assert "\x1b" not in content.decode()


def test_site_is_the_same_each_time(tmp_path: Path) -> None:
    runs = [("2018-01-01", saved(case("channel_write/bad"), failed(arch="arm64")))]
    db = fill(tmp_path / "history.db", runs)
    assert site(db) == site(db)
    with open_history(db) as history, history.reading():
        number = write_site(history, tmp_path / "new" / "site")
    written = {path.name: path.read_bytes() for path in (tmp_path / "new" / "site").iterdir()}
    assert written == site(db)
    assert len(written) == number


def test_output_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    db = fill(tmp_path / "history.db", [("", saved(case()))])
    with open_history(db) as history, pytest.raises(UserError, match="can't be created"):
        write_site(history, db)


def kernel(number: int) -> KeptKernel:
    day = f"2018-01-{number + 1:02}"
    return KeptKernel(number, "x64", "", "", "", False, "", day, "", (1,), (1,), "", f"k{number}")


def test_equal_neighbours_of_a_strip_are_one_shape() -> None:
    good, bad = ClauseStanding(ClauseVerdict.CONFORMS), ClauseStanding(ClauseVerdict.DIVERGES)
    drawn = strip([kernel(n) for n in range(6)], [good, good, None, bad, bad, good], "label")
    shapes = re.findall(r'x="(\d+)" width="(\d+)".*?class="([^"]+)"><title>([^<]*)', drawn)
    assert shapes == [
        ("0", "2", "v-good", "conforms: k0 (2018-01-01) to k1 (2018-01-02)"),
        ("3", "2", "v-bad", "diverges: k3 (2018-01-04) to k4 (2018-01-05)"),
        ("5", "1", "v-good", "conforms: k5 (2018-01-06)"),
    ]


def test_page_of_a_clause_does_not_grow_with_the_kernels(tmp_path: Path) -> None:
    sizes = []
    for name, kernels in (("few", 400), ("many", 800)):
        db = tmp_path / name
        generate(db, kernels * 80, cases=60, most_clauses=20)
        found = site(db)
        sizes.append(max(len(c) for n, c in found.items() if n.startswith("clause-")))
    assert sizes[1] < 1.1 * sizes[0]
