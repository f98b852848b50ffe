"""One answer of a real kernel changed at a time: it is noticed, or it is listed why it can't be.

A sample: the first change of some kinds on x64. With ZXHIL_SENSITIVITY set (`tox -e
sensitivity`) one of each kind on both architectures, and several of those that are listed.
tests/data/unnoticed_real.toml is the list, with that of the stand-in's logs.
"""

from __future__ import annotations

import os
import tomllib
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from changes import Change, changes
from golden_logs import ARCHS, read, real

DATA = Path(__file__).resolve().parents[1] / "data"
SHARED: list[dict[str, Any]]
ENTRIES: list[dict[str, Any]]
SHARED, ENTRIES = (
    tomllib.loads((DATA / name).read_text())["unnoticed"]
    for name in ("unnoticed.toml", "unnoticed_real.toml")
)
WHOLE = bool(os.environ.get("ZXHIL_SENSITIVITY"))
#: One kind of change of so many is tried, and of a kind that is listed so many.
KINDS, OF_A_KIND = (1, 12) if WHOLE else (6, 1)
ENOUGH = 10
"""With fewer changes a fraction means nothing."""


def listed(what: str, entries: list[dict[str, Any]]) -> dict[str, Any] | None:
    return next((e for e in entries if fnmatchcase(what, e["what"])), None)


def chosen(arch: str) -> Iterator[Change]:
    """Always the same ones of a kind, whatever the others are."""
    left: dict[str, int] = {}
    for change in (c for case in read(arch, real(arch).read_bytes()) for c in changes(case)):
        what = change.what
        if what not in left:
            of_list = listed(what, SHARED) is None and listed(what, ENTRIES) is not None
            tried = crc32(what.encode()) % KINDS == 0
            left[what] = tried * (OF_A_KIND if of_list else 1)
        if left[what]:
            left[what] -= 1
            yield change


@pytest.fixture(scope="module")
def tried() -> list[tuple[Change, bool]]:
    """Each chosen change, and whether it was noticed."""
    return [
        (change, bool(change.case.judged({change.place: change.outcome}).divergences))
        for arch in (ARCHS if WHOLE else ARCHS[:1])
        for change in chosen(arch)
    ]


def test_every_change_is_noticed_or_listed(tried):
    missed: dict[str, str] = {}
    for change, noticed in tried:
        if not noticed and listed(change.what, SHARED + ENTRIES) is None:
            missed.setdefault(change.what, str(change))
    assert len(tried) > 300
    assert missed == {}


if WHOLE:  # A sample says nothing of entries that it has not.

    def test_every_entry_is_needed_and_no_more_go_unnoticed_than_it_allows(tried):
        of_entry: dict[str, Counter[bool]] = {entry["what"]: Counter() for entry in ENTRIES}
        for change, noticed in tried:
            entry = listed(change.what, ENTRIES)
            if entry is not None and listed(change.what, SHARED) is None:
                of_entry[entry["what"]][noticed] += 1
        assert [what for what, counts in of_entry.items() if not counts[False]] == []
        shares = {e["what"]: e.get("most", 1.0) for e in ENTRIES}
        over = {
            what: counts[False] / counts.total()
            for what, counts in of_entry.items()
            if counts.total() >= ENOUGH and counts[False] / counts.total() > shares[what]
        }
        assert over == {}
