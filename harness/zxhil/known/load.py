"""Find names in a file of known divergences that do not exist: such entries can match nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from zxhil.abi.calls import BY_NAME
from zxhil.abi.status import Status
from zxhil.errors import UserError
from zxhil.known.file import END_KINDS, KnownEntry, KnownFile, load_as_it_is
from zxhil.names import did_you_mean, is_glob

#: The clause of a user's page (zxhil.oracle.documented).
_BY_LIST = "documented_errors"


class Dead(NamedTuple):
    """A pattern that no run can ever match: its key, its place in the key's list, and why."""

    key: str
    at: int
    pattern: str
    problem: str
    remedy: str


def load(path: Path) -> KnownFile:
    """Read a file as `load_as_it_is` does; also raises UserError for names that do not exist."""
    file = load_as_it_is(path)
    check_names(file)
    return file


def dead_patterns(entry: KnownEntry, cases: Collection[str] = ()) -> list[Dead]:
    """The patterns of an entry that can match nothing.

    `cases` are all cases (``program/case``) of the programs whose cases are known; other programs
    may have more.
    """
    found = [*_names(entry, "page", list(BY_NAME), "page"), *_clauses(entry), *_statuses(entry)]
    found.extend(_cases(entry, cases))
    return found or _contradiction(entry)


def check_names(file: KnownFile, cases: Collection[str] = ()) -> None:
    """Raise UserError if an entry names what does not exist; the message has all of them."""
    wrong = [(entry, dead) for entry in file.entries for dead in dead_patterns(entry, cases)]
    if not wrong:
        return
    entry, first = wrong[0]
    others = [f"line {e.line}: {d.problem}; {d.remedy}" for e, d in wrong[1:]]
    remedy = "\n  ".join([f"{first.remedy} (zxhil known update drops such entries)", *others])
    raise UserError(f"{file.path}:{entry.line}", f"can match nothing: {first.problem}", remedy)


def _names(entry: KnownEntry, key: str, names: Collection[str], kind: str) -> Iterator[Dead]:
    for index, pattern in enumerate(getattr(entry, key)):
        if not any(fnmatchcase(name, pattern) for name in names):
            problem = f"there is no {kind} {pattern!r}"
            yield Dead(key, index, pattern, problem, did_you_mean(pattern, names))


def _clauses(entry: KnownEntry) -> Iterator[Dead]:
    from zxhil.guest.claims import clauses_of

    for index, pattern in enumerate(entry.clause):
        page = pattern.partition("/")[0]
        names = [*clauses_of(page), *(f"{name}/{_BY_LIST}" for name in BY_NAME)]
        if not any(fnmatchcase(name, pattern) for name in names):
            problem = f"there is no clause {pattern!r}"
            yield Dead("clause", index, pattern, problem, did_you_mean(pattern, names))


def _statuses(entry: KnownEntry) -> Iterator[Dead]:
    numbers = [p for p in entry.status if p.lstrip("-").isdecimal()]
    yield from (d for d in _names(entry, "status", list(Status.__members__), "status")
                if d.pattern not in numbers)  # fmt: skip


def _cases(entry: KnownEntry, cases: Collection[str]) -> Iterator[Dead]:
    programs = {case.partition("/")[0] for case in cases}
    for index, pattern in enumerate(entry.case):
        program, slash, _ = pattern.partition("/")
        if is_glob(pattern):
            continue
        if not slash:
            yield Dead("case", index, pattern, f"{pattern!r} is not a case", "write PROGRAM/CASE")
        elif program in programs and pattern not in cases:
            problem = f"there is no case {pattern!r}"
            own = [case for case in cases if case.startswith(f"{program}/")]
            yield Dead("case", index, pattern, problem, did_you_mean(pattern, own))


def _contradiction(entry: KnownEntry) -> list[Dead]:
    """A divergence's page is its clause's: an entry that names another one matches nothing."""
    if not entry.clause or not entry.page or END_KINDS & set(entry.kind):
        return []
    pages = [clause.partition("/")[0] for clause in entry.clause]
    if any(is_glob(page) or fnmatchcase(page, p) for page in pages for p in entry.page):
        return []
    problem = f"{entry.clause[0]} is not a clause of the page {entry.page[0]!r}"
    return [Dead("page", at, p, problem, "remove page") for at, p in enumerate(entry.page)]
