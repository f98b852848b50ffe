"""Detect the form in which a page was saved, and convert it to neutral lines.

A form is undone line by line, so that each neutral line has its line and column in the
file. No Markdown library is used: the pages that matter most have lost their blank
lines, their fences or all their markup, and a block parser has no columns to offer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from zxhil.docs.page import Form

_BLOB = re.compile(r"^blob:\s*[0-9a-f]{7,64}\b")
_CELL_START = re.compile(r"^\s*\|[ \t]?")
_CELL_END = re.compile(r"(?:(?<![ \t])[ \t]+)?(?<!\\)\|\s*$")
_CELL_RULE = re.compile(r"^(?=.*---)[\s|:-]+$", re.S)
_MARKUP = re.compile(
    r"^#{1,6} *(?!include|define)\w|\*\*\w|^\s*```|\]\(|^[=-]{3,}\s*$|(?<!\w)\*\w[^*\n]*\*(?!\w)",
    re.M,
)
_FENCE = re.compile(r"^\s*(```|~~~)")
_REFERENCE = re.compile(r"^\s*\[[^\]]+\]:\s*\S+\s*(?:[\"'(].*)?$")
_SAME_WIDTH = str.maketrans({"\u00a0": " ", "\u2019": "'", "\u2018": "'", "\t": " ", "\ufeff": " "})


@dataclass(frozen=True, slots=True)
class PageLine:
    """One line of the page's text: `text[0]` stands at `column` of line `number` of the file."""

    number: int
    column: int
    text: str
    code: bool = False

    @property
    def blank(self) -> bool:
        """Whether it is blank."""
        return not self.text.strip()

    def cut(self, start: int) -> PageLine:
        """The line without its first `start` characters."""
        return replace(self, column=self.column + start, text=self.text[start:])


@dataclass(frozen=True, slots=True)
class PageText:
    """A page's neutral lines, without comments, fences, and link references."""

    form: Form
    lines: tuple[PageLine, ...]


def recognise(text: str) -> Form:
    """The form that `text` was saved in."""
    lines = [line for line in text.split("\n") if line.strip()]
    if lines and _BLOB.match(lines[0]):
        return Form.GITILES
    cells = sum(1 for line in lines if line.lstrip().startswith("|"))
    if lines and cells >= 0.8 * len(lines):
        return Form.TABLE
    return Form.MARKDOWN if _MARKUP.search(text) else Form.RENDERED


def undo(text: str) -> PageText:
    """Undo the form of a page's whole text."""
    form = recognise(text)
    lines = [
        PageLine(number, 1, raw.rstrip("\r").translate(_SAME_WIDTH))
        for number, raw in enumerate(text.split("\n"), start=1)
    ]
    if form is Form.TABLE:
        lines = [_uncell(line) for line in lines]
    if form is Form.GITILES:
        header = next(at for at, line in enumerate(lines) if not line.blank)
        lines = lines[header + 1 :]
    return PageText(form, tuple(_without_references(_mark_code(_without_comments(lines)))))


def _uncell(line: PageLine) -> PageLine:
    if _CELL_RULE.match(line.text) and "|" in line.text:
        return replace(line, text="")
    start = _CELL_START.match(line.text)
    inner = line.cut(start.end()) if start else line
    return replace(inner, text=_CELL_END.sub("", inner.text)) if start else inner


def _without_comments(lines: list[PageLine]) -> list[PageLine]:
    """Replace `<!-- … -->` with blanks, over line ends too; drop lines with nothing else."""
    kept: list[PageLine] = []
    inside = False
    for line in lines:
        text, touched, at = line.text, inside, 0
        while True:
            if inside:
                end = text.find("-->", at)
                stop = len(text) if end < 0 else end + 3
                text = text[:at] + " " * (stop - at) + text[stop:]
                at, inside = stop, end < 0
            start = -1 if inside else text.find("<!--", at)
            if start < 0:
                break
            at, inside, touched = start, True, True
        if not touched or text.strip():
            kept.append(replace(line, text=text))
    return kept


def _mark_code(lines: list[PageLine]) -> list[PageLine]:
    """Mark the lines between fences as code; the fences become blank lines."""
    marked: list[PageLine] = []
    fence = ""
    for line in lines:
        match = _FENCE.match(line.text)
        if match and (not fence or match[1] == fence):
            fence = "" if fence else match[1]
            marked.append(replace(line, text=""))
        else:
            marked.append(replace(line, code=bool(fence)))
    return marked


def _without_references(lines: list[PageLine]) -> list[PageLine]:
    return [line for line in lines if line.code or not _REFERENCE.match(line.text)]
