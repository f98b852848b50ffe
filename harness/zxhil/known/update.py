"""Update a file of known divergences from a run; comments and reasons stay.

Entries that the run shows to conform are deleted; divergences that are not listed are added: a
case to an entry that lists the same of other cases, or else a new entry. Nothing else changes.
"""

from __future__ import annotations

import codecs
import difflib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from zxhil.known.file import TABLE, KnownEntry, KnownFile, parse
from zxhil.known.kernels import applies
from zxhil.known.layout import TomlBlock, Value, blocks
from zxhil.known.load import dead_patterns
from zxhil.known.match import Applied, apply, page_of, status_of
from zxhil.model.judge import VerdictKind
from zxhil.oracle.results import CaseEndKind
from zxhil.run.record import KernelRecord, RunReport

_HEADER = """\
# Known divergences: where a kernel departs from its pages, and why. zxhil run --known FILE
# reports them as known; an entry that conforms fails the run as stale. docs/known-divergences.md
"""

#: The reason of an entry that is not explained yet.
UNEXPLAINED = "not explained yet"
_CRLF = b"\r\n"


class NewDivergence(NamedTuple):
    """What is new, and the same in all of `cases`: a divergence, or how a case ended."""

    arches: tuple[str, ...]
    kernels: tuple[str, ...]
    kind: str
    clause: str
    page: str
    status: str
    cases: tuple[str, ...]
    seen: str


@dataclass(frozen=True, slots=True)
class Updated:
    """The new text of the file, and the list of changes."""

    text: str
    added: tuple[NewDivergence, ...]
    deleted: tuple[str, ...]


def update(
    file: KnownFile | None,
    path: Path,
    report: RunReport,
    whole: bool,
    cases: Collection[str] = (),
) -> Updated:
    """Compute the new text of the file; None is a file that does not exist yet.

    `cases` are all cases of the programs whose cases are known (`zxhil.known.load`).
    """
    known = parse("" if file is None else file.text, path)
    text, dropped = _without_dead(known, cases)
    known = parse(text, path)
    applied = apply(known, report, whole)
    text, deleted = _without_stale(known, applied)
    deleted = (*dropped, *deleted)
    findings = _findings(report, applied)
    left = []
    for finding in findings:
        extended = _extended(text, path, finding, report.kernels)
        if extended is None:
            left.append(finding)
        else:
            text = extended
    if file is None:
        text = _HEADER
    for finding in left:
        text = (
            f"{text.rstrip()}\n\n{_entry_text(finding)}" if text.strip() else _entry_text(finding)
        )
    parse(text, path)
    return Updated(text, tuple(findings), deleted)


def _without_dead(known: KnownFile, cases: Collection[str]) -> tuple[str, tuple[str, ...]]:
    """The text without patterns that can match nothing, and a description of those."""
    text, notes = known.text, []
    found = [block for block in blocks(text) if block.name == TABLE]
    for entry, block in reversed(list(zip(known.entries, found, strict=True))):
        dead = dead_patterns(entry, cases)
        notes += [f"line {entry.line} can match nothing: {each.problem}" for each in dead]
        by_key = {each.key: [d.at for d in dead if d.key == each.key] for each in dead}
        if any(len(indexes) == len(getattr(entry, key)) for key, indexes in by_key.items()):
            text = _without_block(text, block)
            continue
        last_first = sorted(by_key, key=lambda key: -block.values[key].start)
        for key in last_first:
            text = _without_elements(text, block.values[key], by_key[key])
    return text, tuple(reversed(notes))


def _without_stale(known: KnownFile, applied: Applied) -> tuple[str, tuple[str, ...]]:
    """The text without entries that conform everywhere, and a description of those.

    An entry that conforms on one architecture only stays: a person has to narrow it.
    """
    text, notes = known.text, []
    found = [block for block in blocks(text) if block.name == TABLE]
    gone = [stale for stale in applied.stale if not stale.narrow]
    for entry, block in reversed(list(zip(known.entries, found, strict=True))):
        own = [stale for stale in gone if stale.entry is entry]
        patterns = {stale.pattern for stale in own}
        if "" in patterns or (entry.case and patterns >= set(entry.case)):
            text = _without_block(text, block)
        elif patterns:
            indexes = [i for i, pattern in enumerate(entry.case) if pattern in patterns]
            text = _without_elements(text, block.values["case"], indexes)
        notes += [stale.text for stale in own]
    return text, tuple(reversed(notes))


def _without_block(text: str, block: TomlBlock) -> str:
    """Delete a block, the comment right above it, and one empty line."""
    start = block.start
    while start and text[: start - 1].rpartition("\n")[2].lstrip().startswith("#"):
        start = text[: start - 1].rfind("\n") + 1
    # A comment at the top of the file is about the file.
    if start == 0:
        start = block.start
    end = block.end
    if text[end : end + 1] == "\n":
        end += 1
    return text[:start] + text[end:]


def _without_elements(text: str, value: Value, indexes: list[int]) -> str:
    """Delete elements of an array; if one is alone on its line, delete the line."""
    for index in reversed(indexes):
        start, end = value.strings[index]
        comma = text[end : value.end].lstrip(" \t\n")
        end = text.index(",", end) + 1 if comma.startswith(",") else end
        before = text[:start].rpartition("\n")[2]
        after, _, _ = text[end:].partition("\n")
        if not before.strip() and (not after.strip() or after.lstrip().startswith("#")):
            start -= len(before)
            end += len(after) + 1
        elif text[end - 1] == ",":
            end += text[end : end + 1] == " "
        elif index:
            start = value.strings[index - 1][1]
        text = text[:start] + text[end:]
    return text


def _findings(report: RunReport, applied: Applied) -> list[NewDivergence]:
    """Divergences of the run that the file does not list, grouped."""
    versions = {kernel.arch: kernel.version for kernel in report.kernels}
    found: dict[tuple[str, str, str, str], dict[str, dict[str, str]]] = {}
    for case in report.cases:
        for index, divergence in enumerate(case.divergences):
            undocumented = divergence.kind is VerdictKind.UNDOCUMENTED_ERROR
            status = status_of(case, divergence) if undocumented else ""
            said = dict(zip(divergence.blamed, divergence.sentences, strict=True))
            for clause in applied.unlisted.get((case.arch, case.id, index), ()):
                page = page_of(case, divergence, clause)
                seen = divergence.text
                if clause in said and said[clause] not in seen:
                    seen = f"{seen}; the page says: {said[clause]}"
                key = (divergence.kind.value, clause, page, status)
                found.setdefault(key, {}).setdefault(case.arch, {}).setdefault(case.id, seen)
        ends = (CaseEndKind.CRASHED, CaseEndKind.HUNG, CaseEndKind.PANIC)
        if case.end in ends and (case.arch, case.id) not in applied.ends:
            key = (case.end.value, "", case.info.page, "")
            found.setdefault(key, {}).setdefault(case.arch, {}).setdefault(case.id, case.detail)
    findings = []
    for (kind, clause, page, status), by_arch in found.items():
        for arches in _alike(by_arch):
            cases = by_arch[arches[0]]
            kernels = tuple(dict.fromkeys(versions[arch] for arch in arches))
            seen = next(iter(cases.values()))
            findings.append(
                NewDivergence(arches, kernels, kind, clause, page, status, tuple(cases), seen)
            )
    return findings


def _alike(by_arch: dict[str, dict[str, str]]) -> list[tuple[str, ...]]:
    """The architectures together if they have the same cases, else separately."""
    sets = [set(cases) for cases in by_arch.values()]
    if all(cases == sets[0] for cases in sets):
        return [tuple(by_arch)]
    return [(arch,) for arch in by_arch]


def _extended(
    text: str, path: Path, finding: NewDivergence, kernels: Sequence[KernelRecord]
) -> str | None:
    """The text with the cases added to an entry that lists the same of others, if there is one."""
    found = [block for block in blocks(text) if block.name == TABLE]
    for entry, block in zip(parse(text, path).entries, found, strict=True):
        if not _says_the_same(entry, finding, kernels):
            continue
        value = block.values["case"]
        new = [case for case in finding.cases if case not in entry.case]
        if value.strings:
            return _with_elements(text, value, new)
    return None


def _says_the_same(
    entry: KnownEntry, finding: NewDivergence, kernels: Sequence[KernelRecord]
) -> bool:
    """Does the entry list exactly cases of the same clause, kind, and machines?"""
    ran = {kernel.arch for kernel in kernels}
    return (
        bool(entry.case)
        and entry.clause == ((finding.clause,) if finding.clause else ())
        and entry.page in ((), (finding.page,))
        and entry.kind == (finding.kind,)
        and entry.status == ((finding.status,) if finding.status else ())
        and (set(entry.arch) or ran) == set(finding.arches)
        and all(applies(entry.kernel, k) for k in kernels if k.arch in finding.arches)
    )


def _with_elements(text: str, value: Value, new: list[str]) -> str:
    """Add elements to the end of an array in its format.

    A single text becomes an array.
    """
    if text[value.start] != "[":
        old = text[value.start : value.end]
        items = ", ".join([old, *map(_quoted, new)])
        return f"{text[: value.start]}[{items}]{text[value.end :]}"
    last_start, last_end = value.strings[-1]
    rest = text[last_end : value.end]
    has_comma = rest.lstrip().startswith(",")
    place = last_end + (rest.index(",") + 1 if has_comma else 0)
    comma = "" if has_comma else ","
    before = text[:last_start].rpartition("\n")[2]
    if before.strip():
        # The element shares its line, and so do the new ones.
        added = f"{comma} " + ", ".join(map(_quoted, new))
    else:
        added = comma + "".join(f"\n{before}{_quoted(case)}," for case in new)
        # A comment behind the last element stays there.
        line_end = text.find("\n", place)
        text = text[:place] + comma + text[place:]
        place = line_end + len(comma)
        added = added.removeprefix(comma)
    return text[:place] + added + text[place:]


def _entry_text(finding: NewDivergence) -> str:
    lines = [f"[[{TABLE}]]"]
    if finding.clause:
        lines.append(f"clause = {_quoted(finding.clause)}")
    elif finding.kind in list(VerdictKind):
        lines.append(f"page = {_quoted(finding.page)}")
    lines.append(f"case = {_array(finding.cases)}")
    if len(finding.arches) == 1:
        lines.append(f"arch = {_quoted(finding.arches[0])}")
    kernels = finding.kernels
    lines.append(f"kernel = {_quoted(kernels[0]) if len(kernels) == 1 else _array(kernels)}")
    lines.append(f"kind = {_quoted(finding.kind)}")
    if finding.status:
        lines.append(f"status = {_quoted(finding.status)}")
    lines.append(f"reason = {_quoted(f'{UNEXPLAINED}: {finding.seen}')}")
    return "\n".join(lines) + "\n"


def _array(items: Iterable[str]) -> str:
    texts = [_quoted(item) for item in items]
    line = f"[{', '.join(texts)}]"
    if len(line) <= 90:
        return line
    return "[\n" + "".join(f"    {text},\n" for text in texts) + "]"


def _quoted(text: str) -> str:
    # A JSON string without escapes beyond U+FFFF is a TOML string.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def as_before(before: bytes, text: str) -> bytes:
    """Encode `text`, an edit of `before`, with its line ends and byte order mark.

    An existing line keeps its end; a new one gets the most frequent one.
    """
    mark = codecs.BOM_UTF8 if before.startswith(codecs.BOM_UTF8) else b""
    new = [line.encode() for line in text.split("\n")]
    if _CRLF not in before:
        return mark + b"\n".join(new)
    # Text after the last newline has no line end.
    old = before.removeprefix(codecs.BOM_UTF8).split(b"\n")[:-1]
    with_return = [line.endswith(b"\r") for line in old]
    usual = sum(with_return) * 2 >= len(old)
    ends = [usual] * len(new)
    plain = [line.removesuffix(b"\r") for line in old]
    for same in difflib.SequenceMatcher(None, plain, new, autojunk=False).get_matching_blocks():
        ends[same.b : same.b + same.size] = with_return[same.a : same.a + same.size]
    ends[-1] = False
    parts = [line + (b"\r" if end else b"") for line, end in zip(new, ends, strict=True)]
    return mark + b"\n".join(parts)
