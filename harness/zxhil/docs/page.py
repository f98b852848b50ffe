"""The content of a system call page, as plain values.

Lines and columns count from 1 and are those of the file as it was saved, markup included, so
that `FILE:LINE:COLUMN` leads an editor to the sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Form(StrEnum):
    """The form in which a page was saved."""

    MARKDOWN = "markdown"
    GITILES = "gitiles"  # raw text below a `blob:` header
    TABLE = "table"  # every line in `|` cells
    RENDERED = "rendered"  # no markup left


class Stated(StrEnum):
    """What a section (ERRORS or RIGHTS) contains."""

    LISTED = "listed"
    NONE = "none"  # the page says that there are none
    ELSEWHERE = "elsewhere"  # the page refers to another call's page
    TODO = "todo"
    MISSING = "missing"
    UNCLEAR = "unclear"  # there is text, but none that was understood


@dataclass(frozen=True, slots=True)
class Problem:
    """A part of the page that the parser did not understand; `rule` is lint's name for it."""

    line: int
    what: str
    rule: str = "not-understood"


@dataclass(frozen=True, slots=True)
class PageParameter:
    """One parameter: `type` as written with single spaces, array brackets included."""

    type: str
    name: str


@dataclass(frozen=True, slots=True)
class Synopsis:
    """One C prototype; `name` with its prefix, as written (`zx_channel_write`)."""

    returns: str
    name: str
    parameters: tuple[PageParameter, ...]
    line: int = 0


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition under which a status is returned.

    `text` is plain text. Where the page shares words between conditions ("*a* or *b* is not
    valid"), each condition gets its own sentence ("b is not valid"), and its place starts at
    its own words. `end_column` is the column after its last character.
    """

    text: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class DocumentedError:
    """A status that the page documents for the call.

    `status` has the name's prefix of today (`MX_ERR_X` and `ERR_X` become `ZX_ERR_X`), `written`
    is as on the page. `remarks` are sentences about the error that do not say when it
    occurs. `section` is the section it was found in; in running text that is not `ERRORS`.
    `topic` is the sub-heading that it stands below, such as a topic of zx_object_get_info.
    """

    status: str
    conditions: tuple[Condition, ...]
    line: int
    written: str = ""
    remarks: tuple[str, ...] = ()
    section: str = "ERRORS"
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """A status named in running text that is not, by itself, an error of this call.

    `why` is `listed` (it is, and ERRORS has it), `other-call` or `value` (it is an argument or
    a result that is not returned).
    """

    status: str
    line: int
    section: str
    sentence: str
    why: str


@dataclass(frozen=True, slots=True)
class RightsClause:
    """One sentence of RIGHTS: what `subject` must be and have, when `guard` holds (or always).

    `types` are ZX_OBJ_TYPE_*, `rights` ZX_RIGHT_*, `kinds` ZX_RSRC_*, and `policies` the ZX_POL_*
    that the job's policy must allow.
    """

    text: str
    line: int
    guard: str
    subject: str
    types: tuple[str, ...]
    rights: tuple[str, ...]
    kinds: tuple[str, ...]
    policies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RightsSection:
    """The RIGHTS section."""

    stated: Stated
    line: int
    clauses: tuple[RightsClause, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """A word in emphasis, as pages name parameters; `code` is set for backticks."""

    text: str
    line: int
    column: int
    section: str
    code: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A section's canonical title in capitals, and its line."""

    title: str
    line: int


@dataclass(frozen=True, slots=True)
class DocPage:
    """One page. `name` is the call's name with no prefix (`channel_write`).

    `prototypes` has every prototype of the synopsis, `synopsis` is the one of `name`.
    `same_errors_as` names the calls whose errors the page says are this call's too.
    `code_words` are the identifiers in the page's code blocks (fields of its structs).
    `errors_named` are the statuses that ERRORS names in any way, entries or not; `ends_open` is
    set if nothing follows ERRORS, so its list may be truncated.
    """

    name: str
    path: Path
    form: Form
    synopsis: Synopsis | None
    rights: RightsSection
    errors: tuple[DocumentedError, ...]
    notes: tuple[str, ...]
    see_also: tuple[str, ...]
    problems: tuple[Problem, ...]
    failure: Stated = Stated.MISSING
    same_errors_as: tuple[str, ...] = ()
    prototypes: tuple[Synopsis, ...] = ()
    headings: tuple[Heading, ...] = ()
    named: tuple[Named, ...] = ()
    mentions: tuple[Mention, ...] = ()
    code_words: frozenset[str] = frozenset()
    errors_named: tuple[str, ...] = ()
    ends_open: bool = False

    @property
    def statuses(self) -> tuple[str, ...]:
        """Each documented status once, in the page's order."""
        return tuple(dict.fromkeys(error.status for error in self.errors))

    @property
    def condition_count(self) -> int:
        """The number of documented conditions, over all statuses."""
        return sum(len(error.conditions) for error in self.errors)


@dataclass(frozen=True, slots=True)
class NotAPage:
    """A file of a tree that is not a system call's page, and why."""

    path: Path
    why: str


@dataclass(frozen=True, slots=True)
class TreeProblem:
    """A page's problem with the page's path."""

    path: Path
    problem: Problem


@dataclass(frozen=True, slots=True)
class DocTree:
    """All pages below a folder, by path, and the problems."""

    folder: Path
    pages: tuple[DocPage, ...]
    problems: tuple[TreeProblem, ...]
    others: tuple[NotAPage, ...] = ()

    def page(self, name: str) -> DocPage | None:
        """The page of a call (name with no prefix), or None."""
        return next((page for page in self.pages if page.name == name), None)

    def errors_of(self, page: DocPage) -> tuple[DocumentedError, ...]:
        """The page's errors and, where it refers to other calls' pages, theirs too."""
        seen = {page.name}
        waiting = list(page.same_errors_as)
        found = list(page.errors)
        while waiting:
            name = waiting.pop(0)
            other = self.page(name)
            if name in seen or other is None:
                continue
            seen.add(name)
            found.extend(other.errors)
            waiting.extend(other.same_errors_as)
        return tuple(found)
