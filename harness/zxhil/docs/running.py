"""Statuses that a page names in running text: which are errors of the call, and their conditions.

A page may document errors under RETURN VALUE, or add one in the DESCRIPTION. Not every status in
running text is one: some are another call's, some are arguments or values that are handed out.
"""

from __future__ import annotations

import re
from dataclasses import replace

from zxhil.docs import grammar, split
from zxhil.docs.page import Condition, DocumentedError, Mention
from zxhil.docs.prose import Prose

_STATUS = grammar.STATUS.pattern
_RETURNS = (
    r"(?:returns?|returned|returning|fails?|failing|failed|reports?|result(?:s|ed)? in|produces?"
    r"|produced|signall?ed with|error value)"
)
_SAID = re.compile(rf"\b{_RETURNS}\b", re.I)
_OF_STATUS = re.compile(
    r"^\s*(?:error\s+)?(?:code\s+)?(?:(?:is|will be|may be)\s+\w+\s+)?(?:if|when|on|because)\s+",
    re.I,
)
_SUBJECT = (
    r"(?:it|this|the (?:call|operation|function|syscall|system call|kernel)|(?:zx|mx)_\w+(?:\(\))?)"
)
_BEFORE = re.compile(
    rf"^(?:If|When|Where|Unless)\s+(?P<when>.*?)(?:,\s+(?:then\s+)?{_SUBJECT}\b.*|,?)$", re.I
)
_PASSIVE = re.compile(
    r"^\s*(?:error\s+)?(?:is|will be|may be|being)\s+(?:returned|reported|produced|signall?ed)",
    re.I,
)
_OTHER_CALL = re.compile(r"\b(?:zx|mx)_([a-z][a-z0-9_]*)(?:\(\)|(?=\W))")
_OTHERS = re.compile(
    r"\b(?:operations on it|subsequent|later|further|thereafter|future (?:calls|writes|reads)"
    r"|reads from|writes to)\b",
    re.I,
)
_VALUE = re.compile(
    r"\b(?:permitted|accepted|allowed|possible) values?\b|\bis set to\b|\bset to\b"
    r"|\b(?:each|every|the)\s+\w+\s+(?:has|holds|contains)\s+an?\s+(?:status|error code|result)\b",
    re.I,
)
#: What leads to the next status: ", and it returns ". White space is single in a prose.
_LEADS_ON = re.compile(r"(?:,?\s*(?:and|or))?\s*(?:,\s*)?(?:it\s+)?(?:returns\s*)?$")
_LONGEST_LEAD = 24
_OTHERWISE = re.compile(r"^Otherwise\b")
#: What "otherwise" denies: "set `x=y`", or the condition of "If …, success is returned".
_TO_DO = re.compile(r"\bset (?P<what>\S+?)[.,;]?$")
_GIVEN = re.compile(r"^(?:If|When)\s+(?P<when>[^,]+),")
_EVENT = re.compile(r"\b(?:In the (?:event|case) of|due to|errors like|in case of)\b", re.I)


def running_errors(
    sentence: Prose, names: frozenset[str], section: str, own: frozenset[str], said_before: str = ""
) -> tuple[tuple[DocumentedError, ...], tuple[Mention, ...], tuple[str, ...]]:
    """Errors, mentions and statuses not understood in one sentence of running text.

    `own` are the call's names with no prefix; a sentence about another call is a mention.
    `said_before` is the sentence before it, which an "Otherwise" refers to.
    """
    matches = list(grammar.STATUS.finditer(sentence.text))
    why = _not_ours(sentence, own, matches[0].start())
    if why:
        return (), tuple(_mention(sentence, match, section, why) for match in matches), ()
    event = _EVENT.search(sentence.text) is not None
    returns = _SAID.search(sentence.text) is not None
    errors: list[DocumentedError] = []
    unclear: list[str] = []
    for at, match in enumerate(matches):
        end = matches[at + 1].start() if at + 1 < len(matches) else len(sentence.text)
        begin = matches[at - 1].end() if at else 0
        conditions = _when(sentence, match, begin, end, names)
        if not conditions and not event:
            if not returns:
                unclear.append(match[0])
                continue
            conditions = (_otherwise(split.whole(sentence), said_before),)
        errors.append(
            DocumentedError(
                grammar.canonical_status(match[0]),
                conditions,
                sentence.places[match.start()][0],
                match[0],
                () if conditions else (sentence.text,),
                section,
            )
        )
    return tuple(errors), (), tuple(unclear)


def _otherwise(condition: Condition, before: str) -> Condition:
    """What "Otherwise, it returns X" says: that what the sentence before requires is not so."""
    if not _OTHERWISE.match(condition.text):
        return condition
    to_do, given = _TO_DO.search(before), _GIVEN.match(before)
    if to_do:
        return replace(condition, text=f"{to_do['what']} is not set")
    return replace(condition, text=f"not: {given['when']}") if given else condition


def _not_ours(sentence: Prose, own: frozenset[str], at: int) -> str:
    before = sentence.text[:at]
    if _VALUE.search(before):
        return "value"
    calls = [call for call in _OTHER_CALL.findall(before) if not call.endswith("_t")]
    if (own and calls and not own.intersection(calls)) or _OTHERS.search(sentence.text):
        return "other-call"
    return ""


def _mention(sentence: Prose, match: re.Match[str], section: str, why: str) -> Mention:
    line = sentence.places[match.start()][0]
    return Mention(grammar.canonical_status(match[0]), line, section, sentence.text, why)


def _when(
    sentence: Prose, match: re.Match[str], begin: int, end: int, names: frozenset[str]
) -> tuple[Condition, ...]:
    """The conditions of one status: after it ("X if …") or before it ("If …, X is returned")."""
    after = sentence.text[match.end() : end]
    said = _OF_STATUS.match(after)
    if said:
        stop = end
        tail = _LEADS_ON.search(sentence.text, max(match.end(), end - _LONGEST_LEAD), end)
        if tail and end < len(sentence.text):
            stop = tail.start()
        return split.conditions(sentence.cut(match.end() + said.end(), stop), names)
    before = sentence.text[begin : match.start()].rstrip()
    if _EVENT.search(before):
        return ()
    lead = _BEFORE.match(before)
    if lead and lead["when"] and (_SAID.search(before) or _PASSIVE.match(after)):
        start, stop = lead.span("when")
        return split.conditions(sentence.cut(begin + start, begin + stop), names)
    return ()
