"""The report that a kernel engineer reads in a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from zxhil.counts import counted
from zxhil.docs.held import PagesRecord
from zxhil.known.file import KnownEntry
from zxhil.known.match import NOTHING, Applied, exit_code, unexplained
from zxhil.model.clause import Clause, ClauseKind
from zxhil.model.page import AnyPage
from zxhil.oracle.cases import source_place
from zxhil.oracle.results import CaseEndKind, CaseResult, Divergence, permitted_calls
from zxhil.report.fault_text import (
    fault_headline,
    fault_lines,
    not_run_lines,
    report_faults,
    unattributed,
)
from zxhil.report.matrix import Cell, Clauses, Finding, divergences_text, grouped, pages_of
from zxhil.report.notes import (
    age_notes,
    pages_places,
    pages_reasons,
    pages_summary,
    version_text,
)
from zxhil.report.verdict import ClauseVerdict, end_counts, known_counts, places
from zxhil.run.record import BootRecord, KernelRecord, RunReport

_MISSED = 3  # more clauses that were not reached are a number: a few cases reach a few clauses
_CALLS = 4  # the most calls that a sentence names

Style = Callable[[str, str], str]
"""(text, what it is) → the text as it is to be shown."""


def plain(text: str, what: str) -> str:
    """No style at all."""
    return text


def terminal_report(
    report: RunReport,
    style: Style = plain,
    verbose: bool = False,
    known: Applied = NOTHING,
) -> str:
    """Format a run as text: kernels, clauses by page, divergences with calls, faults, counts.

    `verbose` also lists the clauses of pages that cases use for setup only. `known` ones are
    marked, with the reason.
    """
    lines = [*_kernels(report, style), *_faults(report, style, known)]
    for kernel in report.kernels:
        clauses = Clauses(kernel.arch, report.cases, known)
        for page in pages_of(c for c in report.cases if c.arch == kernel.arch):
            lines += _page(page, clauses, style, verbose)
    lines += _divergences(report.cases, style, known)
    lines += _others(report.cases, style, known)
    lines += _listed(report.cases, style, known)
    lines += _counts(report, style, known, verbose)
    return "\n".join(lines) + "\n"


def _kernels(report: RunReport, style: Style) -> Iterator[str]:
    for kernel in report.kernels:
        yield style(f"{kernel.arch}: {kernel_line(kernel, report.boots)}", "title")
    for kernel in report.kernels:
        if kernel.expected:
            yield style(another_ran(kernel), "bad")
        if kernel.absent:
            calls = ", ".join(f"zx_{name}" for name in kernel.absent)
            yield f"{kernel.arch}: its vDSO has no {calls}"
        yield from (f"{kernel.arch}: {note}" for note in kernel.boot_data)
        yield from (f"{kernel.arch}: {note}" for note in age_notes(report, kernel))


def _faults(report: RunReport, style: Style, known: Applied) -> Iterator[str]:
    """Faults, before all verdicts."""
    found = report_faults(report, known)
    if not found:
        return
    yield ""
    yield style("Machine and kernel faults", "title")
    for number, finding in enumerate(found, 1):
        yield ""
        yield style(f"{number}. {fault_headline(finding)}", "bad")
        yield from (f"   {line}".rstrip() for line in fault_lines(finding))


def another_ran(kernel: KernelRecord) -> str:
    """Report that a kernel other than the image's ran."""
    return f"{kernel.arch}: its image holds {kernel.expected}: but a different kernel ran"


def run_faults(report: RunReport) -> list[str]:
    """What is wrong with the run as a whole, apart from its cases."""
    faults = [another_ran(kernel) for kernel in report.kernels if kernel.expected]
    if report.interrupted:
        faults.append(f"stopped early: {report.interrupted}")
    faults += unattributed(report)
    faults += [f"damaged outside of cases: {what}" for what in report.damage]
    return faults


def kernel_line(kernel: KernelRecord, boots: Sequence[BootRecord]) -> str:
    """Say which kernel ran; the stand-in is never called Zircon."""
    if kernel.standin:
        return f"stand-in kernel, not Zircon ({kernel.version})"
    return f"Zircon {version_text(kernel, boots)}, image {kernel.image}"


def _page(page: AnyPage, clauses: Clauses, style: Style, verbose: bool) -> Iterator[str]:
    arch, table = clauses.arch, clauses.cells(page)
    if not page.core and not verbose:
        yield _brief(page, arch, table, style)
        return
    yield ""
    yield style(f"zx_{page.name} on {arch}", "title") + f"  ({page.source})"
    missed = [cell for _, cell in table if cell.verdict is ClauseVerdict.NOT_REACHED]
    brief = not verbose and len(missed) > _MISSED
    for clause, cell in table:
        if not (brief and cell.verdict is ClauseVerdict.NOT_REACHED):
            yield _row(clause, cell, style)
    if brief:
        short = ClauseVerdict.NOT_REACHED.short
        yield style(f"  {short:<11} {len(missed)} other clauses; -v lists them", "dim")


def _brief(page: AnyPage, arch: str, table: list[tuple[Clause, Cell]], style: Style) -> str:
    counts = Counter(cell.verdict for _, cell in table)
    text = ", ".join(f"{counts[each]} {each}" for each in ClauseVerdict if counts[each])
    what = "bad" if counts[ClauseVerdict.DIVERGES] else "dim"
    return style(f"zx_{page.name} on {arch}: {text}", what)


def _row(clause: Clause, cell: Cell, style: Style) -> str:
    if clause.kind is ClauseKind.EFFECT:
        label = "(effect)"
    elif len(clause.statuses) > 1:
        label = "(some error)"
    else:
        label = clause.statuses[0].name
    where = f"  {_cases(cell)}" if cell.cases else ""
    verdict = style(f"{cell.verdict.short:<11}", cell.verdict.style)
    return f"  {verdict} {label:<24} {clause.sentence}{style(where, 'dim')}"


def _cases(cell: Cell) -> str:
    best = cell.returned or cell.cases
    more = len(cell.cases) - 1
    return f"[{best[0]}{f' and {more} more' if more else ''}]"


def _divergences(cases: Sequence[CaseResult], style: Style, known: Applied) -> Iterator[str]:
    groups = grouped(cases, lambda case, found: known.of(case, found) is None)
    if not groups:
        return
    yield ""
    yield style("Divergences", "title")
    for number, (kind, members) in enumerate(groups.items(), 1):
        case = members[0].case
        yield ""
        yield style(f"{number}. {kind.title} on {kind.arch}", "bad")
        yield from finding_lines(members[0], style)
        names = list(dict.fromkeys(other.id for other, _ in members if other.id != case.id))
        if names:
            shown = ", ".join(names[:6]) + (f", … {len(names)} in all" if names[6:] else "")
            yield f"   the same in {shown}"


def _listed(cases: Sequence[CaseResult], style: Style, known: Applied) -> Iterator[str]:
    """Known divergences, and stale entries of the file."""
    where: dict[KnownEntry, dict[tuple[str, str], None]] = {}
    for (arch, case_id, _), entry in known.marks.items():
        where.setdefault(entry, {})[arch, case_id] = None
    for key, entry in known.ends.items():
        where.setdefault(entry, {})[key] = None
    if where:
        yield ""
        yield style("Known divergences", "title")
    for entry in sorted(where, key=lambda e: e.line):
        about = ", ".join(entry.clause or entry.page or entry.case)
        number = len(where[entry])
        arches = ", ".join(dict.fromkeys(arch for arch, _ in where[entry]))
        yield (
            f"  {style(about, 'known')} on {arches}, {counted(number, 'case')}: "
            f"{known.explain(entry)}"
        )
    if known.stale:
        yield ""
        yield style("Unexpected passes (stale known entries)", "title")
    for stale in known.stale:
        yield f"  {known.place(stale.entry)}: {style(stale.text, 'bad')}"


def statement_lines(finding: Finding, known: Applied = NOTHING) -> Iterator[str]:
    """What is wrong with a call, why, and whether it is known: an item for each clause."""
    items = _items(finding, known)
    mark, indent = ("- ", "  ") if len(items) > 1 else ("", "")
    for entry, (first, *others) in items:
        lines = list(first.statement)
        calls = list(dict.fromkeys(each.call for each in others if each.call != first.call))
        if calls:
            shown = ", ".join(map(str, calls[:_CALLS])) + (", …" if calls[_CALLS:] else "")
            lines.append(f"the same at {'calls' if calls[1:] else 'call'} {shown}")
        if entry is not None:
            lines.append(f"known: {known.explain(entry)}")
        yield mark + lines[0]
        yield from (indent + line for line in lines[1:])


def _items(finding: Finding, known: Applied) -> list[tuple[KnownEntry | None, list[Divergence]]]:
    """The divergences by clause, and why they are known."""
    items: list[tuple[KnownEntry | None, list[Divergence]]] = []
    for divergences in finding.by_clause.values():
        by_entry: dict[KnownEntry | None, list[Divergence]] = {}
        for each in divergences:
            by_entry.setdefault(known.of(finding.case, each), []).append(each)
        items += by_entry.items()
    return items


def finding_lines(
    finding: Finding, style: Style = plain, known: Applied = NOTHING
) -> Iterator[str]:
    """One finding: what is wrong, why, whether it is known, and once the calls that led to it."""
    case = finding.case
    divergences = [each[0] for _, each in _items(finding, known)]
    observed = {each.call for each in divergences}
    yield from (f"   {line}" for line in statement_lines(finding, known))
    yield f"   case {case.id}, {':'.join(source_place(case.info))}"
    threads = case.has_threads
    for number, call in enumerate(case.calls[: max(observed) + 1]):
        marks = places(number, divergences)
        mark = style(f"   ◄ {', '.join(marks)}", "bad") if marks else ""
        maker = f"{call.maker}: " if threads else ""
        overlap = f" ({call.overlap})" if call.overlap else ""
        yield style(f"   {number:>3} {maker}{call.text}", "dim" if not marks else "")
        yield f"       = {call.status}{overlap}{mark}"
        if number in observed and not call.is_status_allowed:
            yield f"       allowed: {', '.join(call.allowed)}"


def _others(cases: Sequence[CaseResult], style: Style, known: Applied) -> Iterator[str]:
    faults = [
        case
        for case in cases
        if case.end is CaseEndKind.VACUOUS and (case.arch, case.id) not in known.ends
    ]
    if faults:
        yield ""
        yield style("Vacuous cases", "title")
    for case in faults:
        yield f"  {style(case.end.value, 'bad')}  {case.id} on {case.arch}: {case.detail}"


def _pages(record: PagesRecord, cases: Sequence[CaseResult], verbose: bool) -> Iterator[str]:
    yield pages_summary(record, cases)
    lines = pages_places(record) if verbose else pages_reasons(record)
    yield from (f"  {line}" for line in lines)


def _counts(report: RunReport, style: Style, known: Applied, verbose: bool) -> Iterator[str]:
    calls = sum(len(case.calls) for case in report.cases)
    permitted = Counter(
        call.status.partition(",")[0]
        for case in report.cases
        for call in permitted_calls(case.calls)
    )
    yield ""
    for log, what in report.all_damage:
        yield f"outside of cases, in {log or 'the log'}: {what}"
    for rerun in report.reruns:
        yield f"rerun, its output was damaged: {rerun.case} on {rerun.arch} ({rerun.why})"
    yield from _stability(report, style)
    for status, number in permitted.items():
        yield f"{counted(number, 'call')} returned {status}, which the page allows at any time"
    if report.interrupted:
        yield style(f"stopped early: {report.interrupted}; results so far are above", "bad")
    chosen = tuple(each for each in report.not_run if not each.fault)
    for line in (*not_run_lines(chosen), *unattributed(report, known)):
        yield style(line, "bad")
    yield (
        f"{counted(len(report.cases), 'case')}, {counted(calls, 'call')} judged in "
        f"{_boots(report)}" + (f": {end_counts(report.cases, known)}" if report.cases else "")
    )
    if report.pages is not None:
        yield from _pages(report.pages, report.cases, verbose)
    yield from known.notes
    yield style(_sum(report, known), "good" if exit_code(report, known) == 0 else "bad")
    for kernel in report.kernels:
        if kernel.standin:
            yield (
                f"{kernel.arch}: stand-in kernel, not Zircon; "
                "name a real image with --image PATH (docs/images.md)"
            )


def _boots(report: RunReport) -> str:
    starts = Counter(boot.went_on_from for boot in report.boots if boot.went_on_from)
    boots = counted(len(report.boots), "boot")
    if not starts:
        return boots
    which = "that" if starts.total() == len(report.boots) else f"({starts.total()} of them"
    end = "" if which == "that" else ")"
    return f"{boots} {which} resumed from the saved {', '.join(sorted(starts))}{end}"


def _stability(report: RunReport, style: Style) -> Iterator[str]:
    """The results of --repeat."""
    if not report.stability:
        return
    for each in report.unstable:
        ends = Counter(each.ends)
        text = ", ".join(f"{ends[end]} {end}" for end in ends)
        if len(ends) == 1:
            text += ", with different divergences"
        yield f"{style('unstable', 'bad')}  {each.case} on {each.arch}: {text}"
    for each in report.stability:
        if each.stable and each.varies:
            yield f"{each.case} on {each.arch}: same verdict each time, but different statuses"
    rounds = max(len(each.ends) for each in report.stability)
    stable = len(report.stability) - len(report.unstable)
    total = counted(len(report.stability), "case")
    yield f"repeated {counted(rounds, 'time')}: {stable} of {total} stable"


def _sum(report: RunReport, known: Applied) -> str:
    left = unexplained(report, known)
    faults = report_faults(report, known)
    cases = sum(len(each.cases) for each in faults)
    text = (
        divergences_text(left.divergences, len(grouped(left.cases)))
        + f", {counted(len(faults), 'machine or kernel fault')}"
        + (f" in {counted(cases, 'case')}" if cases > len(faults) else "")
    )
    if known.path:
        text += f"; known: {known_counts(len(known.marks), len(known.ends))}"
    if known.stale:
        text += f"; {counted(len(known.stale), 'unexpected pass', 'unexpected passes')}"
    return text
