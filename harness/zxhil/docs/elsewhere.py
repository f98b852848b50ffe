"""Errors that a page documents outside its ERRORS section."""

from __future__ import annotations

from dataclasses import replace

from zxhil.docs import grammar
from zxhil.docs.blocks import Entries, StatusEntry, entries
from zxhil.docs.errors import ListedErrors, documented, sentences
from zxhil.docs.page import DocumentedError, Mention, Problem
from zxhil.docs.prose import Prose, prose
from zxhil.docs.running import running_errors
from zxhil.docs.sections import Outline


def errors_elsewhere(
    parts: Outline, names: frozenset[str], own: frozenset[str], listed: ListedErrors
) -> tuple[tuple[DocumentedError, ...], tuple[Mention, ...], tuple[Problem, ...]]:
    """Statuses named outside ERRORS, in lists or in running text.

    A list's entry is an error in its own right. In running text, a status that ERRORS has too is
    only a mention of it.
    """
    errors: list[DocumentedError] = []
    problems: list[Problem] = []
    texts: list[tuple[str, Prose, str]] = []
    for section in parts.sections:
        if section.title in ("ERRORS", "SEE ALSO", "SYNOPSIS"):
            continue
        cut = entries(section.prose)
        for entry in (entry for entry in cut.entries if entry.formal):
            own_part = StatusEntry(entry.line, entry.blocks[: entry.nested])
            found, _, wrong = documented(own_part, names, section.title)
            errors.extend(found)
            problems.extend(wrong)
        texts.extend((section.title, *said) for said in _sentences(cut, names))
    known = {error.status for error in listed.errors}
    formal = {error.status for error in errors}
    mentions: list[Mention] = []
    for title, sentence, before in texts:
        running, others, unclear = running_errors(sentence, names, title, own, before)
        mentions.extend(others)
        for error in running:
            vague = error.status in formal and sentence.text.startswith("Otherwise")
            if error.status in known or vague:
                mention = Mention(error.status, error.line, title, sentence.text, "listed")
                mentions.append(mention)
            else:
                errors.append(error)
        for status in unclear:
            if grammar.canonical_status(status) not in known:
                what = f"{status} in running text, unclear when: {sentence.text}"
                problems.append(Problem(sentence.line, what))
    return (
        tuple(_merged([_with_topic(parts, error) for error in errors])),
        tuple(mentions),
        tuple(problems),
    )


def _with_topic(parts: Outline, error: DocumentedError) -> DocumentedError:
    line = error.conditions[0].line if error.conditions else error.line
    for section in parts.sections:
        if section.title == error.section and (topic := section.topic(line)):
            return replace(error, topic=topic)
    return error


def _sentences(cut: Entries, names: frozenset[str]) -> list[tuple[Prose, str]]:
    """Sentences with a status in the running text of a section, each with the one before it."""
    blocks = [*cut.intro]
    for entry in cut.entries:
        blocks.extend(entry.blocks[entry.nested :] if entry.formal else entry.blocks)
    found: list[tuple[Prose, str]] = []
    for block in blocks:
        before = ""
        for sentence in sentences(prose(block.lines), names):
            if grammar.STATUS.search(sentence.text):
                found.append((sentence, before))
            before = sentence.text
    return found


def _merged(errors: list[DocumentedError]) -> list[DocumentedError]:
    """One entry for a status that running text names several times below a heading."""
    merged: dict[tuple[str, str, str], DocumentedError] = {}
    for error in errors:
        key = (error.status, error.section, error.topic)
        if key in merged:
            first = merged[key]
            error = DocumentedError(
                first.status,
                (*first.conditions, *error.conditions),
                first.line,
                first.written,
                (*first.remarks, *error.remarks),
                first.section,
                first.topic,
            )
        merged[key] = error
    return list(merged.values())
