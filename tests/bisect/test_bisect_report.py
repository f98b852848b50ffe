"""Reports: everything that was found is in them, and an HTML file needs nothing else."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import bisect_drive
import pytest
from bisect_drive import TARGET, bisect, repository
from bisect_histories import linear, merges
from zxhil.bisect.picture import draw, lanes_of
from zxhil.bisect.text import step_line


class Page(HTMLParser):
    """Collects the text of a page, and what it would load from elsewhere."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.loads: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [f"{tag} {key}" for key, _ in attrs if key in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bisect_drive.Ran, list[str]]:
    folder = tmp_path_factory.mktemp("report")
    history = repository(folder / "repo", linear(64), {40}, {31, 32})
    build = f"cat state; {bisect_drive.BUILD} || {{ echo state is broken >&2; exit 1; }}"
    target = ("--build", build, *TARGET[2:])
    ran = bisect(
        folder, "--repo", "repo", "--good", history.ids[0], "--bad", "main", *target,
        "--html", "out.html",
    )  # fmt: skip
    return folder, ran, list(history.ids)


def test_the_terminal_has_all(found: tuple[Path, bisect_drive.Ran, list[str]]) -> None:
    _, ran, ids = found
    for words in (
        f"first bad: {ids[40]}",
        "A Uthor <a@example.com>",
        "    change 40",
        "state  | 2 +-",
        "exit code\n    - 0\n    + 1",
        "change 39: 1 x good",
        "change 40: 1 x bad",
        "could not be judged:",
        "does not build (exit code 1)",
        "     | state is broken",
        "diff --git a/state b/state",
        "-good",
        "63 candidates",
    ):
        assert words in ran.output, words


def test_html_has_all_and_loads_nothing(
    found: tuple[Path, bisect_drive.Ran, list[str]],
) -> None:
    folder, ran, ids = found
    html = (folder / "out.html").read_text()
    page = Page(html)
    assert page.loads == []
    assert "url(" not in html
    for step in ran.result["steps"]:
        assert step["label"] in page.text
    for words in (ids[40][:12], "change 40", "state  | 2 +-", "does not build", "1 x good"):
        assert words in page.text
    assert f'title="{ids[40]}"' in html
    # On a narrow screen each cell has the title of its column.
    assert html.count('<td class="long" data-label="candidate">') == len(ran.tests)
    svg = ElementTree.fromstring(html[html.index("<svg") : html.index("</svg>") + 6])
    space = "{http://www.w3.org/2000/svg}"
    assert len(svg.findall(f"{space}rect")) == len(ran.tests)
    # One dot for each candidate and the old end, and one for each test.
    assert len(svg.findall(f"{space}circle")) == 63 + 1 + len(ran.tests)


def test_html_escapes_user_text(tmp_path: Path) -> None:
    history = repository(tmp_path / "repo", linear(4), {2})
    test = f"{bisect_drive.PROBE}; # <script>alert(1)</script>"
    target = (*TARGET[:4], "--when-command", test)
    ends = ("--good", history.ids[0], "--bad", "main")
    bisect(tmp_path, "--repo", "repo", *ends, *target, "--html", "o.html")
    html = (tmp_path / "o.html").read_text()
    assert "<script" not in html
    assert "&lt;script" in html


def test_reports_can_be_written_again(found: tuple[Path, bisect_drive.Ran, list[str]]) -> None:
    folder, ran, _ = found
    done = bisect_drive.zxhil(folder, "report", "--json", "again.json", "--html", "again.html")
    assert done.returncode == 0
    assert json.loads((folder / "again.json").read_text()) == ran.result
    assert (folder / "again.html").read_text() == (folder / "out.html").read_text()


def test_the_log_lists_every_test(found: tuple[Path, bisect_drive.Ran, list[str]]) -> None:
    folder, ran, _ = found
    lines = bisect_drive.zxhil(folder, "log").stdout
    assert len(re.findall(r"^ +\d+  ", lines, re.MULTILINE)) == len(ran.tests)
    assert lines.rstrip().endswith(f"found: {ran.result['names'][0]}")


def test_edges_never_cross_another_candidate() -> None:
    for seed in range(20):
        parents = merges(40, seed)
        lanes = lanes_of(parents)
        for child, of in enumerate(parents):
            for parent in of:
                if lanes[parent] == lanes[child]:
                    assert lanes[child] not in lanes[parent + 1 : child]
    assert lanes_of(linear(5)) == [0] * 5
    assert max(lanes_of([[], [0], [0], [1, 2]])) == 1


def test_a_large_range_is_a_strip() -> None:
    rows = [{"number": 1, "at": 500, "from": 0, "to": 999}]
    steps = [{"label": "x", "outcome": "good"}]
    reported = {
        "candidates": 1000,
        "parents": linear(1000),
        "verdicts": {"500": "good"},
        "suspects": [],
        "rows": rows,
    }
    svg = draw(reported, steps)
    assert len(svg) < 3000
    assert svg.count("<circle") == 2


def test_a_test_is_one_line_and_its_reason() -> None:
    step = {
        "number": 3, "outcome": "cannot tell", "cached": True, "build": 0.0, "test": 1.25,
        "overhead": 0.015, "label": "abc subject", "purpose": "narrow", "reason": "why\nmore",
        "evidence": "\n".join(["no", *"12345678", "\x1b[1mlast", ""]),
    }  # fmt: skip
    line = step_line(step)
    assert line.splitlines()[1] == "     why"
    assert line.splitlines()[2:] == [*(f"     | {n}" for n in "2345678"), "     | \\x1b[1mlast"]
    assert "last" not in step_line({**step, "outcome": "bad"})
    assert (
        "cached, test 1.2 s, overhead 0.01 s" in line
        or ("cached, test 1.2 s, overhead 0.02 s") in line
    )
