"""Real pages, which the project does not hold: folders named by environment variables.

ZXHIL_SEEDS: the five pages that the project was made for. ZXHIL_DOCS_2017, ZXHIL_DOCS_2018,
ZXHIL_DOCS_LATER: a `docs/syscalls` of that age. Content identifies a tree, and its numbers
are compared with the table; of a tree that is not in the table, all else is checked.
"""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path

import pytest
from docs_facts import check_places, summary, table, unsaid
from skips import NO_PAGES
from zxhil.abi.status import Status
from zxhil.docs.page import DocPage, DocTree, Form, Stated
from zxhil.docs.parse import parse_tree

# (status, its line, the line of each of its conditions)
SEEDS: dict[str, tuple[Form, list[tuple[str, int, list[int]]]]] = {
    "object_set_cookie": (
        Form.TABLE,
        [
            ("ZX_ERR_BAD_HANDLE", 52, [52, 52]),
            ("ZX_ERR_NOT_SUPPORTED", 54, [54]),
            ("ZX_ERR_ACCESS_DENIED", 56, [56, 57]),
        ],
    ),
    "channel_write_etc": (
        Form.RENDERED,
        [
            ("ZX_ERR_BAD_HANDLE", 62, [62, 62, 62]),
            ("ZX_ERR_WRONG_TYPE", 64, [64, 64]),
            ("ZX_ERR_INVALID_ARGS", 66, [66, 66, 66, 66, 66]),
            ("ZX_ERR_NOT_SUPPORTED", 68, [68]),
            ("ZX_ERR_ACCESS_DENIED", 70, [70, 70, 70]),
            ("ZX_ERR_PEER_CLOSED", 72, [72]),
            ("ZX_ERR_NO_MEMORY", 74, [74]),
            ("ZX_ERR_OUT_OF_RANGE", 76, [76, 76]),
        ],
    ),
    "socket_share": (
        Form.TABLE,
        [
            ("ZX_ERR_BAD_HANDLE", 44, [44, 44]),
            ("ZX_ERR_WRONG_TYPE", 46, [46, 46]),
            ("ZX_ERR_ACCESS_DENIED", 48, [48, 49]),
            ("ZX_ERR_BAD_STATE", 51, [51, 52, 52]),
            ("ZX_ERR_SHOULD_WAIT", 55, [55]),
            ("ZX_ERR_NOT_SUPPORTED", 57, [57]),
            ("ZX_ERR_PEER_CLOSED", 60, [60]),
        ],
    ),
    "channel_write": (
        Form.GITILES,
        [
            ("ZX_ERR_BAD_HANDLE", 34, [34, 34, 35]),
            ("ZX_ERR_WRONG_TYPE", 37, [37]),
            ("ZX_ERR_INVALID_ARGS", 38, [38, 38, 39]),
            ("ZX_ERR_NOT_SUPPORTED", 40, [40, 41]),
            ("ZX_ERR_ACCESS_DENIED", 43, [43, 44]),
            ("ZX_ERR_PEER_CLOSED", 45, [45]),
            ("ZX_ERR_NO_MEMORY", 46, [46]),
            ("ZX_ERR_OUT_OF_RANGE", 49, [49, 49]),
        ],
    ),
    "object_get_child": (
        Form.GITILES,
        [
            ("ZX_ERR_BAD_HANDLE", 31, [31]),
            ("ZX_ERR_WRONG_TYPE", 32, [32]),
            ("ZX_ERR_ACCESS_DENIED", 33, [33, 33]),
            ("ZX_ERR_NOT_FOUND", 35, [35]),
            ("ZX_ERR_NO_MEMORY", 36, [36]),
            ("ZX_ERR_INVALID_ARGS", 39, [39]),
        ],
    ),
}

# by content: pages, statuses (one for each page and status), conditions, problems
TREES: dict[str, tuple[int, int, int, int]] = {
    "7bc4142ae4002c81": (71, 256, 368, 9),  # magenta 6152ed25b295, March 2017
    "117319d4b1e2d196": (93, 355, 513, 4),  # zircon acdd5eb684b9, end of 2017
    "37ffa78b540a9b8c": (95, 364, 525, 5),  # zircon, February 2018
    "563845c3bf7397ad": (170, 475, 678, 0),  # zircon 50d20f11275e, end of 2018
    "be390ee49b322f46": (164, 523, 756, 1),  # zircon, middle of 2019
    "3ab25d556c4ff80b": (182, 648, 951, 1),  # fuchsia, 2022
}

VARIABLES = ("ZXHIL_DOCS_2017", "ZXHIL_DOCS_2018", "ZXHIL_DOCS_LATER")


@cache
def tree_of(variable: str) -> DocTree:
    folder = os.environ.get(variable)
    if not folder:
        pytest.skip(f"{NO_PAGES}: {variable} is not set")
    return parse_tree(Path(folder))


def seeds() -> dict[str, DocPage]:
    return {page.name: page for page in tree_of("ZXHIL_SEEDS").pages}


@pytest.mark.parametrize("name", SEEDS)
def test_seed_is_complete(name: str) -> None:
    form, expected = SEEDS[name]
    page = seeds()[name]
    assert page.form is form
    assert table(page) == expected
    assert page.problems == ()


def test_seeds_are_all_there() -> None:
    assert set(seeds()) == set(SEEDS)
    assert [other.path.name for other in tree_of("ZXHIL_SEEDS").others] in ([], ["README.md"])


@pytest.mark.parametrize("name", SEEDS)
def test_seed_is_read_to_the_last_word(name: str) -> None:
    page = seeds()[name]
    text = page.path.read_text()
    check_places(page, text)
    assert unsaid(page, text.replace("|", " ") if page.form is Form.TABLE else text) == []


def test_seed_parameters() -> None:
    synopses = {name: page.synopsis for name, page in seeds().items()}
    counts = {name: len(found.parameters) for name, found in synopses.items() if found}
    assert counts == {
        "object_set_cookie": 3,
        "channel_write_etc": 6,
        "socket_share": 2,
        "channel_write": 6,
        "object_get_child": 4,
    }


def content(tree: DocTree) -> str:
    digest = hashlib.sha256()
    for page in tree.pages:
        digest.update(page.path.name.encode() + b"\0" + page.path.read_bytes())
    return digest.hexdigest()[:16]


@pytest.mark.parametrize("variable", VARIABLES)
def test_tree_numbers(variable: str) -> None:
    tree = tree_of(variable)
    expected = TREES.get(content(tree))
    if expected is None:
        pytest.skip(f"{NO_PAGES}: that of {variable} ({content(tree)}) is not in the table")
    assert summary(tree) == expected


@pytest.mark.parametrize("variable", VARIABLES)
def test_tree_places(variable: str) -> None:
    for page in tree_of(variable).pages:
        check_places(page, page.path.read_text())


@pytest.mark.parametrize("variable", VARIABLES)
def test_no_word_of_a_tree_is_dropped(variable: str) -> None:
    left = {}
    for page in tree_of(variable).pages:
        if page.failure is Stated.LISTED:
            words = unsaid(page, page.path.read_text())
            if words:
                left[page.name] = words
    assert left == {}


@pytest.mark.parametrize("variable", VARIABLES)
def test_tree_pages_have_what_pages_have(variable: str) -> None:
    known = {status.name for status in Status}
    for page in tree_of(variable).pages:
        assert page.synopsis is not None, page.path
        assert page.failure is not Stated.UNCLEAR, page.path
        for error in page.errors:
            assert error.conditions or error.remarks, (page.path, error)
            assert error.status in known or error.status.endswith(
                ("BAD_TYPE", "WRONG_TYPE", "ACCESS_DENIED", "HANDLE_INVALID", "TOO_BIG")
            ), (page.path, error)
