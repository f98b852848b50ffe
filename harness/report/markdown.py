"""The report as Markdown, for a comment on a pull request."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from harness.oracle.results import CaseEndKind, CaseResult, Divergence
from harness.report.board import Board, Mark, Sheet, unplaced
from harness.report.html_style import SIGNS
from harness.report.htmlnode import text as html_text
from harness.report.matrix import grouped
from harness.report.runs import LabelledRun
from harness.report.terminal import divergence_lines

LIMIT = 60_000  # characters; GitHub refuses a comment of more than 65,536
_ACTIVE = re.compile(r"([\\`*_{}\[\]<>#|~!&@$])")


def markdown_report(shown: Board, limit: int = LIMIT) -> str:
    """Lay a board out as Markdown, not longer than `limit`: then details of divergences go."""
    head = [*_kernels(shown), "", *_table(shown), ""]
    size = sum(len(line) + 1 for line in head)
    blocks = list(_divergences(shown))
    kept: list[str] = []
    for number, block in enumerate(blocks):
        if size + len(block) > limit:
            kept.append(f"… and {len(blocks) - number} more kinds of divergence.\n")
            break
        size += len(block) + 1
        kept.append(block)
    return "\n".join([*head, *kept])


def escaped(text: str) -> str:
    """Text that Markdown takes as it stands, on one line."""
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return _ACTIVE.sub(r"\\\1", shown)


def _kernels(shown: Board) -> Iterator[str]:
    yield "### Does the kernel do what its pages say?"
    yield ""
    for run in shown.runs:
        what = "stand-in kernel, not Zircon" if run.kernel.standin else "Zircon"
        divergences = sum(len(case.divergences) for case in run.cases)
        ends = Counter(case.end for case in run.cases)
        told = ", ".join(f"{ends[end]} {end.value}" for end in CaseEndKind if ends[end])
        yield (
            f"- **{escaped(run.label)}**: {what} {escaped(run.kernel.version)}: "
            f"**{divergences} divergences**; {len(run.cases)} cases: {told}"
            + (f"; stopped early: {escaped(run.interrupted)}" if run.interrupted else "")
        )


def _table(shown: Board) -> Iterator[str]:
    """A row for each page with a verdict; counts of sentences for each kernel."""
    yield "| page | " + " | ".join(escaped(run.label) for run in shown.runs) + " |"
    yield "| --- |" + " --- |" * len(shown.runs)
    left = 0
    for sheet in shown.sheets:
        if all(cell.mark is Mark.NOT_MODELLED for line in sheet.lines for cell in line.cells):
            left += 1
            continue
        cells = [_counts(sheet, at) for at in range(len(shown.runs))]
        yield f"| zx\\_{escaped(sheet.name)} | " + " | ".join(cells) + " |"
    if left:
        yield ""
        yield f"{left} more pages are not modelled."


def _counts(sheet: Sheet, at: int) -> str:
    counts = Counter(line.cells[at].mark for line in sheet.lines)
    return ", ".join(
        f"{SIGNS[mark][0]} {'**' if mark is Mark.DIVERGES else ''}{counts[mark]} {mark.value}"
        f"{'**' if mark is Mark.DIVERGES else ''}"
        for mark in Mark
        if counts[mark]
    )


def _divergences(shown: Board) -> Iterator[str]:
    for run in shown.runs:
        for (_, kind, clause), members in grouped(run.cases).items():
            yield _block(run, f"{kind}: {clause}", members)
        for case in run.cases:
            if case.end.is_machine_fault or case.end is CaseEndKind.VACUOUS:
                yield (
                    f"- **{case.end.value}** {escaped(case.id)} on {escaped(run.label)}: "
                    f"{escaped(case.detail)}"
                )
    if left := len(unplaced(shown)):
        yield f"\n{left} of these are blamed on no line of the pages above."


def _block(run: LabelledRun, title: str, members: list[tuple[CaseResult, Divergence]]) -> str:
    """One kind of divergence, to be unfolded, with the calls of the first case that shows it."""
    case, divergence = members[0]
    calls = "\n".join(divergence_lines(case, divergence))
    fence = "`" * max([3, *(len(ticks) + 1 for ticks in re.findall("`+", calls))])
    cases = list(dict.fromkeys(other.id for other, _ in members))
    more = f" and {len(cases) - 1} more cases" if cases[1:] else ""
    # Within an HTML tag Markdown takes nothing as markup, and HTML takes all.
    summary = html_text(f"{title} on {run.label} ({cases[0]}{more})".replace("\n", " "))
    return (
        f"<details><summary>{SIGNS[Mark.DIVERGES][0]} {summary}</summary>\n\n"
        f"{fence}\n{_plain(calls)}\n{fence}\n\n</details>\n"
    )


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
