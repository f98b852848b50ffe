"""Match a run with a file of known divergences: known divergences and stale entries."""

from __future__ import annotations

import fnmatch
import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fnmatch import filter as matching
from typing import NamedTuple

from zxhil.errors import EXIT_CONFORMS, EXIT_DIVERGES
from zxhil.known.file import KnownEntry, KnownFile
from zxhil.known.kernels import applies, unordered
from zxhil.names import is_glob
from zxhil.oracle.cases import CaseInfo
from zxhil.oracle.results import CaseEndKind, CaseResult, Divergence, JudgedCall
from zxhil.run.record import KernelRecord, RunReport

#: Architecture, case, and the index of one of its divergences.
Place = tuple[str, str, int]


class Stale(NamedTuple):
    """An entry that no longer diverges.

    `pattern` is an element of the entry's `case`, or empty for the whole entry;
    `lines` (first, last) are to be deleted, or, where `narrow`, to be limited to other machines.
    """

    entry: KnownEntry
    arch: str
    pattern: str
    lines: tuple[int, int]
    narrow: bool
    text: str


class _Places(NamedTuple):
    """The index of each of a case's divergences by id; they are kept, so that ids stay unique."""

    divergences: tuple[Divergence, ...]
    place_of: dict[Divergence, int]


@dataclass(frozen=True, slots=True)
class Applied:
    """A run matched with a file.

    `marks` has the entry of each known divergence by (architecture, case, index), `ends` that
    of each case whose end is known. `notes` say which entries could not be applied, and why.
    """

    path: str = ""
    marks: dict[tuple[str, str, int], KnownEntry] = field(default_factory=dict)
    ends: dict[tuple[str, str], KnownEntry] = field(default_factory=dict)
    stale: tuple[Stale, ...] = ()
    notes: tuple[str, ...] = ()
    unlisted: dict[tuple[str, str, int], tuple[str, ...]] = field(default_factory=dict)
    """What is to be listed for each other divergence to be known; "" means no clause."""
    _places: dict[int, _Places] = field(default_factory=dict, repr=False, compare=False)

    def of(self, case: CaseResult, divergence: Divergence) -> KnownEntry | None:
        """The entry that lists the divergence of this case."""
        if not self.marks:
            return None
        return self.marks.get((case.arch, case.id, self._place_in(case, divergence)))

    def _place_in(self, case: CaseResult, divergence: Divergence) -> int:
        """The index of the divergence: looked up, as a case may have tens of thousands."""
        places = self._places.get(id(case.divergences))
        if places is None:
            index = {each: n for n, each in reversed(list(enumerate(case.divergences)))}
            places = self._places[id(case.divergences)] = _Places(case.divergences, index)
        return places.place_of[divergence]

    def reasons(self, case: CaseResult) -> tuple[KnownEntry, ...]:
        """The entries, if everything that is wrong with the case is known; else empty."""
        entries = [self.marks.get((case.arch, case.id, i)) for i in range(len(case.divergences))]
        if case.end.is_incomplete:
            entries.append(self.ends.get((case.arch, case.id)))
        found = [entry for entry in entries if entry is not None]
        return tuple(dict.fromkeys(found)) if len(found) == len(entries) else ()

    def place(self, entry: KnownEntry) -> str:
        """``FILE:LINE`` of an entry."""
        return f"{self.path}:{entry.line}"

    def explain(self, entry: KnownEntry) -> str:
        """Why it is known, with the place of the entry and its link."""
        link = f", {entry.link}" if entry.link else ""
        return f"{entry.reason} ({self.place(entry)}{link})"


#: No file: nothing is known.
NOTHING = Applied()


def unexplained(report: RunReport, known: Applied) -> RunReport:
    """The run without known divergences, and with known ends counted as passed."""
    if not known.marks and not known.ends:
        return report
    cases = []
    for case in report.cases:
        left = tuple(
            divergence
            for index, divergence in enumerate(case.divergences)
            if (case.arch, case.id, index) not in known.marks
        )
        listed = (case.arch, case.id) in known.ends
        end = CaseEndKind.PASSED if listed else case.end
        cases.append(replace(case, divergences=left, end=end))
    return replace(report, cases=tuple(cases))


def exit_code(report: RunReport, known: Applied) -> int:
    """As `RunReport.exit_code`, but known divergences do not count, and stale entries do."""
    code = unexplained(report, known).exit_code
    return EXIT_DIVERGES if code == EXIT_CONFORMS and known.stale else code


def page_of(case: CaseResult, divergence: Divergence, clause: str) -> str:
    """The page of a divergence: that of the blamed clause, or else of the call."""
    if clause:
        return clause.partition("/")[0]
    return case.calls[divergence.call].text.partition("(")[0].removeprefix("zx_")


def status_of(case: CaseResult, divergence: Divergence) -> str:
    """The status of the call that showed the divergence."""
    return case.calls[divergence.call].status.partition(",")[0]


def apply(file: KnownFile, report: RunReport, whole: bool) -> Applied:
    """Match a run with a file.

    `whole`: every case of every program was requested. Only then is an entry without
    a case of its own known to be stale: otherwise the case that shows it may be one
    that did not run.
    """
    listed: dict[Place, dict[str, KnownEntry]] = {}
    ends: dict[tuple[str, str], KnownEntry] = {}
    stale: list[Stale] = []
    notes: list[str] = []
    kernels = {kernel.arch: kernel for kernel in report.kernels}
    for entry in file.entries:
        hits: set[tuple[str, str]] = set()
        for case in _cases_of(entry, report.cases, kernels):
            for index, divergence in enumerate(case.divergences):
                for clause in _listed(entry, case, divergence):
                    listed.setdefault((case.arch, case.id, index), {}).setdefault(clause, entry)
                    hits.add((case.arch, case.id))
            if case.end.can_be_known and case.end in entry.kind and _about(entry, case):
                ends.setdefault((case.arch, case.id), entry)
                hits.add((case.arch, case.id))
        stale += _stale(
            entry, report, kernels, hits, whole and not report.interrupted and not report.not_run
        )
        notes += [
            f"{file.path}:{entry.line}: not applied to {arch}: version {kernel.version} "
            "is not ordered, so a range does not apply"
            for arch, kernel in kernels.items()
            if unordered(entry.kernel, kernel) and not applies(entry.kernel, kernel)
        ]
    marks, unlisted = _marked(report, listed)
    return Applied(str(file.path), marks, ends, tuple(stale), tuple(notes), unlisted)


def unknown_in(
    file: KnownFile | None, case: CaseResult, kernel: KernelRecord | None
) -> tuple[int, bool]:
    """The number of unknown divergences of a case; whether it has an unknown bad end."""
    report = RunReport("", () if kernel is None else (kernel,), (), (case,))
    known = NOTHING if file is None else apply(file, report, whole=False)
    left = unexplained(report, known).cases[0]
    bad = left.end.is_machine_fault or left.end is CaseEndKind.VACUOUS
    return len(left.divergences), bad


def _marked(
    report: RunReport, listed: dict[Place, dict[str, KnownEntry]]
) -> tuple[dict[Place, KnownEntry], dict[Place, tuple[str, ...]]]:
    """The entry of each known divergence, and what is missing for each other one.

    `listed` are the clauses that entries list, of those that have a part in a divergence.
    """
    marks, unlisted = {}, {}
    for case in report.cases:
        for index, divergence in enumerate(case.divergences):
            place = (case.arch, case.id, index)
            by_clause = listed.get(place, {})
            causes = _causes(divergence)
            cause = next((each for each in causes if by_clause.keys() >= set(each)), None)
            if cause is None:
                unlisted[place] = tuple(c for c in causes[0] if c not in by_clause)
            else:
                marks[place] = by_clause[cause[0]]
    return marks, unlisted


def entry_of_call(
    file: KnownFile, kernel: KernelRecord, call: JudgedCall, found: Divergence
) -> KnownEntry | None:
    """The entry of a divergence of a call outside of any case.

    An entry that is limited to cases does not apply to other calls.
    """
    info = CaseInfo("", "", (), "")
    alone = (replace(found, call=0),)
    case = CaseResult(info, kernel.arch, CaseEndKind.FAILED, (call,), alone, (), ())
    entries = tuple(entry for entry in file.entries if not entry.case)
    report = RunReport("", (kernel,), (), (case,))
    return apply(replace(file, entries=entries), report, whole=False).of(case, alone[0])


def _causes(divergence: Divergence) -> tuple[tuple[str, ...], ...]:
    """The clauses that explain a divergence; "" for an error that no page lists."""
    return divergence.explained_by or (("",),)


def _cases_of(
    entry: KnownEntry, cases: Iterable[CaseResult], kernels: dict[str, KernelRecord]
) -> Iterator[CaseResult]:
    """The cases that an entry can match, by architecture, kernel, and its list of cases."""
    arches = _arches(entry, kernels)
    for case in cases:
        if case.arch in arches and _any(entry.case, case.id):
            yield case


def _arches(entry: KnownEntry, kernels: dict[str, KernelRecord]) -> set[str]:
    return {
        arch
        for arch, kernel in kernels.items()
        if _any(entry.arch, arch) and applies(entry.kernel, kernel)
    }


def _listed(entry: KnownEntry, case: CaseResult, divergence: Divergence) -> Iterator[str]:
    """The clauses of a divergence that the entry lists, of those that have a part in it."""
    about = _any(entry.kind, divergence.kind) and _any(entry.status, status_of(case, divergence))
    for clause in dict.fromkeys(c for cause in _causes(divergence) for c in cause if about):
        if _any(entry.clause, clause) and _any(entry.page, page_of(case, divergence, clause)):
            yield clause


def _about(entry: KnownEntry, case: CaseResult) -> bool:
    """Does an incomplete case belong to the entry's page and clause?"""
    claims = case.info.claims or ("",)
    return any(_any(entry.clause, claim) for claim in claims) and _any(entry.page, case.info.page)


def _any(patterns: tuple[str, ...], text: str) -> bool:
    return not patterns or _pattern(patterns).match(text) is not None


@functools.lru_cache(maxsize=4096)
def _pattern(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """One pattern for all: each case is held against each entry."""
    return re.compile("|".join(map(fnmatch.translate, patterns)))


def _stale(
    entry: KnownEntry,
    report: RunReport,
    kernels: dict[str, KernelRecord],
    hits: set[tuple[str, str]],
    whole: bool,
) -> Iterator[Stale]:
    """Find what the entry lists but the run shows to conform, per architecture."""
    hit_arches = {arch for arch, _ in hits}
    for arch in sorted(_arches(entry, kernels)):
        cases = [case for case in report.cases if case.arch == arch]
        stale = [
            pattern
            for pattern in entry.case
            if not is_glob(pattern)
            and (arch, pattern) not in hits
            and any(case.id == pattern and _conformed(entry, case) for case in cases)
        ]
        if entry.case and len(stale) == len(entry.case):
            yield _stale_entry(entry, arch, "", bool(hit_arches - {arch}))
            continue
        for pattern in stale:
            narrow = any(case_id == pattern for _, case_id in hits)
            yield _stale_entry(entry, arch, pattern, narrow)
        globs = [pattern for pattern in entry.case if is_glob(pattern)]
        wide = bool(globs) or not entry.case
        own = [case for case in cases if not globs or _any(tuple(globs), case.id)]
        missed = not any(a == arch and (not globs or _any(tuple(globs), c)) for a, c in hits)
        if wide and whole and missed and _was_judged(entry, own):
            yield _stale_entry(entry, arch, globs[0] if globs else "", bool(hit_arches - {arch}))


def _conformed(entry: KnownEntry, case: CaseResult) -> bool:
    """Did the case reach the entry's clause or page without blaming it?"""
    if not case.end.is_judged:
        return False
    about = entry.clause or entry.page
    blamed = [clause for divergence in case.divergences for clause in divergence.blamed]
    if about and any(_is_about(entry, clause) for clause in blamed):
        return False
    return not (about and case.divergences) or any(_is_about(entry, c) for c in case.reached)


def _is_about(entry: KnownEntry, clause: str) -> bool:
    return _any(entry.clause, clause) and _any(entry.page, clause.partition("/")[0])


def _was_judged(entry: KnownEntry, cases: list[CaseResult]) -> bool:
    """Did the run judge what the entry is about, with no case of it lost on the way?"""
    if any(case.end.is_machine_fault for case in cases):
        return False
    judged = [case for case in cases if case.end.is_judged]
    if not (entry.clause or entry.page):
        return bool(judged)
    return any(_is_about(entry, clause) for case in judged for clause in case.reached)


def _stale_entry(entry: KnownEntry, arch: str, pattern: str, narrow: bool) -> Stale:
    if pattern:
        line = entry.case_lines[entry.case.index(pattern)]
        lines, what, thing = (line, line), pattern, f'"{pattern}" from line {line}'
    else:
        lines = (entry.line, entry.last_line)
        what = ", ".join(entry.clause or entry.case or entry.page)
        thing = f"lines {lines[0]} to {lines[1]}"
    if narrow:
        remedy = f"it still diverges elsewhere: restrict the entry on line {entry.line} with arch"
    else:
        remedy = f"delete {thing}"
    text = f"{what} is listed as known but conforms on {arch}: {remedy}"
    return Stale(entry, arch, pattern, lines, narrow, text)


class FileClauses:
    """The clauses of a file's entries, for the oracle, before anything ran.

    `image` is the kernel's image as the run names it.
    """

    def __init__(self, file: KnownFile, image: str = "") -> None:
        self._file = file
        self._image = image

    def of(self, arch: str, version: str, case: str) -> frozenset[str]:
        """The ids of the clauses that this kernel is known to break in this case."""
        kernel = KernelRecord(arch, self._image, version, False, (), ())
        found: set[str] = set()
        for entry in self._file.entries:
            about = _any(entry.case, case) and _any(entry.arch, arch)
            if about and entry.clause and applies(entry.kernel, kernel):
                found.update(entry.clause)
        return frozenset(c for pattern in found for c in _ids(pattern))


def _ids(pattern: str) -> list[str]:
    if not is_glob(pattern):
        return [pattern]
    from zxhil.model.pages import load_all

    return matching([clause.id for page in load_all().values() for clause in page.clauses], pattern)
