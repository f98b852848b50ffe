"""The sentences of a page, in all sections that have any."""

from __future__ import annotations

from typing import NamedTuple

from zxhil.docs.blocks import entries
from zxhil.docs.errors import sentences
from zxhil.docs.forms import undo
from zxhil.docs.page import DocPage
from zxhil.docs.parse import read_text
from zxhil.docs.prose import prose
from zxhil.docs.sections import outline

_NO_PROSE = ("SYNOPSIS", "SEE ALSO", "NAME")


class Sentence(NamedTuple):
    """A sentence as plain text, the line on which it begins, and its section."""

    text: str
    line: int
    section: str


def sentences_of(page: DocPage) -> tuple[Sentence, ...]:
    """Read the page's file again for its sentences.

    Raises UserError if the file can't be read any more.
    """
    names = frozenset(parameter.name for each in page.prototypes for parameter in each.parameters)
    found: list[Sentence] = []
    for section in outline(undo(read_text(page.path))).sections:
        if section.title in _NO_PROSE:
            continue
        cut = entries(section.prose)
        for block in (*cut.intro, *(block for entry in cut.entries for block in entry.blocks)):
            for each in sentences(prose(block.lines), names):
                found.append(Sentence(each.text, each.line, section.title))
    return tuple(found)
