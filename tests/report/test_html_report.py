"""The HTML report."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from html_reader import EVIL, PAGE, Reader, evil, labelled, shown
from run_builders import call, case, divergence, failed, kernel, run
from zxhil.docs.parse import parse_tree
from zxhil.model.judge import VerdictKind
from zxhil.oracle.results import CaseEndKind, CaseResult
from zxhil.report.excerpt import SerialLogs
from zxhil.report.html import html_report
from zxhil.report.html_style import FILTERS, SCRIPT, style
from zxhil.report.htmlnode import el, join, text
from zxhil.report.markdown import markdown_report


def test_everything_is_escaped_but_markup() -> None:
    made = el("p", EVIL, el("b", "x"), title=EVIL, hidden=True, id=None)
    assert made.count("<") == 4
    assert made.startswith("<p title=")
    assert " hidden>" in made
    assert "id=" not in made
    assert join("<", None, [el("br")], ("a", "&")) == "&lt;<br>a&amp;"


def test_unprintable_characters_are_replaced() -> None:
    assert text("a\x1b\u202e\nb") == "a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}\nb"


def test_a_kernel_can_not_break_out_of_the_page() -> None:
    page = html_report(shown(evil()))
    read = Reader(page)
    assert [tag for tag, _ in read.tags].count("script") == 1
    assert "alert(1)" in read.text
    assert not re.search("[\x00\x1b\u202e]", page)


@pytest.mark.parametrize("prefix", ["git-", "zxhil-standin-"])
def test_title_has_short_hashes(prefix: str) -> None:
    ran = run(case(), kernels=[kernel(version=f"{prefix}{'0123456789' * 4}")])
    title = re.search("<title>(.*)</title>", html_report(shown(ran)))
    assert title is not None
    assert f"{prefix}01234567, x64" in title[1]


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


def test_not_modelled_applies_to_all_kernels(tmp_path: Path) -> None:
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
def test_colors_have_enough_contrast(theme: str) -> None:
    roots = re.findall(r":root\{(.*?)\}", style().replace("\n", ""))
    colours = dict(re.findall(r"--(\w+):#([0-9a-f]+)", roots[theme == "dark"]))
    pairs = [("fore", "back"), ("dim", "back"), ("dim", "soft"), ("link", "back"), ("fore", "soft")]
    pairs += [(name, f"{name}back") for name in ("bad", "good", "part", "open")]
    pairs += [("dim", "badback"), ("fore", "badback"), ("bad", "back"), ("part", "back")]
    for ink, ground in pairs:
        light, dark = sorted((_luminance(colours[ink]), _luminance(colours[ground])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (theme, ink, ground)


def test_another_kernel_than_was_meant_is_reported() -> None:
    other = replace(kernel(), expected="git-of-yesterday")
    assert "a different kernel ran" in Reader(html_report(shown(run(case(), kernels=[other])))).text


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
    assert "58 more such calls" in read.text
    read = Reader(html_report(shown(run(many(60, [30])))))
    assert read.text.count("zx_channel_write(") == 5
    assert "28 more such calls" in read.text
    assert "27 more such calls" in read.text


def test_the_call_that_diverges_is_never_left_out() -> None:
    calls = [call(arguments=f"handle=<{n:#x} channel>") for n in range(9)]
    calls[5] = call(status="ZX_ERR_BAD_STATE", verdict=VerdictKind.WRONG_ERROR)
    bad = case(end=CaseEndKind.FAILED, divergences=[divergence(index=5)], calls=calls)
    read = Reader(html_report(shown(run(bad))))
    assert "observed here" in read.text
    assert "ZX_ERR_BAD_STATE" in read.text
    assert "allowed: ZX_OK" in read.text


def test_calls_that_diverge_or_are_to_blame_stand_alone() -> None:
    calls = list(many(12).calls)
    seen = replace(divergence(index=9), blamed_call=5)
    read = Reader(
        html_report(shown(run(case(end=CaseEndKind.FAILED, divergences=[seen], calls=calls))))
    )
    assert "broken here" in read.text
    assert "observed here" in read.text
    calls[5] = replace(calls[5], verdict=VerdictKind.WRONG_ERROR)
    read = Reader(html_report(shown(run(case(calls=calls)))))
    assert "<0x5 channel>" in read.text


def test_case_is_shown_once_and_linked_from_elsewhere() -> None:
    both = case(reached=("channel_write/peer_closed", "channel_write/wrong_type"))
    read = Reader(html_report(shown(run(both))))
    assert read.text.count("zx_channel_write(") == 1
    assert read.values("href").count("#case-0") == 1


def test_unfinished_case_is_reported() -> None:
    gone = case("channel_write/gone", CaseEndKind.PANIC, detail="it fell", evidence="KERNEL PANIC")
    idle = case("channel_write/idle", CaseEndKind.VACUOUS, detail="never there", reached=())
    text_ = Reader(html_report(shown(run(gone, idle)))).text
    for word in ("it fell", "KERNEL PANIC", "never there", "1 machine or kernel fault;"):
        assert word in text_
    assert "never there" in markdown_report(shown(run(gone, idle)))


def test_standin_is_never_called_zircon() -> None:
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
    assert lines[1] == "noise \\xff\\x1b", "no control sequence of a guest gets out of its log"
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
