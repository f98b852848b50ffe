"""A report says which divergences rest on sentences that are younger than the kernel."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace

from html_reader import shown
from run_builders import case, failed, kernel, run
from zxhil.report.html import html_report
from zxhil.report.junit import junit_xml
from zxhil.report.saved import report_json
from zxhil.report.terminal import terminal_report
from zxhil.run.record import run_from_json

YOUNG = "channel_write/discarded_on_failure"  # 2018-06-19
NOTE = "divergences from sentences newer than this kernel: 1 of 2"


def report(latest: int, **more: object):
    record = replace(kernel(), earliest=20180220, latest=latest, age_why="by x", **more)
    bad = [failed("channel_write/a", YOUNG), failed("channel_write/b", "channel_write/peer_closed")]
    return run(*bad, case(), kernels=[record])


def test_the_terminal_counts_them_and_says_how_old_the_kernel_is() -> None:
    text = terminal_report(report(20180618))
    assert f"x64: {NOTE}" in text
    assert "x64: kernel date: 2018-02-20 to 2018-06-18 (by x)" in text


def test_a_sentence_of_the_kernels_last_day_is_not_younger() -> None:
    assert "younger" not in terminal_report(report(20180619))
    assert "younger" not in terminal_report(report(99999999))


def test_a_sentence_that_came_between_the_kernels_first_and_last_day_is_counted_apart() -> None:
    note = "divergences from sentences that may be newer than this kernel: 1 of 2; give its date"
    assert note in terminal_report(report(20180619))
    assert NOTE not in terminal_report(report(20180619))
    assert "may be newer" not in terminal_report(report(20180618))
    assert "may be newer" not in terminal_report(report(20180619, standin=True))


def test_html_and_junit_have_it_too() -> None:
    assert NOTE in html_report(shown(report(20180618)))
    notes = ET.fromstring(junit_xml(report(20180618))).findall(".//property[@name='age']")
    assert NOTE in [each.get("value") for each in notes]


def test_json_has_the_day_of_each_sentence_and_can_be_read_again() -> None:
    made = report(20180618, unsure=("resource_create",), age_doubt="no")
    data = json.loads(json.dumps(report_json(made)))
    assert data["kernels"][0]["younger"] == 1
    days = [d.get("since") for c in data["cases"] for d in c["divergences"]]
    assert days == ["2018-06-19", None]
    assert run_from_json(data).kernels == made.kernels
    assert "zx_resource_create takes different arguments" in terminal_report(made)
