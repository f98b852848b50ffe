"""Helpers for the tests about pages: building pages, and reading facts back from them."""

from __future__ import annotations

import re
from pathlib import Path

from zxhil.docs.page import DocPage, DocTree
from zxhil.docs.parse import parse_text

HEAD = """# zx_widget_turn

## NAME

widget_turn - turn a widget

## SYNOPSIS

```
#include <zircon/syscalls.h>

zx_status_t zx_widget_turn(zx_handle_t handle, uint32_t options, const void* data,
                           uint32_t len, zx_handle_t* out);
```
"""


def page(text: str, path: str = "widget_turn.md") -> DocPage:
    """Parse a page's text."""
    return parse_text(text, Path(path))


def with_errors(errors: str) -> DocPage:
    """A Markdown page of zx_widget_turn whose ERRORS section is `errors`."""
    return page(f"{HEAD}\n## ERRORS\n\n{errors}\n\n## SEE ALSO\n\n[widget_stop](widget_stop.md).\n")


def texts(found: DocPage, status: str = "ZX_ERR_INVALID_ARGS") -> list[str]:
    """All conditions of a status."""
    return [c.text for error in found.errors if error.status == status for c in error.conditions]


def table(found: DocPage) -> list[tuple[str, int, list[int]]]:
    """Status, its line, and the line of each condition, as the page has them."""
    return [(e.status, e.line, [c.line for c in e.conditions]) for e in found.errors]


def at(text: str, line: int, column: int, end_line: int, end_column: int) -> str:
    """The characters of a file from one place to another, line ends as spaces."""
    lines = text.split("\n")
    if line == end_line:
        return lines[line - 1][column - 1 : end_column - 1]
    middle = lines[line : end_line - 1]
    return " ".join([lines[line - 1][column - 1 :], *middle, lines[end_line - 1][: end_column - 1]])


def plain(text: str) -> str:
    """`text` without markup or cells, by a way of its own: only letters, digits and `_` count."""
    return " ".join(re.findall(r"[A-Za-z0-9_]+", text))


def check_places(found: DocPage, text: str) -> None:
    """Every status and condition stands where the page says it stands."""
    lines = text.split("\n")
    for error in found.errors:
        assert error.written in lines[error.line - 1], (found.path, error)
        for each in error.conditions:
            there = plain(at(text, each.line, each.column, each.end_line, each.end_column))
            assert _tells(each.text, there), (found.path, each, there)


def _tells(text: str, there: str) -> bool:
    """Whether `text` is what stands `there`, but for words it shares with its neighbours.

    Shared words may come before (the subject) or stand in between (other subjects).
    """
    said, place = plain(text).split(), there.split()
    if not place or place[0] not in said or said[-1] != place[-1]:
        return False
    starts = [at for at, word in enumerate(said) if word == place[0]]
    return any(_within(said[at:], place) for at in starts)


def _within(words: list[str], place: list[str]) -> bool:
    """Whether all words come in `place`, in that order."""
    left = iter(place)
    return all(word in left for word in words)


_CONNECTING = re.compile(
    r"or|if|either|any|of|one|is|will|be|returned|returns|produced|reported|when|also|otherwise"
    r"|this|a|b|for|the|following|may|due|to|respectively",
    re.I,
)


def unsaid(found: DocPage, text: str) -> list[str]:
    """Words of the ERRORS section that neither a condition nor a remark nor a problem has."""
    section = re.search(r"(?ms)^#* ?ERRORS *$(.*?)(?=^#{1,2} ?\S|^SEE ALSO|^NOTES|\Z)", text)
    if section is None:
        return []
    body = re.sub(r"(?s)<!--.*?-->|^\[[^\]]*\]: .*?$", "", section[1], flags=re.M)
    body = re.sub(r"(?m)\]\([^)]*\)|^\s*\d[.)]\s", " ", body)
    said: set[str] = set()
    for error in found.errors:
        said.update(plain(error.written).split())
        for part in (*(each.text for each in error.conditions), *error.remarks):
            said.update(plain(part).lower().split())
    for problem in found.problems:
        said.update(plain(problem.what).lower().split())
    words = (word for word in plain(body).split())
    return [
        word
        for word in words
        if not said.intersection((word, word.lower())) and not _CONNECTING.fullmatch(word)
    ]


def summary(tree: DocTree) -> tuple[int, int, int, int]:
    """Pages, statuses (one per page and status), conditions, problems."""
    return (
        len(tree.pages),
        sum(len(each.statuses) for each in tree.pages),
        sum(each.condition_count for each in tree.pages),
        len(tree.problems),
    )
