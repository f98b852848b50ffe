"""The RIGHTS section: which types and rights a call requires of which handle."""

from __future__ import annotations

import re

from zxhil.docs.blocks import entries
from zxhil.docs.errors import sentences
from zxhil.docs.page import Problem, RightsClause, RightsSection, Stated
from zxhil.docs.prose import Prose, prose
from zxhil.docs.sections import PageSection

_TODO = re.compile(r"^\W*(?:TODO|TBD)\b")
_NONE = re.compile(r"^none\b", re.I)
_DEMAND = re.compile(
    r"^(?:(?P<guard>If\b.*?),\s*)?(?P<subject>.+?)\s+(?:must|needs to|should)\s+"
    r"(?:be|have|allow)\b",
    re.I,
)
_TYPE = re.compile(r"\bZX_OBJ_TYPE_[A-Z0-9_]+")
_RIGHT = re.compile(r"\bZX_RIGHT_[A-Z0-9_]+")
_KIND = re.compile(r"\bZX_RSRC_(?:KIND|SYSTEM)_[A-Z0-9_]+")
_POLICY = re.compile(r"\bZX_POL_[A-Z0-9_]+")


def rights_of(
    section: PageSection | None, names: frozenset[str]
) -> tuple[RightsSection, tuple[Problem, ...]]:
    """Parse the section, which may be missing."""
    if section is None:
        return RightsSection(Stated.MISSING, 0, ()), ()
    cut = entries(section.prose)
    texts = [prose(block.lines) for block in cut.intro]
    clauses: list[RightsClause] = []
    problems: list[Problem] = []
    stated = Stated.MISSING
    for text in texts:
        for sentence in sentences(text, names):
            if _TODO.match(sentence.text):
                stated = Stated.TODO
            elif _NONE.match(sentence.text):
                stated = Stated.NONE
            else:
                clause = _clause(sentence)
                clauses.append(clause)
                if not (clause.types or clause.rights or clause.kinds or clause.policies):
                    problems.append(
                        Problem(text.line, f"not understood under RIGHTS: {clause.text}")
                    )
    if clauses:
        stated = Stated.LISTED
    return RightsSection(stated, section.line, tuple(clauses)), tuple(problems)


def _clause(sentence: Prose) -> RightsClause:
    match = _DEMAND.match(sentence.text)
    guard = (match["guard"] or "") if match else ""
    subject = match["subject"] if match else ""
    start = match.end("subject") if match else 0
    demand = sentence.text[start:]
    return RightsClause(
        sentence.text,
        sentence.line,
        guard,
        subject,
        tuple(_TYPE.findall(demand)),
        tuple(_RIGHT.findall(demand)),
        tuple(_KIND.findall(demand)),
        tuple(_POLICY.findall(demand)),
    )
