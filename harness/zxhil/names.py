"""Refuse names that do not exist, with a suggestion."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from fnmatch import fnmatchcase

from zxhil.errors import UserError

_CLOSE = 0.6
_MOST = 3
_LISTED = 12


def is_glob(pattern: str) -> bool:
    """Is the pattern a glob?"""
    return any(char in pattern for char in "*?[")


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """The remedy for a name that is not in `names`: similar ones, or else all if they are few.

    >>> did_you_mean("chanel", ["channel", "socket"])
    'did you mean channel?'
    >>> did_you_mean("write/bad_handle", ["write/max_handles", "write/bad_handle_entry"])
    'did you mean write/bad_handle_entry?'
    >>> did_you_mean("x", ["channel", "socket"])
    'there are: channel, socket'
    """
    there = list(dict.fromkeys(names))
    near = [each for each in there if name and each.startswith(name)][:_MOST] or _close(name, there)
    if near:
        return f"did you mean {' or '.join(near)}?"
    if not there:
        return "there is none"
    more = f", … ({len(there)} in all)" if there[_LISTED:] else ""
    return f"there are: {', '.join(there[:_LISTED])}{more}"


def _close(name: str, there: list[str]) -> list[str]:
    """Similar names. What they have in common up to a slash makes none of them similar."""
    folder = name[: name.rfind("/") + 1]
    inside = {each[len(folder) :]: each for each in there if each.startswith(folder)}
    if folder and inside:
        rest = difflib.get_close_matches(name[len(folder) :], inside, n=_MOST, cutoff=_CLOSE)
        return [inside[each] for each in rest]
    return difflib.get_close_matches(name, there, n=_MOST, cutoff=_CLOSE)


def no_such(place: str, kind: str, name: str, names: Iterable[str]) -> UserError:
    """The error for a `kind` ("case", "page") of a name that does not exist, given at `place`."""
    return UserError(place, f"there is no {kind} {name!r}", did_you_mean(name, names))


def must_match(place: str, kind: str, patterns: str, names: Iterable[str]) -> None:
    """Raise UserError unless patterns, separated by commas, match some of `names`.

    Each pattern that is not a glob must be one of the names.
    """
    there = list(names)
    parts = patterns.split(",")
    missed = [part for part in parts if not any(fnmatchcase(name, part) for name in there)]
    wrong = [part for part in missed if not is_glob(part)]
    if len(missed) == len(parts):
        wrong = wrong or missed
    if wrong:
        problem = f"no {kind} matches {wrong[0]!r}"
        raise UserError(place, problem, did_you_mean(wrong[0], there))
