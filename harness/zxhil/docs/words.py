"""How the facts of the model's pages are looked for on the pages that a user brings."""

from __future__ import annotations

import re

from zxhil.abi.calls import BY_NAME
from zxhil.docs import grammar
from zxhil.model.pages import load_or_none_yet
from zxhil.model.stated import PageFacts

_GAP = re.compile(r"[^a-z0-9_]+")


def facts_of(name: str) -> PageFacts | None:
    """What the page of the call `name` is known to state; None if it is not modelled."""
    if name not in BY_NAME:
        return None
    stated = load_or_none_yet(name).stated
    return stated if stated.facts else None


def plain_words(text: str) -> str:
    """`text` in small letters, each word between single spaces, apostrophes left out.

    Constants have their prefix of today: MX_RIGHT_WRITE is what ZX_RIGHT_WRITE was called.
    """
    plain = _GAP.sub(" ", text.lower().replace("'", "")).strip()
    return f" {plain} ".replace(" mx_", " zx_")


def subject(text: str, parameters: frozenset[str]) -> str:
    """The parameter that a condition is about: the last one named before its verb, or none.

    "The handle *socket_to_share* is invalid" is about `socket_to_share`, not about `handle`, and so
    is "the *socket_to_share* handle is invalid".
    """
    verb = grammar.verb_at(text)
    before = text if verb is None else text[:verb]
    words = re.findall(r"[A-Za-z_]\w*", before)
    if words[-1:] == ["handle"] and words[-2:-1] and words[-2] in parameters:
        words.pop()
    named = [word for word in words if word in parameters]
    return named[-1] if named else ""
