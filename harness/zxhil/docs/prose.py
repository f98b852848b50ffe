"""Running text without markup, with the place of each character in the file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from zxhil.docs.forms import PageLine

_TAGS = (
    "a|b|br|code|dd|div|dl|dt|em|i|li|ol|p|span|strong|sub|sup|table|tbody|td|th|thead|tr|tt|ul|var"
)
_TOKEN = re.compile(
    r"\\(?P<escaped>[\\`*_{}\[\]()#+.!|<>-])"
    r"|\[(?P<link>(?:[^\[\]]|\[[^\[\]]*\])*)\](?:\([^()\s]*\)|\[[^\[\]]*\])"
    r"|\[(?P<reference>`[^`]*`)\]"
    r"|(?P<ticks>`{1,8})(?P<code>[^`]+)(?P=ticks)"
    r"|\*\*(?P<strong>[^*\s](?:[^*]*[^*\s])?)\*\*"
    r"|\*(?P<emphasis>[^*\s](?:[^*]*[^*\s])?)\*"
    r"|(?<!\w)__(?P<strong2>[^_\s](?:.*?[^_\s])?)__(?!\w)"
    r"|(?<!\w)_(?P<emphasis2>[^_\s](?:[^_]*[^_\s])?)_(?!\w)"
    rf"|(?P<tag></?(?:{_TAGS})(?:\s[^<>]*)?/?>)"
    r"|(?P<entity>&(?:lt|gt|amp|nbsp|quot);)"
    r"|(?P<stray>\*\*|(?<=\w)\*(?=[\s.,;]|$)|(?<=\s)\*(?=\w))"
)
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&", "&nbsp;": " ", "&quot;": '"'}
_KINDS = {
    "link": "link",
    "reference": "link",
    "code": "code",
    "strong": "strong",
    "strong2": "strong",
    "emphasis": "emphasis",
    "emphasis2": "emphasis",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """`text[start:end]` of a prose was marked up as `kind`: emphasis, strong, code or link."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Prose:
    """Plain text with single spaces. `places[i]` is the (line, column) of `text[i]`."""

    text: str
    places: tuple[tuple[int, int], ...]
    marks: tuple[Mark, ...]

    def cut(self, start: int, end: int) -> Prose:
        """`text[start:end]`, with no white space at its ends."""
        while start < end and self.text[start] == " ":
            start += 1
        while end > start and self.text[end - 1] == " ":
            end -= 1
        marks = tuple(
            Mark(max(mark.start, start) - start, min(mark.end, end) - start, mark.kind)
            for mark in self.marks
            if mark.start < end and mark.end > start
        )
        return Prose(self.text[start:end], self.places[start:end], marks)

    @property
    def line(self) -> int:
        """The file's line of its first character; 0 if empty."""
        return self.places[0][0] if self.places else 0


def prose(lines: Iterable[PageLine]) -> Prose:
    """The plain text of consecutive lines."""
    raw: list[str] = []
    places: list[tuple[int, int]] = []
    for line in lines:
        if raw:
            raw.append(" ")
            places.append((line.number, line.column))
        raw.extend(line.text)
        places.extend((line.number, line.column + at) for at in range(len(line.text)))
    out = _Writer()
    _strip("".join(raw), places, out)
    return out.finish()


class _Writer:
    """Collects characters, collapsing white space."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.places: list[tuple[int, int]] = []
        self.marks: list[Mark] = []

    def put(self, char: str, place: tuple[int, int]) -> None:
        if char.isspace():
            char = " "
            if not self.text or self.text[-1] == " ":
                return
        self.text.append(char)
        self.places.append(place)

    def finish(self) -> Prose:
        whole = Prose("".join(self.text), tuple(self.places), tuple(self.marks))
        return whole.cut(0, len(whole.text))


def _strip(raw: str, places: list[tuple[int, int]], out: _Writer) -> None:
    at = 0
    for match in _TOKEN.finditer(raw):
        for index in range(at, match.start()):
            out.put(raw[index], places[index])
        at = match.end()
        name = match.lastgroup or ""
        if name in _KINDS:
            start, end = match.span(name)
            if name == "code":
                _literal(raw[start:end], places[start:end], out)
            else:
                before = len(out.text)
                _strip(raw[start:end], places[start:end], out)
                out.marks.append(Mark(before, len(out.text), _KINDS[name]))
        elif name == "escaped":
            out.put(match["escaped"], places[match.start()])
        elif name == "entity":
            out.put(_ENTITIES[match["entity"]], places[match.start()])
        elif name == "tag":
            out.put(" ", places[match.start()])
    for index in range(at, len(raw)):
        out.put(raw[index], places[index])


def _literal(raw: str, places: list[tuple[int, int]], out: _Writer) -> None:
    before = len(out.text)
    for char, place in zip(raw, places, strict=True):
        out.put(char, place)
    out.marks.append(Mark(before, len(out.text), "code"))
