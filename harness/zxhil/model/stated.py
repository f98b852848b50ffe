"""What a page is known to state, in a form that can be searched for on a page of any age.

The words are for searching; the pages themselves are not copied. `zxhil.docs` looks for them.
"""

from __future__ import annotations

from typing import NamedTuple

NOT_VALID = "not a valid handle|isnt a valid handle|not valid handles|invalid|bad handle"
BAD_POINTER = (
    "invalid pointer|bad pointer|not a valid pointer|isnt a valid pointer|"
    "not a valid userspace pointer|invalid pointers"
)
NOT_ZERO = "nonzero|non zero|not zero|other than 0|not 0"
TOO_LARGE = "largest|too large"
MEMORY = "memory"
PEER_CLOSED = ("other side|peer", "closed")

Words = str | tuple[str, ...]


class PageFact(NamedTuple):
    """One condition or sentence of a page, as words to search for.

    `clauses` are names of the page's clauses (with no ``page/``); empty if it is not modelled,
    and then `why` says why. `status` is empty for a sentence that is not in a list of errors.
    `about` are the names, over the ages, of the parameter that is the condition's subject; any
    subject will do if empty. Each of `words` is a phrase in small letters, or several with ``|``
    between, one of which must be there; ``!`` before it: none may be.
    """

    clauses: tuple[str, ...]
    status: str
    about: tuple[str, ...]
    words: tuple[str, ...]
    why: str = ""

    def says(self, plain: str) -> bool:
        """Whether a sentence (as `zxhil.docs.words.plain_words` gives it) has the words."""
        return all(_has(plain, phrases) for phrases in self.words)

    def __str__(self) -> str:
        parts = [self.status, "/".join(self.about), *(f"«{each}»" for each in self.words)]
        return " ".join(part for part in parts if part)


class PageFacts(NamedTuple):
    """The facts of one page.

    `elsewhere` has clauses that no sentence of the page states: another page does, which it names.
    """

    name: str
    facts: tuple[PageFact, ...]
    elsewhere: dict[str, str]

    @property
    def conditions(self) -> tuple[PageFact, ...]:
        """Those about a status."""
        return tuple(fact for fact in self.facts if fact.status)

    @property
    def sentences(self) -> tuple[PageFact, ...]:
        """Those about effects."""
        return tuple(fact for fact in self.facts if not fact.status)

    @property
    def parameters(self) -> frozenset[str]:
        """Every name of every parameter that a fact is about."""
        return frozenset(name for fact in self.facts for name in fact.about)


def page_fact(status: str, clauses: str, about: str, words: Words, why: str = "") -> PageFact:
    """A fact; `clauses` have spaces between, the names of `about` have ``|``."""
    names = tuple(name for name in about.split("|") if name)
    phrases = (words,) if isinstance(words, str) else words
    return PageFact(tuple(clauses.split()), status, names, phrases, why)


def _has(plain: str, phrases: str) -> bool:
    wanted = not phrases.startswith("!")
    return wanted == any(f" {each} " in plain for each in phrases.lstrip("!").split("|"))
