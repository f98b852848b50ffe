"""The HTML and Markdown reports, and what they are made from."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner
from run_builders import call, case, divergence, failed, kernel, run

from harness.cli.report import command
from harness.docs.parse import parse_tree
from harness.errors import UserError
from harness.model.judge import VerdictKind
from harness.oracle.results import CaseEndKind, CaseResult
from harness.report.board import EFFECTS, UNLISTED, Board, Mark, Sheet, board, together, unplaced
from harness.report.excerpt import SerialLogs
from harness.report.html import html_report
from harness.report.html_style import FILTERS, SCRIPT, SIGNS, style
from harness.report.htmlnode import el, join, text
from harness.report.markdown import escaped, markdown_report
from harness.report.runs import LabelledRun, label_runs
from harness.run.record import RunReport, run_json

EVIL = "<script>alert(1)</script>\"'&\x00\x1b[31m\u202e</details>"
VOID = {"meta", "input", "br"}
PAGE = """# zx_channel_write

## SYNOPSIS

```
zx_status_t zx_channel_write(zx_handle_t handle);
```

## ERRORS

**ZX_ERR_BAD_HANDLE**  *handle* is not a valid handle.

**ZX_ERR_BAD_STATE**  The moon is full.
"""


def shown(*reports: RunReport, **rest: object) -> Board:
    return board(labelled(*reports), **rest)  # type: ignore[arg-type]


def labelled(*reports: RunReport) -> list[LabelledRun]:
    return label_runs([(Path(f"run{n}.json"), report) for n, report in enumerate(reports)])


class Reader(HTMLParser):
    """Checks that elements nest, and gathers texts, ids, links and tags."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.text += data

    def values(self, attribute: str) -> list[str]:
        return [str(attrs[attribute]) for _, attrs in self.tags if attribute in attrs]

    def classes(self, tag: str, name: str) -> list[list[str]]:
        found = [str(attrs.get("class", "")).split() for each, attrs in self.tags if each == tag]
        return [classes for classes in found if name in classes]


# ---- escaping


def test_everything_is_escaped_but_markup() -> None:
    made = el("p", EVIL, el("b", "x"), title=EVIL, hidden=True, id=None)
    assert made.count("<") == 4
    assert made.startswith("<p title=")
    assert " hidden>" in made
    assert "id=" not in made
    assert join("<", None, [el("br")], ("a", "&")) == "&lt;<br>a&amp;"


def test_what_can_not_be_printed_is_replaced() -> None:
    assert text("a\x1b\u202e\nb") == "a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}\nb"


def evil() -> RunReport:
    bad = failed(text=EVIL, status=EVIL)
    bad = replace(bad, detail=EVIL, evidence=EVIL)
    lost = case("channel_write/lost", CaseEndKind.PANIC, detail=EVIL, evidence=EVIL)
    calls = [call(status=EVIL, arguments=EVIL)]
    odd = case("channel_write/odd", calls=calls)
    return run(bad, lost, odd, kernels=[kernel(version=EVIL, image=EVIL)], interrupted=EVIL)


def test_a_kernel_can_not_break_out_of_the_page() -> None:
    page = html_report(shown(evil()))
    read = Reader(page)
    assert [tag for tag, _ in read.tags].count("script") == 1
    assert "alert(1)" in read.text
    assert not re.search("[\x00\x1b\u202e]", page)


def test_nothing_from_outside_and_no_script_but_ours() -> None:
    page = html_report(shown(evil()))
    read = Reader(page)
    assert not [t for t, _ in read.tags if t in ("link", "img", "iframe", "object", "base")]
    assert all(link.startswith("#") for link in read.values("href"))
    assert not [key for _, attrs in read.tags for key in attrs if key.startswith("on")]
    policy = next(c for c in read.values("content") if "default-src" in c)
    assert policy.startswith("default-src 'none';")
    for content in (style(), SCRIPT):
        assert content in page
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


# ---- the board


def line_marks(sheet: Sheet, clause: str) -> list[Mark]:
    return [cell.mark for line in sheet.lines if line.clause == clause for cell in line.cells]


def sheet_of(found: Board, name: str) -> Sheet:
    return next(sheet for sheet in found.sheets if sheet.name == name)


def test_runs_side_by_side() -> None:
    found = shown(run(case()), run(failed(arch="arm64")))
    assert [each.label for each in found.runs] == ["x64 git-50d20f11", "arm64 git-50d20f11"]
    sheet = sheet_of(found, "channel_write")
    assert line_marks(sheet, "channel_write/peer_closed") == [Mark.CONFORMS, Mark.DIVERGES]
    assert line_marks(sheet, "channel_write/bad_handle_entry") == [Mark.NOT_REACHED] * 2
    assert line_marks(sheet, "channel_write/no_memory") == [Mark.EXEMPT] * 2
    assert [mark for _, mark in sheet.marks("ZX_ERR_PEER_CLOSED")] == [Mark.CONFORMS, Mark.DIVERGES]


def test_runs_of_one_kernel_are_told_apart() -> None:
    labels = [each.label for each in labelled(run(case()), run(case()))]
    assert labels == ["x64 git-50d20f11 run0", "x64 git-50d20f11 run1"]
    same = label_runs([(Path("a/r.json"), run(case())), (Path("b/r.json"), run(case()))])
    assert len({each.label for each in same}) == 2
    (alone,) = labelled(run(case(), kernels=[]))
    assert alone.label == "x64 unknown"
    (stand_in,) = labelled(run(case(), kernels=[kernel(version="zxhil-standin-1")]))
    assert stand_in.label == "x64 stand-in"


def test_marks_taken_together() -> None:
    assert together([Mark.CONFORMS, Mark.EXEMPT]) is Mark.CONFORMS
    assert together([Mark.CONFORMS, Mark.NOT_REACHED]) is Mark.PARTLY
    assert together([Mark.CONFORMS, Mark.DIVERGES, Mark.NOT_REACHED]) is Mark.DIVERGES
    assert together([Mark.EXEMPT, Mark.NOT_MODELLED]) is Mark.NOT_MODELLED
    assert set(SIGNS) == set(Mark)
    assert len({sign for sign, _ in SIGNS.values()}) == len(Mark)


def test_what_is_blamed_on_the_list_itself_has_a_column() -> None:
    bad = failed(clause="channel_write/documented_errors", kind=VerdictKind.UNDOCUMENTED_ERROR)
    found = shown(run(bad))
    assert found.columns[:2] == (UNLISTED, EFFECTS)
    assert sheet_of(found, "channel_write").marks(UNLISTED)[0][1] is Mark.DIVERGES
    assert unplaced(found) == []


def test_a_divergence_that_has_no_line_is_shown_all_the_same() -> None:
    found = shown(run(failed(clause="channel_write/of_tomorrow")))
    assert len(unplaced(found)) == 1
    assert "of_tomorrow" in Reader(html_report(found)).text
    assert "on no line" in html_report(found)
    assert "blamed on no line" in markdown_report(found)


def test_pages_of_the_users_own(tmp_path: Path) -> None:
    (tmp_path / "channel_write.md").write_text(PAGE)
    (tmp_path / "widget_turn.md").write_text(PAGE.replace("channel_write", "widget_turn"))
    found = shown(run(case()), tree=parse_tree(tmp_path))
    sheet = sheet_of(found, "channel_write")
    lines = {line.clause: line for line in sheet.lines if line.clause}
    place = f"{tmp_path}/channel_write.md:11"
    assert lines["channel_write/bad_handle_handle"].said == (
        (place, "handle is not a valid handle"),
    )
    assert lines["channel_write/peer_closed"].note == "not on this page"
    moon = next(line for line in sheet.lines if line.sentence == "The moon is full")
    assert (moon.column, moon.cells[0].mark) == ("ZX_ERR_BAD_STATE", Mark.NOT_MODELLED)
    assert {c.mark for ln in sheet_of(found, "widget_turn").lines for c in ln.cells} == {
        Mark.NOT_MODELLED
    }


# ---- the page


def test_each_mark_has_words_and_each_link_its_place() -> None:
    found = shown(run(case(), failed()), run(case(arch="arm64")))
    read = Reader(html_report(found))
    ids = read.values("id")
    assert len(ids) == len(set(ids))
    assert {link.removeprefix("#") for link in read.values("href")} <= set(ids)
    signs = [attrs for tag, attrs in read.tags if "mark" in str(attrs.get("class", "")).split()]
    assert signs
    assert all(attrs.get("aria-label") for attrs in signs)


def test_what_is_not_modelled_is_so_for_all_kernels(tmp_path: Path) -> None:
    (tmp_path / "widget_turn.md").write_text(PAGE.replace("channel_write", "widget_turn"))
    found = shown(run(case()), run(case(arch="arm64")), tree=parse_tree(tmp_path))
    page = html_report(found)
    row = page[page.index("zx_widget_turn</a>") :].partition("</tr>")[0]
    assert row.count('class="mark none"') == 2  # two statuses


def _luminance(colour: str) -> float:
    full = colour if len(colour) == 6 else "".join(c * 2 for c in colour)
    parts = [int(full[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_can_be_told_from_their_ground(theme: str) -> None:
    roots = re.findall(r":root\{(.*?)\}", style().replace("\n", ""))
    colours = dict(re.findall(r"--(\w+):#([0-9a-f]+)", roots[theme == "dark"]))
    pairs = [("fore", "back"), ("dim", "back"), ("dim", "soft"), ("link", "back"), ("fore", "soft")]
    pairs += [(name, f"{name}back") for name in ("bad", "good", "part", "open")]
    pairs += [("dim", "badback"), ("fore", "badback"), ("bad", "back")]
    for ink, ground in pairs:
        light, dark = sorted((_luminance(colours[ink]), _luminance(colours[ground])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (theme, ink, ground)


def test_another_kernel_than_was_meant_is_told() -> None:
    other = replace(kernel(), expected="git-of-yesterday")
    assert "another kernel ran" in Reader(html_report(shown(run(case(), kernels=[other])))).text


def test_filters_are_style_sheet_alone() -> None:
    found = shown(run(case(), failed()))
    page = html_report(found)
    read = Reader(page)
    bad = [classes for classes in read.classes("details", "row") if "has-bad" in classes]
    assert len(bad) == 1
    assert "#f-bad:checked~main .filtered:not(.has-bad){display:none}" in page
    assert [v for v in read.values("id") if v.startswith("f-")] == [f"f-{f[0]}" for f in FILTERS]
    # a sibling selector reaches only what comes after the inputs, in the same parent
    assert page.index('id="f-bad"') < page.index('class="filters"') < page.index("<main>")


def many(calls: int, odd: Sequence[int] = ()) -> CaseResult:
    made = [call(arguments=f"handle=<{n:#x} channel>") for n in range(calls)]
    for at in odd:
        made[at] = call(arguments="options=all")
    return case(calls=made)


def test_calls_that_differ_in_numbers_only_stand_for_each_other() -> None:
    read = Reader(html_report(shown(run(many(60)))))
    assert read.text.count("zx_channel_write(handle=") == 2
    assert "58 more calls like it" in read.text
    read = Reader(html_report(shown(run(many(60, [30])))))
    assert read.text.count("zx_channel_write(") == 5
    assert "28 more calls like it" in read.text
    assert "27 more calls like it" in read.text


def test_the_call_that_diverges_is_never_left_out() -> None:
    calls = [call(arguments=f"handle=<{n:#x} channel>") for n in range(9)]
    calls[5] = call(status="ZX_ERR_BAD_STATE", verdict=VerdictKind.WRONG_ERROR)
    bad = case(end=CaseEndKind.FAILED, divergences=[divergence(index=5)], calls=calls)
    read = Reader(html_report(shown(run(bad))))
    assert "seen here" in read.text
    assert "ZX_ERR_BAD_STATE" in read.text
    assert "allowed: ZX_OK" in read.text


def test_calls_that_diverge_or_are_to_blame_stand_alone() -> None:
    calls = list(many(12).calls)
    seen = replace(divergence(index=9), blamed_call=5)
    read = Reader(
        html_report(shown(run(case(end=CaseEndKind.FAILED, divergences=[seen], calls=calls))))
    )
    assert "promised here" in read.text
    assert "seen here" in read.text
    calls[5] = replace(calls[5], verdict=VerdictKind.WRONG_ERROR)
    read = Reader(html_report(shown(run(case(calls=calls)))))
    assert "<0x5 channel>" in read.text


def test_a_case_is_shown_once_and_led_to_from_elsewhere() -> None:
    both = case(reached=("channel_write/peer_closed", "channel_write/wrong_type"))
    read = Reader(html_report(shown(run(both))))
    assert read.text.count("zx_channel_write(") == 1
    assert read.values("href").count("#case-0") == 1


def test_what_never_ended_is_told() -> None:
    gone = case("channel_write/gone", CaseEndKind.PANIC, detail="it fell", evidence="KERNEL PANIC")
    idle = case("channel_write/idle", CaseEndKind.VACUOUS, detail="never there", reached=())
    text_ = Reader(html_report(shown(run(gone, idle)))).text
    for word in ("it fell", "KERNEL PANIC", "never there", "1 machine or kernel faults"):
        assert word in text_
    assert "never there" in markdown_report(shown(run(gone, idle)))


def test_the_stand_in_is_not_called_zircon() -> None:
    found = shown(run(case(), kernels=[kernel(version="zxhil-standin-1")]))
    assert "stand-in kernel, not Zircon" in Reader(html_report(found)).text
    assert "stand-in kernel, not Zircon" in markdown_report(found)


# ---- serial lines


def serial(folder: Path) -> None:
    (folder / "x64-channel_write.serial").write_bytes(
        b"hello\r\n"
        b"~00106B0 other00000000\r\n"
        b"~00204C0 100000000\r\n"
        b"~00307B1 bad1a2b3c4d\r\n"
        b"~00404C0 200000000\r\n"
        b"noise \xff\x1b\r\n"
        b"~00503R000000000\r\n"
        b"~00602E100000000\r\n"
    )


def test_serial_lines_of_a_call(tmp_path: Path) -> None:
    serial(tmp_path)
    content = (tmp_path / "x64-channel_write.serial").read_bytes()
    at = content.index(b"~00404C")
    bad = failed()
    bad = replace(bad, calls=(bad.calls[0].__class__("zx_x()", "S", bad.calls[0].verdict, (), at),))
    (ran,) = labelled(run(bad))
    lines = SerialLogs(tmp_path).lines(ran, bad, 0)
    assert lines[0] == "~00404C0 200000000"
    assert lines[1] == "noise \\xff\x1b"
    assert len(lines) == 4
    page = html_report(shown(run(bad)), {ran.label: SerialLogs(tmp_path)})
    assert "~00404C0 200000000" in page
    assert "\x1b" not in page


def test_no_serial_lines_of_another_case(tmp_path: Path) -> None:
    serial(tmp_path)
    (ran,) = labelled(run(failed()))
    early = replace(failed(), calls=(replace(failed().calls[0], offset=31),))
    assert SerialLogs(tmp_path).lines(ran, early, 0) == ()
    amid = replace(failed(), calls=(replace(failed().calls[0], offset=70),))
    assert SerialLogs(tmp_path).lines(ran, amid, 0) == ()
    assert SerialLogs(tmp_path / "none").lines(ran, early, 0) == ()


# ---- Markdown


def test_markdown_takes_nothing_as_markup() -> None:
    told = markdown_report(shown(evil()))
    assert "<script>" not in re.sub(r"(?s)```.*?```", "", told).replace("\\<script\\>", "")
    assert not re.search("[\x00\x1b\u202e]", told)
    assert escaped("a_b|<c>\n`d`") == "a\\_b\\|\\<c\\>\N{REPLACEMENT CHARACTER}\\`d\\`"


def test_markdown_stays_within_its_limit() -> None:
    clauses = ["peer_closed", "wrong_type", "bad_handle_entry", "not_supported_self"]
    cases = [failed(f"channel_write/c{n}", f"channel_write/{c}") for n, c in enumerate(clauses)]
    whole = markdown_report(shown(run(*cases)))
    assert whole.count("<details>") == 4
    cut = markdown_report(shown(run(*cases)), limit=len(whole) - 500)
    assert 0 < cut.count("<details>") < 4
    assert "more kinds of divergence" in cut
    assert len(cut) < len(whole) - 400


def test_a_fence_is_longer_than_what_it_holds() -> None:
    told = markdown_report(shown(run(failed(status="````"))))
    assert "\n`````\n" in told


# ---- the command


def invoke(*arguments: str) -> str:
    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_the_command_writes_both(tmp_path: Path) -> None:
    saved = tmp_path / "run.json"
    saved.write_text(json.dumps(run_json(run(case(), failed()))))
    invoke(str(saved), "--html", str(tmp_path / "r.html"), "--markdown", str(tmp_path / "r.md"))
    assert Reader((tmp_path / "r.html").read_text()).tags
    assert "divergences" in (tmp_path / "r.md").read_text()


def test_the_command_refuses_what_makes_no_sense(tmp_path: Path) -> None:
    saved = tmp_path / "run.json"
    saved.write_text(json.dumps(run_json(run(case()))))
    html = ["--html", str(tmp_path / "r.html")]
    for arguments in (
        [str(saved)],
        [str(saved), *html, "--logs", str(tmp_path), "--logs", str(tmp_path)],
        [str(saved), *html, "--logs", str(tmp_path / "none")],
        [str(saved), *html, "--docs", str(tmp_path / "none")],
        [str(tmp_path / "none.json"), *html],
    ):
        with pytest.raises(UserError):
            invoke(*arguments)
    assert not (tmp_path / "r.html").exists()
