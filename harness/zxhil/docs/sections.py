"""The sections of a page, with titles of every age.

Until 2020 pages said NAME and SYNOPSIS, later ones Summary and Declaration; titles of today are
in small letters. A page with no markup has its titles on lines of their own, in capitals.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from zxhil.docs.forms import PageLine, PageText

_HASHES = re.compile(r"^\s{0,3}(#{1,6})(?!include\b|define\b|if|endif\b|pragma\b)\s*(.*\S)\s*$")
_UNDERLINE = re.compile(r"^\s*(={3,}|-{3,})\s*$")
_ANCHOR = re.compile(r"\{#[^}]*\}|[*_`]{1,2}(?=\S)|(?<=\S)[*_`]{1,2}(?=\s|$)|:$")
_SAME = {
    "SUMMARY": "NAME",
    "DECLARATION": "SYNOPSIS",
    "RETURN VALUES": "RETURN VALUE",
    "RETURNS": "RETURN VALUE",
    "RETURN": "RETURN VALUE",
    "ERROR": "ERRORS",
    "ERROR CODES": "ERRORS",
    "NOTE": "NOTES",
}
_KNOWN = frozenset(
    [
        "NAME",
        "SYNOPSIS",
        "DESCRIPTION",
        "RIGHTS",
        "ERRORS",
        "NOTES",
        "LIMITATIONS",
        "BUGS",
        "EXAMPLES",
        "EXAMPLE",
    ]
) | {"RETURN VALUE", "SEE ALSO"}


@dataclass(frozen=True, slots=True)
class PageSection:
    """One section: its canonical title in capitals, the heading's line, and its lines."""

    title: str
    line: int
    lines: tuple[PageLine, ...]

    @property
    def prose(self) -> tuple[PageLine, ...]:
        """The lines outside of code."""
        return tuple(line for line in self.lines if not line.code)

    def topic(self, line: int) -> str:
        """The sub-heading that a line of the file stands below; empty if there is none."""
        topic = ""
        for each in self.lines:
            if each.number >= line:
                break
            match = None if each.code else _HASHES.match(each.text)
            topic = _title(match[2]).partition("{#")[0].strip(" *`") if match else topic
        return topic


@dataclass(frozen=True, slots=True)
class Outline:
    """A page's title (empty if it has none) and sections in order."""

    title: str
    title_line: int
    sections: tuple[PageSection, ...]

    def get(self, title: str) -> PageSection | None:
        """The section of that canonical title; repeated ones are joined."""
        same = [section for section in self.sections if section.title == title]
        if len(same) < 2:
            return same[0] if same else None
        return PageSection(title, same[0].line, tuple(line for each in same for line in each.lines))


def canonical(title: str) -> str:
    """A heading's title in capitals, later names replaced with the older ones."""
    upper = " ".join(_ANCHOR.sub("", title).split()).upper()
    return _SAME.get(upper, upper)


def outline(source: PageText) -> Outline:
    """Split a page into its sections."""
    headings = list(_headings(source.lines))
    title, title_line = "", 0
    if headings and headings[0][1] not in _KNOWN:
        at, _, title = headings.pop(0)
        title_line = source.lines[at].number
    elif not headings or headings[0][0] > 0:
        before = source.lines[: headings[0][0]] if headings else source.lines
        first = next((line for line in before if not line.blank and not line.code), None)
        if first is not None:
            title, title_line = first.text.strip(), first.number
    sections = []
    ends = [*(at for at, _, _ in headings[1:]), len(source.lines)][: len(headings)]
    for (at, name, _), end in zip(headings, ends, strict=True):
        body = source.lines[at + 1 : end]
        if body and _UNDERLINE.match(body[0].text):
            body = body[1:]
        sections.append(PageSection(name, source.lines[at].number, body))
    return Outline(title, title_line, tuple(sections))


def _headings(lines: tuple[PageLine, ...]) -> list[tuple[int, str, str]]:
    """Index, canonical title and written title of each heading that opens a section.

    A heading of the third level or deeper belongs to its section, unless its title is that of
    a section: some pages have `### DESCRIPTION`.
    """
    hashed: list[tuple[int, str, str]] = []
    plain: list[tuple[int, str, str]] = []
    for at, line in enumerate(lines):
        if line.code or line.blank:
            continue
        match = _HASHES.match(line.text)
        title = _title(match[2]) if match else line.text.strip()
        name = canonical(title)
        below = lines[at + 1].text if at + 1 < len(lines) else ""
        if match and (len(match[1]) <= 2 or name in _KNOWN):
            hashed.append((at, name, title))
        elif _UNDERLINE.match(below) and (name in _KNOWN or (not hashed and not plain)):
            hashed.append((at, name, line.text.strip()))
        elif (
            not match
            and name in _KNOWN
            and line.text.strip().strip("*_:") not in ("Note", "Return")
        ):
            plain.append((at, name, line.text.strip()))
    return hashed or plain


def _title(written: str) -> str:
    """A heading without closing hashes."""
    return written.rstrip("#").rstrip() or written[:1]
