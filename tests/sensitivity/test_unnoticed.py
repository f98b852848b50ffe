"""One answer of the golden logs changed at a time: it is noticed, or it is listed why it can't be.

A sample: every kind of change, and a few of each. With ZXHIL_SENSITIVITY set (`tox -e
sensitivity`) all of them, on both architectures. tests/data/unnoticed.toml is the list.
"""

from __future__ import annotations

import os
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from changes import Change, changes
from golden_logs import ARCHS, of_standin
from zxhil.model.pages import core_pages

LIST = Path(__file__).resolve().parents[1] / "data" / "unnoticed.toml"
ENTRIES: list[dict[str, Any]] = tomllib.loads(LIST.read_text())["unnoticed"]
WHOLE = bool(os.environ.get("ZXHIL_SENSITIVITY"))
EVERY = 1 if WHOLE else 150
ENOUGH = 20
"""With fewer changes a fraction means nothing."""
FIVE = {page.name for page in core_pages()}


def noticed(change: Change) -> bool:
    return bool(change.case.judged({change.place: change.outcome}).divergences)


def listed(what: str) -> dict[str, Any] | None:
    return next((e for e in ENTRIES if fnmatchcase(what, e["what"])), None)


def chosen(arch: str) -> Iterator[Change]:
    """The first change of each kind, and every so many of the others."""
    kinds: set[str] = set()
    for number, change in enumerate(c for case in of_standin(arch) for c in changes(case)):
        if number % EVERY == 0 or change.what not in kinds:
            kinds.add(change.what)
            yield change


@pytest.fixture(scope="module", params=ARCHS if WHOLE else ARCHS[:1])
def tried(request: pytest.FixtureRequest) -> list[tuple[Change, bool]]:
    """Each chosen change, and whether it was noticed."""
    return [(change, noticed(change)) for change in chosen(request.param)]


def test_every_change_is_noticed_or_listed(tried):
    missed: dict[str, str] = {}
    for change, was_noticed in tried:
        if not was_noticed and listed(change.what) is None:
            missed.setdefault(change.what, str(change))
    assert missed == {}


def test_no_more_go_unnoticed_than_the_list_allows(tried):
    of_entry: dict[str, Counter[bool]] = defaultdict(Counter)
    for change, was_noticed in tried:
        entry = listed(change.what)
        if entry is not None:
            of_entry[entry["what"]][was_noticed] += 1
    over = {}
    for entry in ENTRIES:
        counts = of_entry[entry["what"]]
        share = counts[False] / max(1, counts.total())
        if WHOLE and counts.total() >= ENOUGH and share > entry.get("most", 1.0):
            over[entry["what"]] = share
    assert over == {}


def test_every_entry_of_the_list_is_needed():
    waiting = {entry["what"]: entry for entry in ENTRIES}
    assert len(waiting) == len(ENTRIES)
    for change in (c for case in of_standin(ARCHS[0]) for c in changes(case)):
        entry = listed(change.what)
        if entry is None or entry["what"] not in waiting or noticed(change):
            continue
        del waiting[entry["what"]]
        if not waiting:
            return
    assert not waiting, f"nothing goes unnoticed that these excuse: {sorted(waiting)}"


@pytest.mark.parametrize("arch", ARCHS if WHOLE else ARCHS[:1])
def test_every_changed_status_of_the_five_pages_blames_its_call_first(arch):
    """By a sentence of its own page, and as the call that broke it.

    The one older call that may be named is the accept before a share, by the sentence on the
    share's page that says what an accept does.
    """
    wrong = {}
    for change in (c for case in of_standin(arch) for c in changes(case)):
        page = change.what.partition(" ")[0]
        if page not in FIVE or change.output != "status":
            continue
        for first in change.case.judged({change.place: change.outcome}).divergences[:1]:
            of_call = first.blamed_call == change.place
            of_accept = first.blamed[0] == "socket_share/one_deep"
            own = first.blamed[0].partition("/")[0] == page
            if not own or not (of_call or of_accept):
                wrong[str(change)] = first.blamed
    assert wrong == {}
