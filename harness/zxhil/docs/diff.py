"""What changed in the documented errors from one tree of pages to another.

Pages are compared by content, whatever form they were saved in: a page in `|` cells and the same
page in Markdown do not differ.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from zxhil.docs import grammar
from zxhil.docs.page import Condition, DocPage, DocTree, RightsClause

_ALIKE = 0.6  # share of words in common from which a condition counts as reworded


class PageChangeKind(StrEnum):
    """The kind of a change."""

    PAGE_ADDED = "page-added"
    PAGE_REMOVED = "page-removed"
    STATUS_ADDED = "status-added"
    STATUS_REMOVED = "status-removed"
    CONDITION_ADDED = "condition-added"
    CONDITION_REMOVED = "condition-removed"
    CONDITION_REWORDED = "condition-reworded"
    PARAMETER_ADDED = "parameter-added"
    PARAMETER_REMOVED = "parameter-removed"
    PARAMETER_RENAMED = "parameter-renamed"
    PARAMETER_RETYPED = "parameter-retyped"
    PARAMETER_MOVED = "parameter-moved"
    RETURN_CHANGED = "return-changed"
    RIGHT_ADDED = "right-added"
    RIGHT_REMOVED = "right-removed"
    RIGHT_REWORDED = "right-reworded"


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a file."""

    path: Path
    line: int


@dataclass(frozen=True, slots=True)
class PageChange:
    """One change of one page; `old` and `new` are the texts, empty if there is none."""

    kind: PageChangeKind
    page: str
    status: str
    old: str
    new: str
    old_place: Place | None
    new_place: Place | None


def diff(old: DocTree, new: DocTree, *, renames: bool = True) -> tuple[PageChange, ...]:
    """Every change from `old` to `new`, by page.

    Without `renames`, names that changed everywhere at once do not count: ``mx_`` and ``MX_``,
    statuses of other eras, and parameters under another name of the same type and place.
    """
    before = {page.name: page for page in old.pages}
    after = {page.name: page for page in new.pages}
    changes: list[PageChange] = []
    for name in sorted(before.keys() | after.keys()):
        was, now = before.get(name), after.get(name)
        if was is None and now is not None:
            place = Place(now.path, 1)
            changes.append(PageChange(PageChangeKind.PAGE_ADDED, name, "", "", name, None, place))
        elif now is None and was is not None:
            place = Place(was.path, 1)
            changes.append(PageChange(PageChangeKind.PAGE_REMOVED, name, "", name, "", place, None))
        elif was is not None and now is not None:
            changes.extend(_synopsis(was, now))
            changes.extend(_rights(was, now))
            changes.extend(_errors(was, now))
            if not renames:
                names = _renamed(was, now)
                changes = [
                    each for each in changes if each.page != name or not _is_rename(each, names)
                ]
    return tuple(changes)


def _is_rename(change: PageChange, names: dict[str, str]) -> bool:
    """Whether a change is gone when both sides have today's names."""
    if change.kind is PageChangeKind.PARAMETER_RENAMED:
        return True
    return bool(change.old) and _todays(change.old, names) == _todays(change.new, names)


def _todays(text: str, names: dict[str, str]) -> str:
    words = re.sub(
        r"\b(?:mx|MX)_", lambda match: match[0].replace("m", "z").replace("M", "Z"), text
    )
    words = grammar.STATUS.sub(lambda match: grammar.canonical_status(match[0]), words)
    return re.sub(r"\w+", lambda match: names.get(match[0], match[0]), words).casefold()


def _rights(was: DocPage, now: DocPage) -> Iterator[PageChange]:
    """Sentences of RIGHTS."""
    before = [_as_condition(clause) for clause in was.rights.clauses]
    after = [_as_condition(clause) for clause in now.rights.clauses]
    kinds = (
        PageChangeKind.RIGHT_ADDED,
        PageChangeKind.RIGHT_REMOVED,
        PageChangeKind.RIGHT_REWORDED,
    )
    for pair in _paired(before, after):
        yield _changed(was, now, "", *pair, kinds=kinds)


def _as_condition(clause: RightsClause) -> Condition:
    return Condition(clause.text, clause.line, 1, clause.line, 1)


def _errors(was: DocPage, now: DocPage) -> Iterator[PageChange]:
    before, after = _by_status(was), _by_status(now)
    for status in sorted(before.keys() | after.keys()):
        if status not in before:
            line, conditions = after[status]
            text = "; ".join(condition.text for condition in conditions)
            place = Place(now.path, line)
            yield PageChange(PageChangeKind.STATUS_ADDED, now.name, status, "", text, None, place)
        elif status not in after:
            line, conditions = before[status]
            text = "; ".join(condition.text for condition in conditions)
            place = Place(was.path, line)
            yield PageChange(PageChangeKind.STATUS_REMOVED, now.name, status, text, "", place, None)
        else:
            pairs = _paired(before[status][1], after[status][1])
            yield from (_changed(was, now, status, *pair) for pair in pairs)


def _by_status(page: DocPage) -> dict[str, tuple[int, list[Condition]]]:
    """For each status, its first line and all its conditions, over all entries."""
    found: dict[str, tuple[int, list[Condition]]] = {}
    for error in page.errors:
        found.setdefault(error.status, (error.line, []))[1].extend(error.conditions)
    return found


def _paired(
    old: list[Condition], new: list[Condition]
) -> Iterator[tuple[Condition | None, Condition | None]]:
    """Pair each condition that differs with the most similar one of the other side, or None."""
    kept = {_key(each) for each in old} & {_key(each) for each in new}
    gone = [each for each in old if _key(each) not in kept]
    come = [each for each in new if _key(each) not in kept]
    scores = sorted(
        (
            (_alike(one, other), -at, -to)
            for at, one in enumerate(gone)
            for to, other in enumerate(come)
        ),
        reverse=True,
    )
    partner: dict[int, int] = {}
    for score, at, to in scores:
        if score >= _ALIKE and -at not in partner and -to not in partner.values():
            partner[-at] = -to
    for at, one in enumerate(gone):
        yield one, (come[partner[at]] if at in partner else None)
    for to, other in enumerate(come):
        if to not in partner.values():
            yield None, other


def _key(condition: Condition) -> str:
    return condition.text.casefold().strip(" .,;:")


def _alike(one: Condition, other: Condition) -> float:
    words = [re.findall(r"\w+", _key(each)) for each in (one, other)]
    return difflib.SequenceMatcher(None, words[0], words[1], autojunk=False).ratio()


_OF_CONDITIONS = (
    PageChangeKind.CONDITION_ADDED,
    PageChangeKind.CONDITION_REMOVED,
    PageChangeKind.CONDITION_REWORDED,
)


def _changed(
    was: DocPage,
    now: DocPage,
    status: str,
    old: Condition | None,
    new: Condition | None,
    kinds: tuple[PageChangeKind, PageChangeKind, PageChangeKind] = _OF_CONDITIONS,
) -> PageChange:
    kind = kinds[0] if old is None else kinds[1] if new is None else kinds[2]
    return PageChange(
        kind,
        now.name,
        status,
        old.text if old else "",
        new.text if new else "",
        Place(was.path, old.line) if old else None,
        Place(now.path, new.line) if new else None,
    )


def _synopsis(was: DocPage, now: DocPage) -> Iterator[PageChange]:
    one, other = was.synopsis, now.synopsis
    if one is None or other is None:
        return
    places = Place(was.path, one.line), Place(now.path, other.line)
    if one.returns != other.returns:
        kind = PageChangeKind.RETURN_CHANGED
        yield PageChange(kind, now.name, "", one.returns, other.returns, *places)
    old = {each.name: each.type for each in one.parameters}
    new = {each.name: each.type for each in other.parameters}
    order = [name for name in old if name in new]
    if order != [name for name in new if name in old]:
        text = ", ".join(old), ", ".join(new)
        yield PageChange(PageChangeKind.PARAMETER_MOVED, now.name, "", *text, *places)
    renamed = _renamed(was, now)
    for name, kind_of in old.items():
        if name in renamed:
            text = f"{kind_of} {name}", f"{new[renamed[name]]} {renamed[name]}"
            yield PageChange(PageChangeKind.PARAMETER_RENAMED, now.name, "", *text, *places)
        elif name not in new:
            text = f"{kind_of} {name}", ""
            yield PageChange(PageChangeKind.PARAMETER_REMOVED, now.name, "", *text, *places)
        elif _bare_type(kind_of) != _bare_type(new[name]):
            text = f"{kind_of} {name}", f"{new[name]} {name}"
            yield PageChange(PageChangeKind.PARAMETER_RETYPED, now.name, "", *text, *places)
    for name, kind_of in new.items():
        if name not in old and name not in renamed.values():
            text = "", f"{kind_of} {name}"
            yield PageChange(PageChangeKind.PARAMETER_ADDED, now.name, "", *text, *places)


def _bare_type(kind: str) -> str:
    return kind.replace(" ", "")


def _renamed(was: DocPage, now: DocPage) -> dict[str, str]:
    """Old to new name, where a parameter of the same type stands in the same position."""
    if was.synopsis is None or now.synopsis is None:
        return {}
    old, new = was.synopsis.parameters, now.synopsis.parameters
    if len(old) != len(new):
        return {}
    names = {each.name for each in old}, {each.name for each in new}
    return {
        one.name: other.name
        for one, other in zip(old, new, strict=True)
        if one.name not in names[1]
        and other.name not in names[0]
        and _bare_type(one.type).replace("mx_", "zx_") == _bare_type(other.type)
    }
