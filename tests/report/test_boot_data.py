"""What became of the image's own boot data is in every report."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

from html_reader import shown
from run_builders import case, kernel, run
from zxhil.report.html import html_report
from zxhil.report.junit import junit_xml
from zxhil.report.terminal import terminal_report
from zxhil.run.record import run_from_json, run_json

NOTE = "command line of the image kept: a=1; overridden: userboot=<x>"
REPORT = run(case(), kernels=[replace(kernel(), boot_data=(NOTE,))])


def test_the_terminal_names_it() -> None:
    assert f"x64: {NOTE}" in terminal_report(REPORT)


def test_html_names_it_and_escapes_it() -> None:
    page = html_report(shown(REPORT))
    assert NOTE.replace("<x>", "&lt;x&gt;") in page


def test_junit_has_it_as_a_property() -> None:
    found = ET.fromstring(junit_xml(REPORT)).findall(".//property[@name='boot data']")
    assert [each.get("value") for each in found] == [NOTE]


def test_json_keeps_it_and_older_reports_lack_it() -> None:
    data = run_json(REPORT)
    assert run_from_json(data).kernels[0].boot_data == (NOTE,)
    del data["kernels"][0]["boot_data"]
    assert run_from_json(data).kernels[0].boot_data == ()
