"""The report as Markdown, for a comment on a pull request."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from zxhil.counts import counted
from zxhil.report.fault_text import fault_lines, not_run_lines
from zxhil.report.htmlnode import text as html_text
from zxhil.report.matrix import Finding
from zxhil.report.notes import pages_reasons, pages_summary, version_text
from zxhil.report.runs import LabelledRun
from zxhil.report.table import PageTable, Report, unplaced
from zxhil.report.terminal import finding_lines
from zxhil.report.verdict import ClauseVerdict, end_counts
from zxhil.run.fault import FaultFinding

LIMIT = 60_000  # characters; GitHub refuses a comment of more than 65,536
_ACTIVE = re.compile(r"([\\`*_{}\[\]<>#|~!&@$])")


def markdown_report(shown: Report, limit: int = LIMIT) -> str:
    """Format a report as Markdown, up to `limit` characters: details of divergences are cut."""
    head = [*_kernels(shown), "", *_table(shown), ""]
    size = sum(len(line) + 1 for line in head)
    blocks = list(_divergences(shown))
    kept: list[str] = []
    for number, block in enumerate(blocks):
        if size + len(block) > limit:
            kept.append(f"… and {counted(len(blocks) - number, 'more group')} of divergences.\n")
            break
        size += len(block) + 1
        kept.append(block)
    return "\n".join([*head, *kept])


def escaped(text: str) -> str:
    """Text on one line, escaped for Markdown."""
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return _ACTIVE.sub(r"\\\1", shown)


def _kernels(shown: Report) -> Iterator[str]:
    yield "### Conformance report"
    yield ""
    for run in shown.runs:
        what = "stand-in kernel, not Zircon" if run.kernel.standin else "Zircon"
        known = f", {run.known_divergences} known" if run.known_divergences else ""
        yield (
            f"- **{escaped(run.label)}**: {what} {escaped(version_text(run.kernel, run.boots))}: "
            f"**{run.divergences_text}**{known}; "
            f"{counted(len(run.cases), 'case')}: {end_counts(run.cases, run.known)}"
            + (f"; stopped early: {escaped(run.interrupted)}" if run.interrupted else "")
        )
        yield from (f"  - {escaped(line)}" for line in not_run_lines(run.not_run))
        yield from (f"  - outside of cases, in {escaped(what)}" for what in run.damage)
        if run.pages is not None:
            lines = [pages_summary(run.pages, run.cases), *pages_reasons(run.pages)]
            yield from (f"  - {escaped(line)}" for line in lines)


def _table(shown: Report) -> Iterator[str]:
    """A row for each page with a verdict; counts of sentences for each kernel."""
    yield "| page | " + " | ".join(escaped(run.label) for run in shown.runs) + " |"
    yield "| --- |" + " --- |" * len(shown.runs)
    left = 0
    for table in shown.tables:
        verdicts = {cell.verdict for line in table.lines for cell in line.cells}
        if verdicts <= {ClauseVerdict.NOT_MODELLED}:
            left += 1
            continue
        cells = [_counts(table, at) for at in range(len(shown.runs))]
        yield f"| zx\\_{escaped(table.name)} | " + " | ".join(cells) + " |"
    if left:
        yield ""
        yield f"not modelled: {counted(left, 'more page')}"


def _counts(table: PageTable, at: int) -> str:
    counts = Counter(line.cells[at].verdict for line in table.lines)
    texts = {each: f"{counts[each]} {each.label}" for each in ClauseVerdict if counts[each]}
    return ", ".join(
        f"{each.sign} " + (f"**{text}**" if each is ClauseVerdict.DIVERGES else text)
        for each, text in texts.items()
    )


def _divergences(shown: Report) -> Iterator[str]:
    """Faults first, then unknown divergences of all kernels: these must fit."""
    for run in shown.runs:
        yield from (_fault(run, finding) for finding in run.faults)
    for wanted in (False, True):
        for run in shown.runs:
            yield from _of_run(run, wanted)
    for run in shown.runs:
        for stale in run.stale:
            place = f"{run.known.path}:{stale.lines[0]}"
            yield (
                f"- **unexpected pass (stale known entry)** {escaped(place)}: {escaped(stale.text)}"
            )
    if left := len(unplaced(shown)):
        yield f"\nBlamed on no clause of the pages above: {left}."


def _of_run(run: LabelledRun, known: bool) -> Iterator[str]:
    """One kernel's divergences and ends of cases, the known ones or the others."""
    own = run.sorted_out(known=known)
    for kind, members in own.items():
        yield _block(run, kind.title, members)
    for case in run.cases:
        entry = run.known.ends.get((case.arch, case.id))
        if known is not (entry is not None):
            continue
        if case.end.is_incomplete and (known or not case.end.is_machine_fault):
            why = f"; known: {escaped(run.known.explain(entry))}" if entry is not None else ""
            yield (
                f"- **{case.end.value}** {escaped(case.id)} on {escaped(run.label)}: "
                f"{escaped(case.detail)}{why}"
            )


def _fault(run: LabelledRun, finding: FaultFinding) -> str:
    """A collapsible fault of machine or kernel."""
    lines = "\n".join(fault_lines(finding))
    title = f"{finding.what} on {run.label}: {finding.title}"
    return _folded(f"{ClauseVerdict.DIVERGES.sign} {html_text(title)}", lines)


def _folded(summary: str, text: str, before: str = "") -> str:
    fence = "`" * max([3, *(len(ticks) + 1 for ticks in re.findall("`+", text))])
    return (
        f"<details><summary>{summary}</summary>\n\n{before}"
        f"{fence}\n{_plain(text)}\n{fence}\n\n</details>\n"
    )


def _block(run: LabelledRun, title: str, members: list[Finding]) -> str:
    """A collapsible kind of finding, with the calls of the first case that shows it."""
    calls = "\n".join(finding_lines(members[0]))
    entries = dict.fromkeys(run.known.of(case, d) for case, found in members for d in found)
    entry = next(iter(entries))
    verdict = ClauseVerdict.DIVERGES if entry is None else ClauseVerdict.KNOWN
    reasons = [f"known: {escaped(run.known.explain(each))}\n\n" for each in entries if each]
    cases = list(dict.fromkeys(other.id for other, _ in members))
    more = f" and {counted(len(cases) - 1, 'more case')}" if cases[1:] else ""
    # Within an HTML tag, HTML markup is active and Markdown's is not.
    title = title if entry is None else f"known, {title}"
    summary = html_text(f"{title} on {run.label} ({cases[0]}{more})".replace("\n", " "))
    return _folded(f"{verdict.sign} {summary}", calls, "".join(reasons))


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
