"""The Markdown report."""

from __future__ import annotations

import re

from html_reader import evil, shown
from run_builders import failed, run
from zxhil.report.markdown import escaped, markdown_report


def test_markdown_takes_nothing_as_markup() -> None:
    reported = markdown_report(shown(evil()))
    assert "<script>" not in re.sub(r"(?s)```.*?```", "", reported).replace("\\<script\\>", "")
    assert not re.search("[\x00\x1b\u202e]", reported)
    assert escaped("a_b|<c>\n`d`") == "a\\_b\\|\\<c\\>\N{REPLACEMENT CHARACTER}\\`d\\`"


def test_markdown_stays_within_its_limit() -> None:
    clauses = ["peer_closed", "wrong_type", "bad_handle_entry", "not_supported_self"]
    cases = [failed(f"channel_write/c{n}", f"channel_write/{c}") for n, c in enumerate(clauses)]
    whole = markdown_report(shown(run(*cases)))
    assert whole.count("<details>") == 4
    cut = markdown_report(shown(run(*cases)), limit=len(whole) - 500)
    assert 0 < cut.count("<details>") < 4
    assert "more groups of divergences" in cut
    assert len(cut) < len(whole) - 400


def test_fence_is_longer_than_any_in_its_content() -> None:
    reported = markdown_report(shown(run(failed(status="````"))))
    assert "\n`````\n" in reported
