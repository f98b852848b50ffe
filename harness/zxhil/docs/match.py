"""Match a page's conditions and sentences with the clauses that they state.

Nothing is guessed: a condition states a clause if a fact of the model matches its status, subject,
and words. A condition without a fact is not modelled; one with two is ambiguous.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from zxhil.docs.blocks import entries
from zxhil.docs.errors import sentences
from zxhil.docs.forms import undo
from zxhil.docs.page import Condition, DocPage, DocumentedError
from zxhil.docs.parse import read_text
from zxhil.docs.prose import prose
from zxhil.docs.sections import outline
from zxhil.docs.words import facts_of, plain_words, subject
from zxhil.model.stated import PageFact, PageFacts

_NO_PROSE = ("SYNOPSIS", "SEE ALSO", "NAME")


class Standing(StrEnum):
    """Whether a documented condition is checked on the kernel."""

    MODELLED = "modelled"
    NOT_MODELLED = "not modelled"
    AMBIGUOUS = "ambiguous"


class Matched(NamedTuple):
    """A documented condition and the facts that match it.

    `condition` is None where the page gives a status without a condition.
    """

    error: DocumentedError
    condition: Condition | None
    facts: tuple[PageFact, ...]

    @property
    def standing(self) -> Standing:
        """Modelled if exactly one fact matches, and that fact has clauses."""
        if len(self.facts) > 1:
            return Standing.AMBIGUOUS
        return Standing.MODELLED if self.clauses else Standing.NOT_MODELLED

    @property
    def clauses(self) -> tuple[str, ...]:
        """The names of the clauses, with no ``page/``."""
        return tuple(dict.fromkeys(name for fact in self.facts for name in fact.clauses))

    @property
    def line(self) -> int:
        """Its line in the page's file."""
        return self.error.line if self.condition is None else self.condition.line

    @property
    def text(self) -> str:
        """The condition, or the page's text in place of one."""
        if self.condition is not None:
            return self.condition.text
        return " ".join(self.error.remarks) or "(the page does not say when)"

    @property
    def why(self) -> str:
        """Why it is not modelled, if known, or which facts it is ambiguous between."""
        if self.standing is Standing.AMBIGUOUS:
            return "; ".join(str(fact) for fact in self.facts)
        return self.facts[0].why if self.facts else ""


class Found(NamedTuple):
    """A fact about an effect, and the page's sentences that state it."""

    fact: PageFact
    sentences: tuple[Sentence, ...]


class PageMatch(NamedTuple):
    """A page matched with the facts of its call; they are None if there are none.

    `absent` are the names of clauses that nothing on this page states; `unseen` are the facts
    that nothing on it matches.
    """

    page: DocPage
    facts: PageFacts | None
    conditions: tuple[Matched, ...]
    sentences: tuple[Found, ...]
    absent: tuple[str, ...]
    unseen: tuple[PageFact, ...]

    def places(self, clause: str) -> tuple[tuple[int, str], ...]:
        """Line and text of everything on the page that states a clause (no ``page/``)."""
        found = [(each.line, each.text) for each in self.conditions if clause in each.clauses]
        for said in self.sentences:
            if clause in said.fact.clauses:
                found.extend((each.line, each.text) for each in said.sentences)
        return tuple(dict.fromkeys(found))


def match_page(page: DocPage, errors: tuple[DocumentedError, ...] | None = None) -> PageMatch:
    """Match a page with the facts of its call.

    `errors` are the documented errors if they are not just the page's own (`DocTree.errors_of`).
    """
    facts = facts_of(page.name)
    listed = page.errors if errors is None else errors
    conditions = tuple(
        Matched(error, condition, _known(facts, error, condition))
        for error in listed
        for condition in (error.conditions or (None,))
    )
    if facts is None:
        return PageMatch(page, None, conditions, (), (), ())
    text = [(sentence, plain_words(sentence.text)) for sentence in sentences_of(page)]
    sentences = tuple(
        Found(fact, tuple(sentence for sentence, plain in text if fact.says(plain)))
        for fact in facts.sentences
    )
    seen = {fact for each in conditions for fact in each.facts}
    seen |= {each.fact for each in sentences if each.sentences}
    covered = {name for fact in seen for name in fact.clauses}
    known = dict.fromkeys(name for fact in facts.facts for name in fact.clauses)
    return PageMatch(
        page,
        facts,
        conditions,
        sentences,
        tuple(name for name in known if name not in covered),
        tuple(fact for fact in facts.facts if fact not in seen),
    )


def _known(
    facts: PageFacts | None, error: DocumentedError, condition: Condition | None
) -> tuple[PageFact, ...]:
    if facts is None:
        return ()
    text = " ".join(error.remarks) if condition is None else condition.text
    plain = plain_words(text)
    names = facts.parameters
    about = subject(text, names)
    return tuple(
        fact
        for fact in facts.conditions
        if fact.status == error.status
        and (not fact.about or about in fact.about)
        and fact.says(plain)
    )


class Sentence(NamedTuple):
    """A sentence as plain text, the line on which it begins, and its section."""

    text: str
    line: int
    section: str


def sentences_of(page: DocPage) -> tuple[Sentence, ...]:
    """Read the page's file again for its sentences.

    Raises UserError if the file can no longer be read.
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
