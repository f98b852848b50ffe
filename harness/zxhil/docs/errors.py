"""The documented errors of an ERRORS section."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from zxhil.docs import grammar, split
from zxhil.docs.blocks import StatusEntry, entries
from zxhil.docs.forms import PageLine
from zxhil.docs.page import Condition, DocumentedError, Problem, Stated
from zxhil.docs.prose import Prose, prose
from zxhil.docs.running import running_errors

_STATUS = grammar.STATUS.pattern
# A number beside a status, before it or after it, is the status's value.
_HEAD = re.compile(
    rf"^(?:[-\u2212\u2013]?\d{{1,3}}[:.)]?\s+)?[(\[]?"
    rf"{_STATUS}(?:(?:\s*[,/]\s*(?:or\s+|and\s+)?|\s+(?:or|and)\s+){_STATUS})*[)\]]?"
    r"(?:\s*[(\[]?[-\u2212\u2013]\d{1,3}[)\]]?)?\s*[:\uff1a\uff0c\u2013\u2014-]?\s*"
)
_LEAD_IN = re.compile(r":$")
_ALL_OF = re.compile(r"\b(?:all|both) of\b", re.I)
_SENTENCE = re.compile(r"[.!?](?=\s)")
#: With the character before it, for the word's boundary.
_WORD = re.compile(r"\w+")
_LONGEST_ABBREVIATION = 4
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|cf|al)|\b[A-Za-z])$")
_COMMENT = re.compile(
    r"^(?:there is no good way|in a future|in the future|(?:also |please )?note\b|todo\b)", re.I
)
_REMARK = re.compile(
    rf"{_COMMENT.pattern}"
    r"|^(?:this (?:error|can|may|is|will|means|includes|happens|occurs|usually|typically)\b"
    r"|see (?:also|the|\[|zx_)|once\b|for example|for instance|however|typically|usually|these\b"
    r"|it (?:is|was|may|can|will)\b|currently\b)",
    re.I,
)
_SAYS_WHEN = re.compile(
    rf"(?:{_STATUS}|\bthis (?:error|status|value)|\balso)\b"
    r".*\b(?:returned|produced|reported|signall?ed)\b.*\b(?:if|when)\b|^(?:returned|produced|reported)\b.*\b(?:if|when)\b",
    re.I,
)
_MORE = re.compile(r"^(?:otherwise|alternatively|additionally|also)\b,?\s+(?:if\s+)?", re.I)
_GUARDED = re.compile(
    rf"^(?P<guard>(?:If|When)\b.*?),\s+(?:{_STATUS}|this error|it)\s+"
    r"(?:will be|is|may be|can be)\s+(?:also\s+)?(?:returned|produced|reported)\s+(?:if|when)\s+",
    re.I,
)
_RETURNED = re.compile(
    rf"^(?:(?:{_STATUS}|this (?:error|status))\s+)?(?:(?:is|will be|may be|can be|was)\s+)?"
    r"(?:also\s+)?(?:returned|reported|produced)\s+(?:if|when|in case)\s+",
    re.I,
)
_CALLED = r"(?:it|this|this (?:call|function|operation|syscall|system call)|\w+(?:\(\))?)"
# The whole paragraph: "never fails silently" says nothing of the kind.
_NONE = re.compile(
    rf"(?:(?:none|no errors|n/a)|{_CALLED} (?:cannot fail|can't fail|can not fail|never fails"
    r"|always succeeds|(?:does not|doesn't|never) (?:reports?|returns?)"
    r" (?:any errors?|errors|any error (?:conditions?|codes?)))"
    r"|no error(?:s| conditions)? (?:is|are) (?:returned|reported|defined|possible|documented))"
    r"[.!]?",
    re.I,
)
_TODO = re.compile(r"^\W*(?:TODO|TBD|FIXME)\b")
_SAME = re.compile(
    r"\b(?:same (?:errors )?as|see|errors? (?:of|from|that|returned by)|as for)\b", re.I
)
_ANY_ERROR = re.compile(r"\berrors?\b.*\b(?:of|from|that|by|as|see)\b|\bsee\b.*\berrors?\b", re.I)
_CALL = re.compile(r"\b(?:zx|mx)_([a-z][a-z0-9_]*)\b")
_GENERIC = re.compile(
    r"\b(?:following|negative)\b.*\b(?:values?|errors?|codes?|statuses)\b|^In the event of", re.I
)
_ON_ERROR = re.compile(
    rf"On (?:error|failure),? {_CALLED} (?:currently |always )?returns (?:0|zero)[.]?", re.I
)
_PROSE_START = re.compile(r"(?:[A-Z]?[a-z]+(?:'[a-z]+)?|[AI])(?=[\s,;:.()]|$)")


@dataclass(frozen=True, slots=True)
class ListedErrors:
    """What an ERRORS section says."""

    stated: Stated
    errors: tuple[DocumentedError, ...]
    same_as: tuple[str, ...]
    problems: tuple[Problem, ...]


def listed_errors(lines: tuple[PageLine, ...], names: frozenset[str], heading: int) -> ListedErrors:
    """Parse the lines below ERRORS; `names` are the synopsis's parameters."""
    cut = entries(lines)
    errors: list[DocumentedError] = []
    problems: list[Problem] = [
        Problem(line.number, f"sub-heading among the errors: {line.text.strip()}")
        for line in cut.groups
    ]
    same: list[str] = []
    for entry in cut.entries:
        found, elsewhere, wrong = documented(entry, names)
        errors.extend(found)
        same.extend(elsewhere)
        problems.extend(wrong)
    stated = Stated.LISTED if errors else Stated.MISSING
    for block in cut.intro:
        text = prose(block.lines)
        if errors and _LEAD_IN.search(text.text) and not grammar.STATUS.search(text.text):
            continue
        state, running, others = _intro(text, names)
        errors.extend(running)
        same.extend(others)
        if state is Stated.UNCLEAR:
            problems.append(Problem(text.line, f"not understood under ERRORS: {text.text}"))
        if state is not None and stated in (Stated.MISSING, Stated.UNCLEAR):
            stated = state
    if stated is Stated.MISSING:
        problems.append(Problem(heading, "the ERRORS section is empty", "errors-empty"))
    return ListedErrors(stated, tuple(errors), tuple(dict.fromkeys(same)), tuple(problems))


def _intro(
    text: Prose, names: frozenset[str]
) -> tuple[Stated | None, tuple[DocumentedError, ...], tuple[str, ...]]:
    """The meaning of a paragraph before the first entry; None for an introduction."""
    if _TODO.match(text.text):
        return Stated.TODO, (), ()
    if grammar.STATUS.search(text.text):
        found = [
            error
            for sentence in sentences(text, names)
            if grammar.STATUS.search(sentence.text)
            for error in running_errors(sentence, names, "ERRORS", frozenset())[0]
        ]
        return (Stated.LISTED if found else Stated.UNCLEAR), tuple(found), ()
    if _NONE.fullmatch(text.text):
        return Stated.NONE, (), ()
    calls = tuple(_CALL.findall(text.text))
    if calls and _SAME.search(text.text):
        return Stated.ELSEWHERE, (), calls
    if _GENERIC.search(text.text):
        return None, (), ()
    if _ON_ERROR.fullmatch(text.text):
        return Stated.NONE, (), ()
    return Stated.UNCLEAR, (), ()


@dataclass(slots=True)
class _Said:
    """The contents of an entry's blocks so far.

    `together` is set in a list of which all must hold; `held` once its first item is there.
    """

    conditions: list[Condition] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    together: bool = False
    held: bool = False


def documented(
    entry: StatusEntry, names: frozenset[str], section: str = "ERRORS"
) -> tuple[list[DocumentedError], list[str], list[Problem]]:
    """The errors of one entry: one for each status at its head.

    Also the calls whose errors the entry refers to, and what was not understood.
    """
    head = prose(entry.blocks[0].lines)
    match = _HEAD.match(head.text)
    if match is None:  # a status in unknown markup
        return [], [], [Problem(entry.line, f"not understood under ERRORS: {head.text}")]
    written = grammar.STATUS.findall(match[0])
    said = _Said()
    _take(said, head.cut(match.end(), len(head.text)), names, item=False)
    for block in entry.blocks[1:]:
        text = prose(block.lines)
        item = block.indent >= 0
        if not item and _ANY_ERROR.search(text.text) and _CALL.search(text.text):
            said.elsewhere.extend(_CALL.findall(text.text))
        elif _TODO.match(text.text):
            what = f"unclear among the errors: {text.text}"
            said.problems.append(Problem(text.line, what))
        else:
            if not item and not _is_prose(text, names):
                what = f"not understood under {section}: {text.text}"
                said.problems.append(Problem(text.line, what))
            _take(said, text, names, item)
    if not said.conditions:
        what = f"{written[0]} without a condition"
        said.problems.append(Problem(entry.line, what, "no-condition"))
    conditions, remarks = tuple(said.conditions), tuple(said.remarks)
    made = [
        DocumentedError(
            grammar.canonical_status(each), conditions, entry.line, each, remarks, section
        )
        for each in written
    ]
    return made, said.elsewhere, said.problems


def _is_prose(text: Prose, names: frozenset[str]) -> bool:
    """Whether a paragraph below an entry begins as a sentence does, not as a garbled entry."""
    starts = _PROSE_START.match(text.text) or grammar.STATUS.match(text.text)
    marked = any(mark.start == 0 and mark.kind != "strong" for mark in text.marks)
    return bool(starts) or marked or text.text.split(" ")[0] in names


def _take(said: _Said, text: Prose, names: frozenset[str], item: bool) -> None:
    """Add the content of one paragraph or list item."""
    found, remarks = _block(text, names, first=not said.conditions and not said.remarks, item=item)
    said.together = said.together and item
    said.held = said.held and said.together
    if said.together and found:
        if said.held:
            found = [said.conditions.pop(), *found]
        said.conditions.append(_join(found[0], found[1:]))
        said.held = True
    else:
        said.conditions.extend(found)
    said.remarks.extend(remarks)
    if _LEAD_IN.search(text.text) and _ALL_OF.search(text.text):
        said.together = True


def _join(one: Condition, more: Iterable[Condition]) -> Condition:
    """Join conditions that must all hold ("all of the following") into one."""
    for other in more:
        one = Condition(
            f"{one.text} and {other.text}", one.line, one.column, other.end_line, other.end_column
        )
    return one


def _block(
    text: Prose, names: frozenset[str], first: bool, item: bool
) -> tuple[list[Condition], list[str]]:
    """Conditions and remarks of one paragraph or list item."""
    conditions: list[Condition] = []
    remarks: list[str] = []
    for at, sentence in enumerate(sentences(text, names)):
        leading = first and not conditions
        if _LEAD_IN.search(sentence.text):
            remarks.append(sentence.text)
        elif _is_condition(sentence, names, leading or (item and at == 0)):
            conditions.extend(_understand(sentence, names))
        else:
            remarks.append(sentence.text)
    return conditions, remarks


def _is_condition(sentence: Prose, names: frozenset[str], leading: bool) -> bool:
    if (_COMMENT if leading else _REMARK).match(sentence.text):
        return False
    if leading or _SAYS_WHEN.search(sentence.text) or _MORE.match(sentence.text):
        return True
    starts = grammar.parameter_span(sentence, names)
    if re.match(r"(?:if|when|unless)\b", sentence.text, re.I):
        return False
    return starts is not None and not re.search(
        r"\b(?:must|should|may|can|will|shall)\b", sentence.text
    )


def _understand(sentence: Prose, names: frozenset[str]) -> tuple[Condition, ...]:
    """The conditions of a sentence, without the words around "is returned if"."""
    guarded = _GUARDED.match(sentence.text)
    if guarded:
        guard = sentence.text[: guarded.end("guard")]
        rest = sentence.cut(guarded.end(), len(sentence.text))
        return tuple(
            Condition(
                f"{guard}, {each.text}", each.line, each.column, each.end_line, each.end_column
            )
            for each in split.conditions(rest, names)
        )
    more = _MORE.match(sentence.text)
    if more:
        sentence = sentence.cut(more.end(), len(sentence.text))
    returned = _RETURNED.match(sentence.text)
    if returned:
        sentence = sentence.cut(returned.end(), len(sentence.text))
    return split.conditions(sentence, names)


def sentences(text: Prose, names: frozenset[str]) -> list[Prose]:
    """The sentences of a paragraph; a period in parentheses or in an abbreviation ends none."""
    mask = grammar.masked(text.text)
    found: list[Prose] = []
    start = 0
    for match in _SENTENCE.finditer(mask):
        before = text.text[max(0, match.start() - _LONGEST_ABBREVIATION) : match.start()]
        if match[0] == "." and _ABBREVIATION.search(before):
            continue
        if not _starts(text, match.end() + 1, names):
            continue
        found.append(text.cut(start, match.end()))
        start = match.end()
    rest = text.cut(start, len(text.text))
    return [*found, rest] if rest.text else found


def _starts(text: Prose, at: int, names: frozenset[str]) -> bool:
    """Whether a sentence may start at `at`: a capital, markup, or a parameter's name."""
    if at >= len(text.text) or not text.text[at].islower():
        return True
    if any(mark.start == at for mark in text.marks):
        return True
    word = _WORD.match(text.text, at)
    return word is not None and word[0] in names
