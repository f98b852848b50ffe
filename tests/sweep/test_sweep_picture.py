"""The picture of a sweep: what it shows, and that it is an image of its own."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

from zxhil.history.kernels import KeptKernel
from zxhil.history.standing import ClauseStanding, KeptClause
from zxhil.history.timeline import Timeline
from zxhil.report.verdict import ClauseVerdict
from zxhil.sweep.picture import WIDTH, drawn

_NS = "{http://www.w3.org/2000/svg}"
OK, BAD, NONE = ClauseVerdict.CONFORMS, ClauseVerdict.DIVERGES, ClauseVerdict.NOT_REACHED


def timeline(rows: dict[str, str], arches: tuple[str, ...] = ("x64",)) -> Timeline:
    """Clauses by name; each letter is a kernel: + conforms, - diverges, 0 undecided."""
    words = {"+": OK, "-": BAD, "0": NONE, "k": ClauseVerdict.KNOWN}
    count = len(next(iter(rows.values())))
    lines, standings = {}, {}
    clauses = [KeptClause(n, "page", name, "", "") for n, name in enumerate(rows)]
    for place, arch in enumerate(arches):
        kernels = []
        for at in range(count):
            kernel = KeptKernel(
                100 * place + at, arch, "v", "i", "", False, "", f"2018-{at + 1:02}-15", "", (1,),
                (1,), "", f"k{at}",
            )  # fmt: skip
            kernels.append(kernel)
            standings[kernel.id] = {
                n: ClauseStanding(words[row[at]]) for n, row in enumerate(rows.values())
            }
        lines[arch] = kernels
    return Timeline(lines, clauses, standings)


def picture(made: Timeline, title: str = "T", *, whole: bool = True) -> str:
    return drawn(made, made.changes(), title, whole=whole)


def texts(svg: str) -> list[str]:
    return [each.text or "" for each in ET.fromstring(svg).iter(f"{_NS}text")]


def test_changed_sentences_are_rows_and_the_others_are_counted() -> None:
    svg = picture(timeline({"fixed": "-0+", "kept": "+++", "never": "k--", "open": "000"}))
    shown = texts(svg)
    assert "page/fixed" in shown
    assert not {"page/kept", "page/never", "page/open"} & set(shown)
    assert "1 sentences whose verdict changed" not in shown
    assert "1 sentence whose verdict changed" in shown
    assert "and 1 that diverges on every kernel that decides it" in shown
    titles = [each.text for each in ET.fromstring(svg).iter(f"{_NS}title")]
    assert "2018-01-15 k0: diverges" in titles
    assert "2018-03-15 k2: conforms" in titles
    assert "2018-01-15 k0: 1 conforms" in titles
    assert "2018-01-15 k0: 2 diverges" in titles


def test_numbers_of_a_part_of_the_suite_are_not_drawn() -> None:
    made = timeline({"fixed": "-0+"})
    assert "2018-01" in texts(picture(made))
    shown = texts(picture(made, whole=False))
    assert "2018-01" not in shown
    assert "page/fixed" in shown


def test_months_are_inside_of_the_picture() -> None:
    """With many kernels the middle of a bar is nearer to the edge than half of a month's name."""
    for count in (2, 28, 200):
        svg = picture(timeline({"fixed": "-" + "+" * (count - 1)}))
        months = [each for each in ET.fromstring(svg).iter(f"{_NS}text") if each.get("text-anchor")]
        middles = [
            float(each.attrib["x"]) for each in months if (each.text or "").startswith("2018")
        ]
        assert middles
        assert all(30 <= middle <= WIDTH - 30 for middle in middles)


def test_lines_that_look_the_same_are_drawn_once() -> None:
    same = timeline({"a": "+-"}, ("x64", "arm64"))
    assert "Documented sentences on x64 and arm64" in texts(picture(same))
    other = replace(same, standings={**same.standings, 101: {0: ClauseStanding(OK)}})
    shown = texts(picture(other))
    assert {"Documented sentences on x64", "Documented sentences on arm64"} <= set(shown)


def test_everything_is_inside_of_the_picture_with_many_kernels() -> None:
    root = ET.fromstring(picture(timeline({"a" * 30: "+-" * 30})))
    height = float(root.attrib["viewBox"].split()[3])
    for each in root.iter(f"{_NS}rect"):
        if "x" in each.attrib:
            x, y, w, h = (float(each.attrib[name]) for name in ("x", "y", "width", "height"))
            assert x >= 0
            assert y >= 0
            assert w > 0
            assert x + w <= WIDTH
            assert y + h <= height


def test_kernel_of_another_name_is_escaped() -> None:
    made = timeline({"a": "+-"})
    kernels = [replace(kernel, label="<b>&") for kernel in made.lines["x64"]]
    assert "<b>" not in picture(replace(made, lines={"x64": kernels}), "T & U")
