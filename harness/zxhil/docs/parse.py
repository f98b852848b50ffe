"""Parse a saved page into a :class:`DocPage`, and a folder into a :class:`DocTree`."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from zxhil.docs.blocks import entries, opens_entry
from zxhil.docs.elsewhere import errors_elsewhere
from zxhil.docs.errors import ListedErrors, listed_errors
from zxhil.docs.forms import PageLine, PageText, undo
from zxhil.docs.named import named_statuses, odd_starts
from zxhil.docs.page import (
    DocPage,
    DocTree,
    Heading,
    Named,
    NotAPage,
    Problem,
    Stated,
    Synopsis,
    TreeProblem,
)
from zxhil.docs.prose import prose
from zxhil.docs.rights import rights_of
from zxhil.docs.sections import Outline, PageSection, outline
from zxhil.docs.synopsis import prototypes
from zxhil.errors import UserError
from zxhil.regular_file import read_own

SUFFIXES = (".md", ".markdown", ".txt")
_CALL = re.compile(r"\b(?:zx|mx)_([a-z][a-z0-9_]*)\b")
_BARE_CALL = re.compile(r"^[*_`]*([a-z][a-z0-9]*(?:_[a-z0-9]+)+)\b")
_LINKED = re.compile(r"\[`?(?:(?:zx|mx)_)?([a-z][a-z0-9_]*?)(?:\(\))?`?\](?!:)")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

#: Bytes of a page.
_LIMIT = 16 << 20
#: Control characters except tabs and line ends, and characters that change the text direction.
_STEERS = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)

_GIVE_PAGES = "give a page, or a folder such as docs/syscalls"


class NotASyscallPageError(UserError):
    """The file is not a system call's page; `problem` says why."""


def parse_page(path: Path) -> DocPage:
    """Read one page.

    Raises UserError if the file can't be read as text, and its NotASyscallPageError if it
    documents no call.
    """
    return parse_text(read_text(path), path)


def parse_text(text: str, path: Path) -> DocPage:
    """Parse a page's text; `path` is its file. Raises NotASyscallPageError."""
    source = undo(text)
    parts = outline(source)
    found, problems = _synopses(parts)
    name = _name(parts, found, path)
    if name is None:
        raise NotASyscallPageError(
            str(path),
            "names no system call in its title and has no SYNOPSIS",
            "give pages of system calls, such as those of docs/syscalls",
        )
    own = frozenset((name, *(_bare(each.name) for each in found)))
    names = frozenset(parameter.name for each in found for parameter in each.parameters)
    rights, unclear = rights_of(parts.get("RIGHTS"), names)
    section = parts.get("ERRORS")
    listed = _listed(section, names)
    extra, mentions, left = errors_elsewhere(parts, names, own, listed)
    synopsis = next((each for each in found if _bare(each.name) == name), None)
    problems = (*problems, *_misnamed(parts, found, name))
    only_elsewhere = extra and listed.stated is Stated.MISSING
    failure = Stated.LISTED if only_elsewhere else listed.stated
    everything = (*problems, *unclear, *listed.problems, *left)
    return DocPage(
        name=name,
        path=path,
        form=source.form,
        synopsis=synopsis or (found[0] if found else None),
        rights=rights,
        errors=(*listed.errors, *extra),
        notes=_paragraphs(parts.get("NOTES")),
        see_also=_see_also(parts.get("SEE ALSO"), name),
        problems=tuple(sorted(everything, key=lambda problem: problem.line)),
        failure=failure,
        same_errors_as=listed.same_as,
        prototypes=found,
        headings=tuple(Heading(each.title, each.line) for each in parts.sections),
        named=_named(parts),
        mentions=mentions,
        code_words=_code_words(source),
        errors_named=() if section is None else named_statuses(section.lines),
        ends_open=section is not None and parts.sections[-1].title == section.title,
    )


def parse_tree(folder: Path) -> DocTree:
    """Read every page below `folder` (or the one page that it is).

    Files that are not pages are listed in `others`. Raises UserError if there is no page.
    """
    if not folder.exists():
        raise UserError(str(folder), "does not exist", _GIVE_PAGES)
    paths = [folder] if folder.is_file() else sorted(p for p in folder.rglob("*") if p.is_file())
    pages: list[DocPage] = []
    others: list[NotAPage] = []
    for path in paths:
        if path.suffix not in SUFFIXES:
            continue
        try:
            pages.append(parse_page(path))
        except UserError as error:
            others.append(NotAPage(path, error.problem))
    if not pages:
        raise UserError(
            str(folder),
            "contains no page of a system call",
            _GIVE_PAGES,
        )
    problems = [TreeProblem(page.path, problem) for page in pages for problem in page.problems]
    first: dict[str, Path] = {}
    for page in pages:
        if page.name in first:
            what = f"second page of {page.name}; the first is {first[page.name].name}"
            problems.append(TreeProblem(page.path, Problem(1, what, "second-page")))
        first.setdefault(page.name, page.path)
    return DocTree(folder, tuple(pages), tuple(problems), tuple(others))


def read_text(path: Path) -> str:
    """Read a page's file. Raises UserError if it can't be read, or is not UTF-8.

    A control character becomes U+FFFD, because the page's text is printed.
    """
    if not str(path).isprintable():
        raise UserError(ascii(str(path)), "contains a control character", "rename the file")
    try:
        text = read_own(path, _LIMIT).decode()
    except UnicodeDecodeError as error:
        raise UserError(
            str(path), f"is not UTF-8 text (byte {error.start})", "save the page as text"
        ) from error
    except OSError as error:
        raise UserError(str(path), error.strerror or "can't be read", "check the path") from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _STEERS.sub("\N{REPLACEMENT CHARACTER}", text)


def _bare(name: str) -> str:
    match = _CALL.search(name)
    return match[1] if match else name


def _synopses(parts: Outline) -> tuple[tuple[Synopsis, ...], tuple[Problem, ...]]:
    section = parts.get("SYNOPSIS")
    if section is None:
        return (), ()
    found, problems = prototypes(section.lines)
    if not found:
        problems = (*problems, Problem(section.line, "no prototype in the SYNOPSIS", "no-synopsis"))
    return found, problems


def _name(parts: Outline, found: tuple[Synopsis, ...], path: Path) -> str | None:
    """The call's name; None if the file documents no call.

    A title may be wrong (a page begun as a copy of another one), so a file's name that NAME or
    the synopsis confirms goes first.
    """
    title = _CALL.search(parts.title)
    titled = title[1] if title and len(parts.title.split()) <= 4 else None
    if not (titled or found or (parts.get("ERRORS") and parts.get("SYNOPSIS"))):
        return None
    section = parts.get("NAME")
    first = next((line for line in section.prose if not line.blank), None) if section else None
    match = _BARE_CALL.match(first.text.strip()) if first else None
    said = [_bare(match[1])] if match else []
    said.extend(_bare(each.name) for each in found)
    stem = _bare(path.stem)
    if stem in said or not (titled or said):
        return stem if _IDENTIFIER.fullmatch(stem) else None
    return titled or said[0]


def _misnamed(parts: Outline, found: tuple[Synopsis, ...], name: str) -> tuple[Problem, ...]:
    """Title and synopsis must be of the same call."""
    wrong: list[Problem] = []
    titles = _CALL.findall(parts.title)
    if titles and name not in titles:
        wrong.append(
            Problem(parts.title_line, f"the title is of {titles[0]}, not of {name}", "wrong-title")
        )
    if found and all(_bare(each.name) != name for each in found):
        wrong.append(
            Problem(
                found[0].line,
                f"the synopsis is of {found[0].name}, not of {name}",
                "wrong-synopsis",
            )
        )
    return tuple(wrong)


def _listed(section: PageSection | None, names: frozenset[str]) -> ListedErrors:
    if section is None:
        return ListedErrors(Stated.MISSING, (), (), ())
    lines = _with_code_lists(section.lines)
    listed = listed_errors(lines, names, section.line)
    odd = tuple(
        problem
        for problem in odd_starts(lines)
        if problem.line not in {each.line for each in listed.problems}
    )
    return replace(listed, problems=(*listed.problems, *odd))


def _with_code_lists(lines: tuple[PageLine, ...]) -> tuple[PageLine, ...]:
    """The lines outside of code, and those of a code block that lists statuses."""
    kept: list[PageLine] = []
    for code, group in groupby(lines, key=lambda line: line.code):
        block = list(group)
        if not code:
            kept.extend(block)
        elif any(opens_entry(line) for line in block):
            kept.extend(replace(line, code=False) for line in block)
    return tuple(kept)


def _paragraphs(section: PageSection | None) -> tuple[str, ...]:
    if section is None:
        return ()
    cut = entries(section.prose)
    blocks = [*cut.intro, *(block for entry in cut.entries for block in entry.blocks)]
    return tuple(text for text in (prose(block.lines).text for block in blocks) if text)


def _see_also(section: PageSection | None, name: str) -> tuple[str, ...]:
    if section is None:
        return ()
    calls: list[str] = []
    for line in section.prose:
        calls.extend(_LINKED.findall(line.text) or _CALL.findall(line.text))
    return tuple(call for call in dict.fromkeys(calls) if call != name)


def _named(parts: Outline) -> tuple[Named, ...]:
    named: list[Named] = []
    for section in parts.sections:
        if section.title in ("SYNOPSIS", "SEE ALSO", "NAME"):
            continue
        cut = entries(section.prose)
        for block in (*cut.intro, *(block for entry in cut.entries for block in entry.blocks)):
            text = prose(block.lines)
            for mark in text.marks:
                word = text.text[mark.start : mark.end]
                if mark.kind in ("emphasis", "code") and _IDENTIFIER.fullmatch(word):
                    line, column = text.places[mark.start]
                    named.append(Named(word, line, column, section.title, mark.kind == "code"))
    return tuple(named)


def _code_words(source: PageText) -> frozenset[str]:
    return frozenset(
        word for line in source.lines if line.code for word in _IDENTIFIER.findall(line.text)
    )
