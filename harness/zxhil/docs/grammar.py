"""A minimal English grammar for the pages' error sentences.

The lists are closed: they were collected from the error sentences of four ages of the pages.
"""

from __future__ import annotations

import re
from enum import StrEnum

from zxhil.docs.prose import Prose

STATUS = re.compile(r"(?<![A-Z0-9_])(?:[A-Z]{1,4}_)?ERR_[A-Z][A-Z0-9_]*")
_PLAIN_PREFIX = re.compile(r"^(?:MX_)?(?=ERR_)")
#: Names of the headers until the middle of 2017.
_RENAMED = {
    "ZX_ERR_REMOTE_CLOSED": "ZX_ERR_PEER_CLOSED",
    "ZX_ERR_HANDLE_CLOSED": "ZX_ERR_CANCELED",
}

_AUXILIARIES = """
is isn't are aren't was wasn't were weren't has hasn't have haven't had hadn't does doesn't do
don't did didn't can can't cannot could couldn't may might must will would won't shall should
"""
_VERBS = """
lacks lack contains contain contained refers refer exceeds exceed exceeded overflows overflow
overlaps overlap specifies specify belongs belong supports corresponds correspond
conflicts describes describe starts became becomes failed fails fail passed requires includes
include included lies allows names expired expires represents represent points matches equals
indicates denotes crosses ends falls intersects executed goes attempts timed spans covers
wraps holds needs resides occurs uses ran came went got lost
"""
_FINITE = frozenset((_AUXILIARIES + _VERBS).split())
_RELATIVES = frozenset(["that", "which", "who", "whose", "what"])
_SUBORDINATORS = frozenset(
    [
        "when",
        "where",
        "if",
        "unless",
        "while",
        "because",
        "since",
        "although",
        "though",
        "whereas",
        "until",
        "after",
        "before",
    ]
)
_ADVERBS = frozenset(
    ["already", "also", "still", "then", "otherwise", "now", "either", "simply", "just", "not"]
)
_PREPOSITIONS = frozenset(["to", "in", "on", "of", "with", "from", "by", "for", "at", "due"])
_PHRASE = re.compile(
    r"\b(?:\w+ or (?:(?:more|less|fewer|greater)\b(?!\s+than)|both|all|equal)|whether or not)\b",
    re.I,
)
VERB_MARK = "\N{SECTION SIGN}"  # replaces a word in a verb's position
_NOUNS = re.compile(
    r"rights|buffers|bits|flags|bytes|handles|values|args|arguments|entries|pointers|parameters"
    r"|fields|objects|options|states|process|address|access|elements|items|pages"
)
_THIRD_PERSON = re.compile(r"\s+(?P<verb>[a-z]{2,}[^\W\d_su]s)\b")
_WORD = re.compile(rf"[A-Za-z_{VERB_MARK}][A-Za-z_0-9'{VERB_MARK}]*")
_HEAD = re.compile(
    r"^(?:(?:either|neither|if|when|or|and|nor|both|any|one|all|each|some|either of|of|the|a|an"
    r"|provided|given|value|handle|handles|parameter|pointer|\([a-z]\))\s+)*",
    re.I,
)
LEAD = re.compile(r"^(?:(?:either|or|if|nor)\b\s*|\((?:[a-z]|\d|i+)\)\s*)+", re.I)
# What ends a name's part in a clause before it: "… is A or B but *c* is not 0".
_OPENING = re.compile(
    rf"\b(?:(?:{'|'.join(sorted(_SUBORDINATORS))})\s+|and\s+(?=(?:the|a|an)\b))", re.I
)
_TURN = re.compile(
    r"\bbut\b|(?<=[A-Z0-9])\s+and\s+(?=(?:the|a|an|its|is|are|does)\b"
    r"|[a-z]\w*\s+(?:is|are|was|were|has|have|does)\b)"
)


class PhraseKind(StrEnum):
    """The kind of a chunk of words between two separators."""

    CLAUSE = "clause"  # a subject and a finite verb
    VERB = "verb"  # a predicate that takes the subject before it
    BARE = "bare"  # neither


def canonical_status(written: str) -> str:
    """Today's name of a status of any age (`MX_ERR_X`, `ERR_X` → `ZX_ERR_X`)."""
    name = _PLAIN_PREFIX.sub("ZX_", written)
    return _RENAMED.get(name, name)


def masked(text: str) -> str:
    """`text` with parentheses and fixed phrases blanked out, of the same length."""
    out = list(_PHRASE.sub(lambda match: re.sub(r"[^ ]", "#", match[0]), text))
    depth = 0
    for at, char in enumerate(text):
        opens = char in "([{" and not _is_marker(text, at)
        closes = char in ")]}" and depth > 0
        if opens:
            depth += 1
        if depth:
            out[at] = "_" if char != " " else " "
            if char in ",.;:":
                out[at] = "_"
            if char.isalpha():
                out[at] = "#"
        if closes:
            depth -= 1
    return "".join(out)


def _is_marker(text: str, at: int) -> bool:
    """Whether an opening parenthesis belongs to a list marker such as `(a)`."""
    return re.match(r"\((?:[a-z]|\d)\)\s", text[at:]) is not None


def mark_verbs(mask: str, prose: Prose, names: frozenset[str]) -> str:
    """Mark in `mask` each word that must be a verb: "*a* asks" has one that is on no list."""
    spans = [(each.start, each.end) for each in prose.marks if each.kind == "emphasis"]
    if not spans:
        spans = [match.span() for match in _WORD.finditer(mask) if match[0] in names]
    for start, end in spans:
        match = _THIRD_PERSON.match(mask, end)
        if match and prose.text[start:end].islower() and not _NOUNS.fullmatch(match["verb"]):
            first, last = match.span("verb")
            mask = mask[:first] + VERB_MARK * (last - first) + mask[last:]
    return mask


def _finite(word: str) -> bool:
    return word in _FINITE or word.startswith(VERB_MARK)


def words(text: str) -> list[tuple[str, int]]:
    """The words of `text`, in lower case, each with its offset."""
    return [(match[0].lower(), match.start()) for match in _WORD.finditer(text)]


def verb_at(text: str) -> int | None:
    """Offset of the finite verb of `text`'s main clause, or None."""
    skip = False
    for at, (word, offset) in enumerate(words(text)):
        if word in _SUBORDINATORS and at > 0:
            return None
        if word in _RELATIVES:
            skip = True
        elif _finite(word):
            if not skip:
                return offset
            skip = False
    return None


def has_subordinate(text: str) -> bool:
    """Whether the main clause of `text` is followed by a subordinate one with a verb."""
    main = verb_at(text)
    if main is None:
        return False
    open_ = False
    for word, offset in words(text):
        if offset > main:
            if word in _SUBORDINATORS or word in _RELATIVES:
                open_ = True
            elif open_ and _finite(word):
                return True
    return False


def is_open(text: str) -> bool:
    """Whether `text` ends in mid-clause: "… when neither X", "… and the pager".

    What follows it after "or" completes that clause, and is not a separate one.
    """
    main = verb_at(text)
    if main is None:
        return False
    opened = _OPENING.search(text, main)
    while opened:
        rest = text[opened.end() :]
        if not any(_finite(word) for word, _ in words(rest)):
            return not re.match(r"\w+ing\b", rest)
        opened = _OPENING.search(text, opened.end())
    return False


def kind_of(text: str) -> PhraseKind:
    """The kind of `text`, masked."""
    start = LEAD.match(text)
    rest = _TURN.split(text[start.end() :] if start else text)[0]
    verb = verb_at(rest)
    if verb is None:
        return PhraseKind.BARE
    before = [word for word, offset in words(rest) if offset < verb]
    if re.search(r"[#_0-9`]", rest[:verb].replace("_", "#")) and not before:
        return PhraseKind.CLAUSE
    return PhraseKind.VERB if all(word in _ADVERBS for word in before) else PhraseKind.CLAUSE


def preposition(text: str) -> str | None:
    """The preposition that `text` starts with, or None."""
    first = words(text)[:1]
    return first[0][0] if first and first[0][0] in _PREPOSITIONS else None


def head_length(text: str) -> int:
    """The length of the articles and similar words that `text` starts with."""
    match = _HEAD.match(text)
    return match.end() if match else 0


def parameter_span(prose: Prose, names: frozenset[str]) -> tuple[int, int] | None:
    """The span of the parameter that `prose` starts with, after articles; None if it does not.

    With markup a parameter is a word in emphasis; without, a name of the synopsis. The head may
    itself hold a name ("The handle handle"): the last one counts.
    """
    limit = head_length(prose.text)
    for mark in prose.marks:
        if mark.kind == "emphasis" and mark.start <= limit:
            word = prose.text[mark.start : mark.end]
            if re.fullmatch(r"[a-z][a-z0-9_]*(?:'s)?", word):
                return mark.start, mark.end
    if any(mark.kind == "emphasis" for mark in prose.marks):
        return None
    for start in (limit, *reversed([at for _, at in words(prose.text) if at < limit])):
        match = _WORD.match(prose.text, start)
        if match and match[0] in names:
            return match.span()
    return None
