"""Findings about the pages themselves, without a kernel."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from zxhil.abi.status import Status
from zxhil.docs.page import Condition, DocPage, DocTree, DocumentedError, Stated

_STATUSES = frozenset(status.name for status in Status)
_RIGHT = re.compile(r"\bZX_RIGHT_[A-Z_]+\b")
_ODD_RIGHT = re.compile(r"\bZX_(?!RIGHTS?_)(?:[A-Z]+_)*RIGHT(?:_[A-Z_]+)?\b(?!S)")
_HANDLES = ("RIGHTS", "RETURN VALUE", "ERRORS")


class Severity(StrEnum):
    """How grave a finding is."""

    ERROR = "error"  # what the page says can't be true
    WARNING = "warning"  # what a reader may take wrongly
    NOTE = "note"  # what is missing, or not read


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One finding: `line` of `path` breaks `rule`, as `text` says; line 0 is the whole folder.

    `column` counts from 1; 0 is the whole line.
    """

    path: Path
    line: int
    rule: str
    text: str
    column: int = 0

    @property
    def severity(self) -> Severity:
        """That of its rule."""
        return SEVERITIES.get(self.rule, Severity.WARNING)

    def __str__(self) -> str:
        column = f":{self.column}" if self.column else ""
        place = f"{self.path}:{self.line}{column}" if self.line else str(self.path)
        return f"{place}: {self.severity}: {self.rule}: {self.text}"


RULES = {
    "no-such-status": "a status that does not exist in Zircon",
    "old-status-name": "a status with an obsolete prefix (MX_ERR_, ERR_)",
    "status-twice": "a status listed twice under ERRORS",
    "no-condition": "a status without a condition",
    "unknown-parameter": "an emphasized parameter that is not in the synopsis",
    "no-such-right": "a right with an unknown name",
    "rights-disagree": "ERRORS requires a right that RIGHTS does not",
    "right-not-refused": "RIGHTS requires a right, and no error of ERRORS is for its lack",
    "no-errors-section": "no ERRORS section",
    "errors-empty": "an empty ERRORS section",
    "errors-todo": "ERRORS is still TODO",
    "rights-todo": "RIGHTS is still TODO",
    "no-synopsis": "no SYNOPSIS, or no prototype in it",
    "wrong-title": "the title is another call's",
    "wrong-synopsis": "the synopsis is another call's",
    "second-page": "a second page for the same call",
    "call-without-page": "a call of the kernel that has no page",
    "page-without-call": "a page whose call the kernel does not have",
    "not-understood": "text that the parser did not understand",
}

#: Of the rules that are not warnings.
SEVERITIES = {
    **dict.fromkeys(("no-such-status", "no-such-right", "wrong-title"), Severity.ERROR),
    **dict.fromkeys(("wrong-synopsis", "second-page", "rights-disagree"), Severity.ERROR),
    **dict.fromkeys(("no-errors-section", "errors-empty", "errors-todo"), Severity.NOTE),
    **dict.fromkeys(("rights-todo", "not-understood"), Severity.NOTE),
}


def lint(tree: DocTree, calls: frozenset[str] | None = None) -> tuple[LintFinding, ...]:
    """Every finding about a tree, by path and line; `calls` are those of the kernel, if known."""
    found = [
        LintFinding(each.path, each.problem.line, each.problem.rule, each.problem.what)
        for each in tree.problems
    ]
    names = frozenset(page.name for page in tree.pages)
    for page in tree.pages:
        for rule in _PAGE_RULES:
            found.extend(rule(page))
        found.extend(_parameters(page, names))
    if calls is not None:
        found.extend(_against(tree, calls))
    return tuple(sorted(found, key=lambda each: (str(each.path), each.line, each.rule, each.text)))


def _statuses(page: DocPage) -> Iterator[LintFinding]:
    for error in page.errors:
        if error.status not in _STATUSES:
            near = difflib.get_close_matches(error.written, _STATUSES, n=1, cutoff=0.85)
            hint = f"; did you mean {near[0]}?" if near else ""
            text = f"{error.written} is not a Zircon status{hint}"
            yield LintFinding(page.path, error.line, "no-such-status", text)
        elif error.written != error.status:
            text = f"{error.written} is now called {error.status}"
            yield LintFinding(page.path, error.line, "old-status-name", text)


def _twice(page: DocPage) -> Iterator[LintFinding]:
    first: dict[str, DocumentedError] = {}
    for error in page.errors:
        if error.section != "ERRORS":
            continue
        before = first.setdefault(error.status, error)
        if before is not error:
            same = [c.text for c in before.conditions] == [c.text for c in error.conditions]
            how = "with the same words" if same else "with another meaning"
            text = f"{error.status} again, {how}; first on line {before.line}"
            yield LintFinding(page.path, error.line, "status-twice", text)


def _parameters(page: DocPage, calls: frozenset[str]) -> Iterator[LintFinding]:
    """Emphasis is also used for other words, so it counts only with a name's place or form.

    In RIGHTS, RETURN VALUE and ERRORS any lower-case word counts; elsewhere only one with an
    underscore. A word in the page's code blocks (a struct's field) is known, and so is
    the name of a call.
    """
    if not page.prototypes:
        return
    known = {parameter.name for each in page.prototypes for parameter in each.parameters}
    said: set[str] = set()
    for named in page.named:
        word = named.text
        counts = named.section in _HANDLES or "_" in word
        if named.code or not counts or word in said or not re.fullmatch(r"[a-z][a-z0-9_]*", word):
            continue
        if word in known or word in page.code_words or word.startswith(("zx_", "mx_")):
            continue
        if word in calls or word in page.see_also:
            continue
        said.add(word)
        near = difflib.get_close_matches(word, known, n=1, cutoff=0.75)
        hint = f"; the synopsis has {near[0]}" if near else ""
        text = f"*{word}* is not a parameter of {page.prototypes[0].name}{hint}"
        yield LintFinding(page.path, named.line, "unknown-parameter", text, named.column)


def _rights(page: DocPage) -> Iterator[LintFinding]:
    if page.rights.stated is Stated.TODO:
        yield LintFinding(page.path, page.rights.line, "rights-todo", "RIGHTS still says TODO")
    asked = {right for clause in page.rights.clauses for right in clause.rights}
    for error in page.errors:
        for condition in error.conditions:
            for name in _ODD_RIGHT.findall(condition.text):
                text = f"{name} is not the name of a right"
                yield _at(page, condition, "no-such-right", text)
        if error.status != "ZX_ERR_ACCESS_DENIED" or page.rights.stated is not Stated.LISTED:
            continue
        for condition in error.conditions:
            for right in sorted(set(_RIGHT.findall(condition.text)) - asked):
                text = f"ERRORS requires {right} ({condition.text}), RIGHTS does not"
                yield _at(page, condition, "rights-disagree", text)


def _at(page: DocPage, condition: Condition, rule: str, text: str) -> LintFinding:
    return LintFinding(page.path, condition.line, rule, text, condition.column)


def _not_refused(page: DocPage) -> Iterator[LintFinding]:
    """A right that is required, on a page whose ZX_ERR_ACCESS_DENIED is for something else.

    A condition that speaks of rights without a name ("lacks the required rights") is for all.
    """
    if page.failure is not Stated.LISTED:
        return
    denied = [
        condition.text
        for error in page.errors
        if error.status == "ZX_ERR_ACCESS_DENIED"
        for condition in error.conditions
    ]
    if any("right" in text.lower() and not _RIGHT.search(text) for text in denied):
        return
    refused = {right for text in denied for right in _RIGHT.findall(text)}
    for clause in page.rights.clauses:
        for right in sorted(set(clause.rights) - refused - {"ZX_RIGHT_NONE"}):
            text = (
                f"RIGHTS requires {right} ({clause.text}), no ZX_ERR_ACCESS_DENIED is for its lack"
            )
            yield LintFinding(page.path, clause.line, "right-not-refused", text)


def _sections(page: DocPage) -> Iterator[LintFinding]:
    lines = {heading.title: heading.line for heading in page.headings}
    if "SYNOPSIS" not in lines:
        yield LintFinding(page.path, 1, "no-synopsis", "no SYNOPSIS section")
    if "ERRORS" not in lines:
        yield LintFinding(page.path, 1, "no-errors-section", "no ERRORS section")
    elif page.failure is Stated.TODO:
        yield LintFinding(page.path, lines["ERRORS"], "errors-todo", "ERRORS still says TODO")


_PAGE_RULES: tuple[Callable[[DocPage], Iterator[LintFinding]], ...] = (
    _statuses,
    _twice,
    _rights,
    _not_refused,
    _sections,
)


def _against(tree: DocTree, calls: frozenset[str]) -> Iterator[LintFinding]:
    described: set[str] = set()
    for page in tree.pages:
        names = {page.name, *(re.sub(r"^(?:zx|mx)_", "", each.name) for each in page.prototypes)}
        described |= names
        if not names & calls:
            text = f"the kernel has no zx_{page.name}"
            yield LintFinding(page.path, 1, "page-without-call", text)
    for call in sorted(calls - described):
        yield LintFinding(tree.folder, 0, "call-without-page", f"zx_{call} has no page")
