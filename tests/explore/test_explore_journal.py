"""The journal of an exploration, and going on from it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from zxhil.errors import UserError
from zxhil.explore.corpus import Corpus
from zxhil.explore.findings import ExploreFinding, FindingKey
from zxhil.explore.journal import IDENTITY, Restored
from zxhil.explore.program import parse
from zxhil.explore.session import FINDING, ROUND, Exploration, finding_json
from zxhil.run.journal import Journal

PROGRAM = parse("r0 = event_create(options=0)")
KEY = FindingKey("event_create", "event_create/created", "undocumented error")
FOUND = ExploreFinding(KEY, PROGRAM, "zx_event_create …", ("call\n= ZX_OK",), True, original=7)
IDENTITY_OF = {"kernel": "k", "seed": 1}


def round_of(number: int, **changed: Any) -> dict[str, Any]:
    usual = {
        "number": number,
        "calls": 100,
        "programs": 9,
        "boots": 1,
        "lost": 0,
        "seconds": 2.5,
        "making": 1.0,
        "counts": {"new": [f"clause a/{number}"], "times": [1] * number},
        "aims": {"new": [], "times": []},
        "corpus": [PROGRAM.text],
        "known": [["fifo_read", "fifo_read/x", "wrong error", False, 3]],
        "again": [],
    }
    return {**usual, **changed}


def exploration() -> Exploration:
    # Nothing runs here.
    return Exploration(None, 1, Corpus(), None)  # type: ignore[arg-type]


def write(folder: Path, *lines: tuple[str, dict[str, Any]]) -> None:
    with Journal(folder) as journal:
        for kind, content in lines:
            journal.write(kind, content)


def test_exploration_goes_on_from_its_journal(tmp_path: Path):
    again = [["event_create", "event_create/created", "undocumented error", False, 4]]
    rounds = [(ROUND, round_of(1)), (ROUND, round_of(2, again=again))]
    write(tmp_path, (IDENTITY, IDENTITY_OF), (FINDING, finding_json(FOUND)), *rounds)
    restored, found = Restored(tmp_path), exploration()
    restored.check(IDENTITY_OF)
    restored.into(found)
    progress = found.progress
    assert (progress.rounds, progress.calls, progress.seconds) == (2, 200, 2.5)
    assert progress.findings == {KEY: replace(FOUND, seen=5)}
    assert progress.known.total() == 6
    assert found.coverage.of("clause") == 2
    assert [program.text for program in found.corpus.programs] == [PROGRAM.text]


def test_exploration_of_another_kernel_is_refused(tmp_path: Path):
    write(tmp_path, (IDENTITY, IDENTITY_OF))
    with pytest.raises(UserError, match="was begun with seed 1, not 2"):
        Restored(tmp_path).check({"kernel": "k", "seed": 2})


@pytest.mark.parametrize("programs", [0, "20", 1 << 40])
def test_round_of_an_impossible_size_is_refused(tmp_path: Path, programs: Any):
    write(tmp_path, (IDENTITY, {**IDENTITY_OF, "programs": programs}))
    with pytest.raises(UserError, match="programs in a round"):
        _ = Restored(tmp_path).programs


def test_journal_of_a_run_is_refused(tmp_path: Path):
    write(tmp_path, ("whole", {"whole": True}))
    with pytest.raises(UserError, match="is not the log folder of an exploration"):
        Restored(tmp_path)


@pytest.mark.parametrize(
    "changed",
    [
        {"calls": "many"},
        {"corpus": ["r0 = nothing()"]},
        {"known": [1]},
        {"counts": None},
        {"counts": {"new": ["clause a/1"], "times": []}},
        {"counts": {"new": ["clause a/1"], "times": [-1]}},
    ],
)
def test_line_of_another_shape_is_refused(tmp_path: Path, changed: dict[str, Any]):
    write(tmp_path, (IDENTITY, IDENTITY_OF), (ROUND, round_of(1, **changed)))
    with pytest.raises(UserError):
        Restored(tmp_path).into(exploration())
