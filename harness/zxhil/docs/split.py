"""Split one error sentence into separate conditions.

A condition is a subject and a predicate. So these separate conditions:

- clauses in a list ("*a* is bad, *b* is bad, or there is no *c*");
- subjects that share a predicate ("*a* or *b* is not valid": one for each parameter);
- predicates that share a subject ("*a* is zero or exceeds the limit");
- like prepositions ("is a handle to the same object or to its peer").

And these do not: alternatives within a predicate ("is neither NULL nor aligned", "is not a job,
process or thread"), anything in parentheses, anything after "for example", "and", "but".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from zxhil.docs import grammar
from zxhil.docs.grammar import PhraseKind
from zxhil.docs.page import Condition
from zxhil.docs.prose import Prose

# White space is matched from its start only, or a run of it takes quadratic time.
_SEPARATOR = re.compile(r"(?:(?<!\s)\s+)?[,;]\s+(?:or\s+)?|(?<!\s)\s+or\s+", re.I)
_ASIDE = re.compile(
    r"[,;]?\s(?:for example|for instance|e\.g\.|i\.e\.|such as|namely)\b|[,;]\sthat is,", re.I
)
_GLUE = re.compile(
    r"^(?:and|but|then|which|in which|whose|who|where|unless|except|when|while|so|as|even|"
    r"including|regardless|respectively|with|without|otherwise|causing)\b",
    re.I,
)
# A list's item may end in ", or".
_TRAIL = re.compile(r"(?:(?<![\s.,;:])[\s.,;:]+)?(?:\bor[\s.,;:]*)?$")
# "the hook encountered a fault": a clause whose verb is on no list.
_PAST = re.compile(r"the\s+\w+\s+[a-z]+ed\s+(?:the|an?)\b")
# "is ending or ended and cannot be paused": what follows "and" holds for both.
_PARTICIPLE = re.compile(r"(?:[a-z]+ed|[a-z]+ing)\s+and\s+(?:cannot|can't|can|may|must)\b")
_RESPECTIVELY = re.compile(
    r"(?P<subjects>.+?)\s+(?P<verb>(?:is|are|was|were)(?:\s+not)?)\s+(?P<predicates>.+?)"
    r",?\s+respectively$"
)
_LIST = re.compile(r",\s+(?:(?:or|and)\s+)?|(?<!\s)\s+(?:or|and)\s+")
_ARTICLE = re.compile(r"(?:an?|the)\b")
_NOUN = re.compile(r"^(?:the|an?|any|no)\b", re.I)
# "is zero", "is either closed": one word, which what follows "or" may be an alternative to.
_COPULA = re.compile(r"(?P<verb>(?:is|are|was|were)\s)\s*(?:either\s+)?(?!not\b)[a-z0-9-]+\s*$")
_EITHER = re.compile(r"\beither\b")
_MORE = re.compile(r"\b(?:and|but)\b")
_BECAUSE = re.compile(r"\bbecause\s")
_BOTH = re.compile(r"^and\b", re.I)
#: Characters; far more than any page's sentence has.
_LONGEST = 4000


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Words between two separators; `separator` is the one before them."""

    start: int
    end: int
    separator: str


@dataclass(frozen=True, slots=True)
class _Part:
    """One condition as spans of the sentence: shared words, its own, and shared ones again."""

    before: tuple[tuple[int, int], ...]
    own: tuple[tuple[int, int], ...]


def conditions(sentence: Prose, names: frozenset[str]) -> tuple[Condition, ...]:
    """The separate conditions of one sentence, in order; `names` are the synopsis's parameters.

    A sentence over the limit is one condition.
    """
    if len(sentence.text) > _LONGEST:
        return (whole(sentence),)
    end = _TRAIL.search(sentence.text)
    body = sentence.cut(0, end.start() if end else len(sentence.text))
    if not body.text:
        return ()
    mask = grammar.mark_verbs(_mask(body.text), body, names)
    pairs = _pairs(mask)
    if pairs:
        return tuple(_condition(body, part) for part in pairs)
    groups = _group(body, mask, _chunks(mask), names)
    if _all_hold(mask, groups):
        groups = [[_Chunk(groups[0][0].start, groups[-1][-1].end, "")]]
    found: list[Condition] = []
    subject: tuple[int, int] | None = None
    for group in groups:
        parts, subject = _parts(body, mask, group, names, subject)
        found.extend(_condition(body, part) for part in parts)
    return tuple(found)


def whole(sentence: Prose) -> Condition:
    """A whole sentence as one condition, if it has another form."""
    body = sentence.cut(0, len(sentence.text.rstrip(" .;:")))
    return _condition(body, _Part((), ((0, len(body.text)),)))


def _mask(text: str) -> str:
    mask = grammar.masked(text)
    aside = _ASIDE.search(mask)
    if aside is None:
        return mask
    return mask[: aside.start()] + re.sub(r"[A-Za-z,;]", "#", mask[aside.start() :])


def _pairs(mask: str) -> list[_Part]:
    """Split "*a* or *b* is not x or y, respectively": *a* is not x, *b* is not y."""
    match = _RESPECTIVELY.match(mask)
    if match is None:
        return []
    subjects, predicates = (_pieces(mask, *match.span(name)) for name in ("subjects", "predicates"))
    if len(subjects) != len(predicates) or len(subjects) < 2:
        return []
    verb = match.span("verb")
    article = _ARTICLE.match(mask, predicates[0][0])
    parts = []
    for subject, own in zip(subjects, predicates, strict=True):
        before = [subject, verb]
        if article and not _ARTICLE.match(mask, own[0]):
            before.append(article.span())  # "a VMAR or VMO": one article for both
        parts.append(_Part(tuple(before), (own,)))
    return parts


def _pieces(mask: str, start: int, end: int) -> list[tuple[int, int]]:
    """The spans between the separators of a stretch."""
    pieces: list[tuple[int, int]] = []
    at = start
    for match in _LIST.finditer(mask[start:end]):
        pieces.append((at, start + match.start()))
        at = start + match.end()
    return [*pieces, (at, end)]


def _all_hold(mask: str, groups: list[list[_Chunk]]) -> bool:
    """Whether a list is one of "and": "*a* is x, *b* is y and *c* is z", with no "or" in it."""
    if len(groups) < 2 or any(group[0].separator != "," for group in groups[1:]):
        return False
    last = mask[groups[-1][0].start : groups[-1][-1].end]
    both = re.search(r"\sand\s+", last)
    if both is None:
        return False
    rest = last[both.end() :]
    return grammar.kind_of(rest) is PhraseKind.CLAUSE or _PAST.match(rest) is not None


def _chunks(mask: str) -> list[_Chunk]:
    chunks: list[_Chunk] = []
    start, separator = 0, ""
    for match in _SEPARATOR.finditer(mask):
        chunks.append(_Chunk(start, match.start(), separator))
        start, separator = match.end(), " ".join(match[0].split())
    chunks.append(_Chunk(start, len(mask), separator))
    return _conjoined(mask, chunks)


def _conjoined(mask: str, chunks: list[_Chunk]) -> list[_Chunk]:
    """Join "*a* is x, *b* is y, and *c* is z" into one chunk: all must hold.

    And a noun with what completes it: "…, a version or pointer was passed".
    """
    joined: list[_Chunk] = []
    for chunk in chunks:
        text = mask[chunk.start : chunk.end]
        if (
            chunk.separator == ","
            and _BOTH.match(text)
            and grammar.kind_of(text[3:]) is PhraseKind.CLAUSE
        ):
            while len(joined) > 1 and joined[-1].separator == ",":
                last = joined.pop()
                joined[-1] = _Chunk(joined[-1].start, last.end, joined[-1].separator)
        elif (
            joined
            and chunk.separator.lower() == "or"
            and (_is_noun(mask, joined[-1]) or _PARTICIPLE.match(text))
        ):
            chunk = _Chunk(joined[-1].start, chunk.end, joined.pop().separator)
        joined.append(chunk)
    return joined


def _is_noun(mask: str, chunk: _Chunk) -> bool:
    """Whether a list's element is a bare noun: with the next one it makes a subject."""
    text = mask[chunk.start : chunk.end]
    plain = chunk.separator == "," and _NOUN.match(text) is not None
    return plain and grammar.kind_of(text) is PhraseKind.BARE


def _group(
    body: Prose, mask: str, chunks: list[_Chunk], names: frozenset[str]
) -> list[list[_Chunk]]:
    """Group the chunks of one clause; coordinated subjects precede their clause."""
    groups: list[list[_Chunk]] = []
    waiting: list[_Chunk] = []
    subjects = [_is_subject(body, chunk, names) for chunk in chunks]
    after = _ends_of_rows(subjects)
    for at, chunk in enumerate(chunks):
        if waiting:
            waiting.append(chunk)
            if not subjects[at] or at == len(chunks) - 1:
                groups.append(waiting)
                waiting = []
        elif (subjects[at] or (at == 0 and _noun(body, chunk, names))) and _opens_subjects(
            body, mask, chunks, at, after[at], names
        ):
            waiting = [chunk]
        elif not groups or _separate(mask, groups[-1], chunk, len(groups) == 1):
            groups.append([chunk])
        else:
            last = groups[-1][-1]
            groups[-1][-1] = _Chunk(last.start, chunk.end, last.separator)
    return groups


def _is_subject(body: Prose, chunk: _Chunk, names: frozenset[str]) -> bool:
    """Whether a chunk is just a parameter, possibly with articles."""
    piece = body.cut(chunk.start, chunk.end)
    span = grammar.parameter_span(piece, names)
    return span is not None and span[1] == len(piece.text)


def _ends_of_rows(subjects: list[bool]) -> list[int]:
    """For each index, that of the next chunk that is not a subject, or the length.

    Computed once: looking ahead from each subject of a long list takes quadratic time.
    """
    ends = [len(subjects)] * len(subjects)
    for at in range(len(subjects) - 2, -1, -1):
        ends[at] = ends[at + 1] if subjects[at + 1] else at + 1
    return ends


def _opens_subjects(
    body: Prose, mask: str, chunks: list[_Chunk], at: int, after: int, names: frozenset[str]
) -> bool:
    """Whether a subject is the first of coordinated ones ("*a*", "*b* or *c* is bad").

    `after` is the chunk after the row of subjects that follows.
    """
    if after == len(chunks):
        return False
    clause = body.cut(chunks[after].start, chunks[after].end)
    if grammar.parameter_span(clause, names) is None:
        return False
    verbal = grammar.kind_of(mask[chunks[after].start : chunks[after].end]) is PhraseKind.CLAUSE
    if at == 0:
        return True
    joined = chunks[after].separator
    return verbal and not (chunks[at].separator == "or" and joined.startswith((",", ";")))


def _noun(body: Prose, chunk: _Chunk, names: frozenset[str]) -> bool:
    """Whether a chunk is a noun that ends in a parameter ("The height of *parent*")."""
    piece = body.cut(chunk.start, chunk.end)
    if grammar.verb_at(piece.text) is not None:
        return False
    return any(m.kind == "emphasis" and m.end == len(piece.text) for m in piece.marks)


def _separate(mask: str, group: list[_Chunk], chunk: _Chunk, first: bool) -> bool:
    text = mask[chunk.start : chunk.end]
    before = mask[group[-1].start : group[-1].end]
    if _GLUE.match(text):
        return False
    kind = grammar.kind_of(text)
    if kind is PhraseKind.CLAUSE and grammar.is_open(before):
        return False
    if first and _NOUN.match(before) and grammar.kind_of(before) is PhraseKind.BARE:
        return False
    if kind is PhraseKind.CLAUSE:
        if chunk.separator.lower() == "or" and not re.match(r"(?:if|when)\b", text):
            return not grammar.has_subordinate(before) and not (
                first and grammar.kind_of(before) is PhraseKind.BARE
            )
        return grammar.kind_of(before) is not PhraseKind.BARE or chunk.separator.endswith("or")
    if kind is PhraseKind.VERB:
        if _BECAUSE.search(before):
            return True
        return not grammar.has_subordinate(before) and grammar.verb_at(before) is not None
    return _parallel(before, chunk, text) is not None or (
        _alternative(before, text) is not None
        and (chunk.separator == "or" or _EITHER.search(before) is not None)
    )


def _alternative(before: str, text: str) -> int | None:
    """Where the predicate begins that `text` is an alternative to: "*a* is 0 or not aligned"."""
    verb = grammar.verb_at(before)
    match = None if verb is None else _COPULA.match(before, verb)
    return None if match is None or _MORE.search(text) else match.end("verb")


def _parallel(before: str, chunk: _Chunk, text: str) -> int | None:
    """Offset in `before` of the preposition that `text` takes up again, or None."""
    word = grammar.preposition(text)
    if word is None or not chunk.separator.lower().endswith("or"):
        return None
    verb = grammar.verb_at(before)
    at = [offset for each, offset in grammar.words(before) if each == word]
    return at[-1] if at and verb is not None and at[-1] > verb else None


def _parts(
    body: Prose,
    mask: str,
    group: list[_Chunk],
    names: frozenset[str],
    subject: tuple[int, int] | None,
) -> tuple[list[_Part], tuple[int, int] | None]:
    """The conditions of one group, and the subject that a predicate after it would share."""
    if len(group) > 1:
        return _shared_predicate(body, mask, group, names), None
    chunk = group[0]
    lead = grammar.LEAD.match(mask[chunk.start : chunk.end])
    start = chunk.start + (lead.end() if lead else 0)
    text = mask[start : chunk.end]
    kind = grammar.kind_of(text)
    if subject is not None and kind is not PhraseKind.CLAUSE:
        if kind is PhraseKind.VERB:
            return [_Part((subject,), ((start, chunk.end),))], subject
        again = _parallel(mask[subject[0] : start], chunk, text)
        if again is None:
            before = _TRAIL.sub("", mask[subject[0] : start])
            again = _alternative(before, text)
        shared = (subject[0], subject[0] + again) if again is not None else subject
        return [_Part((shared,), ((start, chunk.end),))], subject
    reason = _BECAUSE.search(text)
    verb = grammar.verb_at(text)
    if reason is not None and (inner := grammar.verb_at(text[reason.end() :])) is not None:
        verb = reason.end() + inner
    following = _takes_preposition(mask, chunk)
    end = start + (verb or 0) if not following else chunk.end
    return [_Part((), ((start, chunk.end),))], (start, end) if verb else None


def _takes_preposition(mask: str, chunk: _Chunk) -> bool:
    """Whether what follows the chunk takes a preposition of it up again."""
    rest = mask[chunk.end :]
    match = re.match(r"\s*,?\s*or\s+", rest)
    return match is not None and grammar.preposition(rest[match.end() :]) is not None


def _shared_predicate(
    body: Prose, mask: str, group: list[_Chunk], names: frozenset[str]
) -> list[_Part]:
    """One part for each subject: the words before the first one, the subject, the predicate."""
    first, last = group[0], group[-1]
    spans = []
    for chunk in group:
        piece = body.cut(chunk.start, chunk.end)
        span = grammar.parameter_span(piece, names)
        if span is None:  # "The height of *parent*": the parameter is the last word
            mark = next(m for m in reversed(piece.marks) if m.kind == "emphasis")
            span = mark.start, mark.end
        spans.append((chunk.start + span[0], chunk.start + span[1]))
    lead = re.match(
        r"(?:(?:either|or|if|both|(?:any|one) of)\b\s*)+", body.text[first.start :], re.I
    )
    before = (first.start + (lead.end() if lead else 0), spans[0][0])
    predicate = (spans[-1][1], last.end)
    shared = (before,) if body.text[before[0] : before[1]].strip() else ()
    return [_Part(shared, (span, predicate)) for span in spans]


def _condition(body: Prose, part: _Part) -> Condition:
    pieces = (*part.before, *part.own)
    text = " ".join(body.text[start:end].strip(" ,;") for start, end in pieces)
    start, end = part.own[0][0], part.own[-1][1]
    while body.text[start] == " ":
        start += 1
    first, last = body.places[start], body.places[end - 1]
    return Condition(" ".join(text.split()), first[0], first[1], last[0], last[1] + 1)
