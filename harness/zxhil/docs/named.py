"""All statuses that an ERRORS section names, whether its lines were understood or not.

A missed entry must not mean that the page does not document it: a status named here may be
returned, and a line that begins like an entry but is not one is a problem.
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
#: Words with underscores, as constants have, even if characters are damaged.
# The look-behind avoids trying a long word again from each of its characters.
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
    """Each status that the lines name, in code too, by today's name, in order.

    A name that is one or two characters away from a status's name counts as that status.
    """
    text = "\n".join(line.text for line in lines).replace("\\_", "_").replace("**", "")
    found = [grammar.canonical_status(written) for written in grammar.STATUS.findall(text)]
    for token in _TOKEN.findall(text):
        found.extend(_near(re.sub(r"[^A-Z0-9]+", "_", token.upper())))
    return tuple(name for name in dict.fromkeys(found) if name in Status.__members__)


def odd_starts(lines: Iterable[PageLine]) -> tuple[Problem, ...]:
    """Lines that begin with something like a constant's name that is not on any page."""
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
        return []  # not like a status's name: comparing letters would take a thousand times longer
    if token.startswith(("ZX_", "MX_")) and "ERR" not in token[:8]:
        token = token[3:]
    close = difflib.get_close_matches(token, _spellings(), n=3, cutoff=_NEAR)
    return [_spellings()[each] for each in close]


@cache
def _words() -> frozenset[str]:
    """The words in names of statuses, including the prefix."""
    return frozenset(word for name in _spellings() for word in name.split("_")) - {"ZX"}


@cache
def _spellings() -> dict[str, str]:
    """The names of statuses on a page, with and without prefix."""
    names = [name for name in Status.__members__ if name.startswith(_PREFIX)]
    short = {name.removeprefix(_PREFIX): name for name in names if "_" in name[len(_PREFIX) :]}
    return {**short, **{name: name for name in names}}
