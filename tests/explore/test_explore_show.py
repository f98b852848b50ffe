"""The live display of an exploration."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

from zxhil.explore.coverage import ModelCoverage
from zxhil.explore.findings import ExploreFinding, FindingKey
from zxhil.explore.program import parse
from zxhil.explore.session import ExploreProgress
from zxhil.explore.show import Display

KEY = FindingKey("event_create", "event_create/created", "undocumented error")


def exploration() -> Any:
    coverage = ModelCoverage()
    coverage.counts.update(["clause a/b", "clause a/c", "pair a/b a/c"])
    progress = ExploreProgress(rounds=1, calls=5000, boots=3, seconds=2.0)
    return SimpleNamespace(
        progress=progress, coverage=coverage, corpus=SimpleNamespace(programs=[1, 2])
    )


def test_line_of_a_round_begins_with_calls_rate_and_findings():
    stream, explored = io.StringIO(), exploration()
    display = Display(stream, live=False)
    display.update(explored)
    program = parse("r0 = event_create(options=0)")
    explored.progress.findings[KEY] = ExploreFinding(KEY, program, "", (), True)
    display.update(explored)
    assert len(stream.getvalue().splitlines()) == 2, "the round is not over"
    explored.progress.rounds += 1
    display.update(explored)
    lines = stream.getvalue().splitlines()
    assert lines[0].startswith("5000 calls, 2500 calls/s, 0 findings; 2 clauses, 1 pairs, ")
    assert lines[1] == "1. undocumented error: zx_event_create (event_create/created)"
    assert lines[2].startswith("5000 calls, 2500 calls/s, 1 finding; ")
    assert len(lines) == 3


def test_live_display_draws_over_its_line(monkeypatch: Any):
    monkeypatch.setenv("COLUMNS", "60")
    stream = io.StringIO()
    display = Display(stream, live=True)
    display.update(exploration())
    display.close()
    drawn = [each for each in stream.getvalue().split("\x1b[1F\x1b[J") if "5000" in each]
    assert drawn[0].startswith("5000 calls, 2500 calls/s, 0 findings; 2 clauses")
    assert len(drawn[0].rstrip("\n")) <= 60
