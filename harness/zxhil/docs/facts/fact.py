"""What a page is known to say, in a form that can be searched for on a page of any age.

A fact names a documented condition by its status, by the parameter that it is about, and by the
words that it can't do without; or a sentence about an effect by its words alone. It says which
clauses of `zxhil.model.pages` follow from it, or why none does.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from zxhil.docs import grammar

NOT_VALID = "not a valid handle|isnt a valid handle|not valid handles|invalid|bad handle"
BAD_POINTER = "invalid pointer|bad pointer|not a valid pointer|invalid pointers"
NOT_ZERO = "nonzero|non zero|not zero|other than 0|not 0"

_GAP = re.compile(r"[^a-z0-9_]+")


class PageFact(NamedTuple):
    """One condition or sentence of a page, as words to search for.

    `clauses` are names of the page's clauses (with no ``page/``); empty if it is not modelled,
    and then `why` says why. `status` is empty for a sentence that is not in a list of errors.
    `about` are the names, over the ages, of the parameter that is the condition's subject; any
    subject will do if empty. Each of `words` is a phrase, or several with ``|`` between, one of
    which must be there; ``!`` before it: none may be.
    """

    clauses: tuple[str, ...]
    status: str
    about: tuple[str, ...]
    words: tuple[str, ...]
    why: str = ""

    def says(self, plain: str) -> bool:
        """Whether a sentence (as `plain_words` gives it) has the words."""
        return all(_has(plain, phrases) for phrases in self.words)

    def __str__(self) -> str:
        parts = [self.status, "/".join(self.about), *(f"«{each}»" for each in self.words)]
        return " ".join(part for part in parts if part)


class PageFacts(NamedTuple):
    """The facts of one page. `age` says which text of the page they were taken from.

    `elsewhere` has clauses that no sentence of the page states: another page does, which it names.
    """

    name: str
    age: str
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


def error(status: str, clauses: str, about: str, *words: str) -> PageFact:
    """A condition that is modelled. `clauses` have spaces between, the names of `about` ``|``."""
    return PageFact(tuple(clauses.split()), f"ZX_ERR_{status}", _names(about), words)


def unmodelled(status: str, about: str, *words: str, why: str) -> PageFact:
    """A condition that no clause follows from."""
    return PageFact((), f"ZX_ERR_{status}", _names(about), words, why)


def effect(clauses: str, *words: str) -> PageFact:
    """A sentence anywhere on the page."""
    return PageFact(tuple(clauses.split()), "", (), words)


def rights(clause: str, *names: str) -> tuple[PageFact, ...]:
    """A right for each name that the page says a handle will have."""
    return tuple(effect(clause, f"zx_right_{name.lower()}") for name in names)


def memory() -> PageFact:
    """The sentence that most pages have of ZX_ERR_NO_MEMORY."""
    return error("NO_MEMORY", "no_memory", "", "memory")


def facts(
    name: str, age: str, *said: PageFact, elsewhere: dict[str, str] | None = None
) -> PageFacts:
    """The facts of a page."""
    return PageFacts(name, age, said, elsewhere or {})


def plain_words(text: str) -> str:
    """`text` in small letters, each word between single spaces, apostrophes left out.

    Constants have their prefix of today: MX_RIGHT_WRITE is what ZX_RIGHT_WRITE was called.
    """
    plain = _GAP.sub(" ", text.lower().replace("'", "")).strip()
    return f" {plain} ".replace(" mx_", " zx_")


def subject(text: str, parameters: frozenset[str]) -> str:
    """The parameter that a condition is about: the last one named before its verb, or none.

    "The handle *socket_to_share* is invalid" is about `socket_to_share`, not about `handle`.
    """
    verb = grammar.verb_at(text)
    before = text if verb is None else text[:verb]
    named = [word for word in re.findall(r"[A-Za-z_]\w*", before) if word in parameters]
    return named[-1] if named else ""


def _names(about: str) -> tuple[str, ...]:
    return tuple(name for name in about.split("|") if name)


def _has(plain: str, phrases: str) -> bool:
    wanted = not phrases.startswith("!")
    return wanted == any(f" {each} " in plain for each in phrases.lstrip("!").split("|"))
