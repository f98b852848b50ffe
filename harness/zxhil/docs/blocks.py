"""The entries of an ERRORS section: which lines belong to which status.

An entry starts at a line whose first word is a status, whatever surrounds it: a bullet,
emphasis, backticks, a table cell, a definition's term, a sub-heading.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from zxhil.docs import grammar
from zxhil.docs.forms import PageLine

_BULLET = re.compile(r"^(?P<indent>\s*)(?P<mark>(?:[*+•-]|\d{1,2}[.)])\s+)(?=\S)")
_DEFINITION = re.compile(r"^\s{0,8}:\s+")
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s+(?=\S)")
_RULE = re.compile(r"^(?=.*---)[\s|:+=-]+$", re.S)
# No two neighbors may take the same characters: a line of 20,000 asterisks is tried in every split.
_MARKUP = r"[*_`\[(<]*"
_NUMBER = r"(?:[-\u2212\u2013]?\d{1,3}[:.)]?\s+)?"
_HEAD = re.compile(
    rf"^\s*{_NUMBER}{_MARKUP}(?:(?:<[a-z]+>)+{_MARKUP})?(?P<status>{grammar.STATUS.pattern})"
)
_ROW_TAG = re.compile(r"(?=<(?:dt|tr|li|p)\b)|(?<=<br>)", re.I)
_TAG = re.compile(r"</?[a-z][^<>]*>", re.I)
_SAID_OF = re.compile(
    r"^[*_`\])]*,?\s+(?:will|is|was|are|may|can|would|shall|in that|and|error|errors)\b"
)
_OPEN_END = re.compile(
    r"(?:,|\b(?:or|and|the|a|an|of|with|return|returns|is|as|than|to|for|if))$", re.I
)
_SENTENCE_END = re.compile(r"[.:;!?)][*_`]*$")


@dataclass(slots=True)
class Block:
    """A paragraph or a list item: its lines without bullet; `indent` is -1 for a paragraph."""

    indent: int
    lines: list[PageLine] = field(default_factory=list)


@dataclass(slots=True)
class StatusEntry:
    """A status's blocks. The first block begins with the status itself."""

    line: int
    blocks: list[Block] = field(default_factory=list)

    @property
    def formal(self) -> bool:
        """Whether it has the form of a list entry."""
        head = self.blocks[0]
        match = _HEAD.match(head.lines[0].text)
        rest = head.lines[0].text[match.end() :].lstrip("*_`") if match else ""
        return head.indent >= 0 or rest.startswith((":", "\uff1a", "\uff0c", "  "))

    @property
    def nested(self) -> int:
        """The number of its blocks that are the head and the items indented below it."""
        count = 1
        while count < len(self.blocks) and self.blocks[count].indent > self.blocks[0].indent:
            count += 1
        return count


@dataclass(slots=True)
class Entries:
    """The entries; `intro` has text that belongs to none: before the first, or after one of the
    sub-headings (`groups`).
    """

    intro: list[Block] = field(default_factory=list)
    entries: list[StatusEntry] = field(default_factory=list)
    groups: list[PageLine] = field(default_factory=list)


def opens_entry(line: PageLine) -> bool:
    """Whether a line begins with a status."""
    return _HEAD.match(line.text) is not None


def entries(lines: tuple[PageLine, ...]) -> Entries:
    """Cut the lines of an ERRORS section into entries."""
    found = Entries()
    block: Block | None = None
    previous = ""
    where = found.intro
    for line in _rows(lines):
        if line.blank:
            block, previous = None, ""
            continue
        heading = _HEADING.match(line.text)
        if heading:
            line = line.cut(heading.end())
            if not _HEAD.match(line.text):
                found.groups.append(line)
                where = found.intro
                block, previous = None, ""
                continue
        bullet = _BULLET.match(line.text)
        item = bullet is not None and _may_be_item(previous, block)
        content = line.cut(bullet.end()) if bullet and item else line
        indent = len(bullet["indent"]) if bullet and item else -1
        if _is_head(content, previous, item or heading is not None):
            block = Block(indent, [content])
            found.entries.append(StatusEntry(line.number, [block]))
            where = found.entries[-1].blocks
        elif block is None or item:
            definition = _DEFINITION.match(content.text)
            block = Block(indent, [content.cut(definition.end()) if definition else content])
            where.append(block)
        else:
            definition = _DEFINITION.match(content.text)
            block.lines.append(content.cut(definition.end()) if definition else content)
        previous = line.text.rstrip()
        if heading:
            previous = ""
    return found


def _is_head(line: PageLine, previous: str, fresh: bool) -> bool:
    """Whether a status at a line's start opens an entry and isn't a wrapped sentence's word."""
    match = _HEAD.match(line.text)
    if match is None:
        return False
    if fresh or not previous:
        return True
    rest = line.text[match.end() :]
    if _OPEN_END.search(previous):
        return False
    if _SENTENCE_END.search(previous) or _HEAD.match(previous):
        return not _SAID_OF.match(rest)
    return not _SAID_OF.match(rest) and rest.strip(" *_`") not in ("", ".", ",")


def _may_be_item(previous: str, block: Block | None) -> bool:
    """A bullet in mid-sentence is an operator at a wrapped line's start."""
    if not previous or (block is not None and block.indent >= 0):
        return True
    status = _HEAD.match(previous)
    alone = status is not None and not previous[status.end() :].strip(" *_`")
    return bool(_SENTENCE_END.search(previous)) or alone


def _rows(lines: tuple[PageLine, ...]) -> list[PageLine]:
    """Turn table rows and HTML lists into lines that begin with their status."""
    rows: list[PageLine] = []
    table = any(line.text.count("|") and _RULE.match(line.text) for line in lines)
    for at, line in enumerate(lines):
        if line.code:
            continue
        if table and "|" in line.text:
            below = lines[at + 1].text if at + 1 < len(lines) else ""
            if _RULE.match(line.text) or (_RULE.match(below) and not _HEAD.search(line.text)):
                rows.append(replace(line, text=""))
            else:
                rows.append(_row(line))
            continue
        start = 0
        for match in _ROW_TAG.finditer(line.text):
            if match.start() > start and line.text[start : match.start()].strip():
                rows.append(
                    _untagged(replace(line.cut(start), text=line.text[start : match.start()]))
                )
                start = match.start()
        rows.append(_untagged(line.cut(start)) if start else _untagged(line))
    return rows


def _row(line: PageLine) -> PageLine:
    """A table row as a line; cells before the status's cell are blanked."""
    text = line.text
    status = grammar.STATUS.search(text)
    if status is not None:
        cell = text.rfind("|", 0, status.start()) + 1
        text = " " * cell + text[cell:]
    return replace(line, text=text.replace("|", " "))


def _untagged(line: PageLine) -> PageLine:
    """Replace HTML tags with blanks, so that columns are kept."""
    if "<" not in line.text:
        return line
    return replace(line, text=_TAG.sub(lambda match: " " * len(match[0]), line.text))
