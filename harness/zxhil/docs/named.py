"""Which statuses an ERRORS section names at all, whether its lines were understood or not.

A reader that misses an entry must not conclude that the page has none: what is named here may be
answered, and a line that begins like an entry and is none is a problem.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from functools import cache

from zxhil.abi.status import Status
from zxhil.docs import grammar
from zxhil.docs.forms import PageLine
from zxhil.docs.page import Problem

_PREFIX = "ZX_ERR_"
#: Words in parts, as constants are, whatever became of single characters of them.
# The look-behind keeps a long word from being tried again from each of its characters.
_TOKEN = re.compile(
    r"(?<![A-Za-z0-9?!%#$@~^&])[A-Za-z0-9?!%#$@~^&]+"
    r"(?:[_\-\\ ]{0,2}[_\-\\][A-Za-z0-9?!%#$@~^&]+)+"
)
_NEAR = 0.85
_LONGEST = 40
_TAG = re.compile(r"<[^<>]*>|&[a-z]+;")
_MARKUP = " \t*_`[](){}<>|:.,;\"'•+-"
_CONSTANT = re.compile(r"(?:ZX|MX)_(?!E?R{0,2}_)[A-Z]|(?:zx|mx)_")
_CAPITALS = re.compile(r"[A-Z][^a-z]*[A-Z]")
_JOINED = re.compile(r"\w[^\w\s()'.,;:/*`-]*_[^\s]|[?!%#$@~^&]")


def named_statuses(lines: Iterable[PageLine]) -> tuple[str, ...]:
    """Each status that the lines name, code too, by its name of today and in their order.

    A name that is one or two characters away from a status's name counts as that status.
    """
    text = "\n".join(line.text for line in lines).replace("\\_", "_").replace("**", "")
    found = [grammar.canonical_status(written) for written in grammar.STATUS.findall(text)]
    for token in _TOKEN.findall(text):
        found.extend(_near(re.sub(r"[^A-Z0-9]+", "_", token.upper())))
    return tuple(name for name in dict.fromkeys(found) if name in Status.__members__)


def odd_starts(lines: Iterable[PageLine]) -> tuple[Problem, ...]:
    """Lines that begin with something like a constant's name that pages do not use."""
    found = []
    for line in lines:
        plain = _TAG.sub(" ", line.text).strip(_MARKUP)
        first = plain.split(" ")[0].strip(_MARKUP)
        if not _CAPITALS.search(first) or not _JOINED.search(first):
            continue
        if not grammar.STATUS.match(first) and not _CONSTANT.match(first):
            what = f"not understood under ERRORS, no status named: {line.text.strip()}"
            found.append(Problem(line.number, what))
    return tuple(found)


def _near(token: str) -> list[str]:
    if token in _spellings():
        return [_spellings()[token]]
    if len(token) > _LONGEST or _words().isdisjoint(token.split("_")):
        return []  # nothing of a status's name: comparing letters takes a thousand times longer
    if token.startswith(("ZX_", "MX_")) and "ERR" not in token[:8]:
        token = token[3:]
    close = difflib.get_close_matches(token, _spellings(), n=3, cutoff=_NEAR)
    return [_spellings()[each] for each in close]


@cache
def _words() -> frozenset[str]:
    """The words that names of statuses are made of, the class's own too."""
    return frozenset(word for name in _spellings() for word in name.split("_")) - {"ZX"}


@cache
def _spellings() -> dict[str, str]:
    """The names of statuses, whole and without prefix, by which a page may mean them."""
    names = [name for name in Status.__members__ if name.startswith(_PREFIX)]
    short = {name.removeprefix(_PREFIX): name for name in names if "_" in name[len(_PREFIX) :]}
    return {**short, **{name: name for name in names}}
