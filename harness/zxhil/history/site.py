"""The static site of a history: an overview, the kernels, and a page for each clause and crash.

No page needs a script or a server. The output depends on the history alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from zxhil import named_file
from zxhil.counts import counted
from zxhil.errors import UserError
from zxhil.history.drawing import Counts, chart, counts_of, counts_text, strip, when
from zxhil.history.kernels import KeptKernel
from zxhil.history.questions import CrashStory, crashes_of, story_of
from zxhil.history.site_pages import clause_page, crash_page, kernels_page
from zxhil.history.site_parts import (
    INDEX,
    KERNELS,
    clause_file,
    crash_file,
    data_table,
    page_document,
    strips,
    word_mark,
)
from zxhil.history.standing import ClauseStanding, KeptClause
from zxhil.history.store import History
from zxhil.history.timeline import ClauseTurn, Timeline, changes_of, timeline_of
from zxhil.report.htmlnode import Html, breakable_path, el, join
from zxhil.report.verdict import ClauseVerdict

_SHOWN = 20
_MOST_CHANGES = 1000


def write_site(history: History, folder: Path) -> int:
    """Write the pages into a folder, which is created if necessary; return their number.

    Raises UserError if it can't be a folder, MachineError if a page can't be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = error.strerror or str(error)
        raise UserError(str(folder), f"can't be created: {why}", "give another folder") from error
    number = 0
    for name, content in pages(history):
        named_file.write(folder / name, content, "--out")
        number += 1
    return number


def pages(history: History) -> Iterator[tuple[str, bytes]]:
    """Each page's file name and content."""
    timeline = timeline_of(history)
    crashes = crashes_of(history)
    counts = {number: counts_of(on.values()) for number, on in timeline.standings.items()}
    kernels = [kernel for line in timeline.lines.values() for kernel in line]
    yield INDEX, _overview(timeline, changes_of(history, timeline), crashes, counts)
    yield KERNELS, kernels_page(timeline, {n: counts_text(each) for n, each in counts.items()})
    for clause in timeline.clauses:
        yield clause_file(clause), clause_page(timeline, story_of(history, clause, kernels))
    for crash in crashes:
        yield crash_file(crash.id), crash_page(timeline, crash)


def _overview(
    timeline: Timeline,
    changes: Sequence[ClauseTurn],
    crashes: Sequence[CrashStory],
    counts: dict[int, Counts],
) -> bytes:
    return page_document(
        "Conformance over time",
        el("div", [_line(line, kernels, counts) for line, kernels in timeline.lines.items()],
           class_="lines"),
        _legend(),
        _changes(changes),
        _crashes(timeline, crashes),
        el("h2", "Clauses by kernels"),
        el("p", "A column is a kernel, from old to new. ",
           el("a", "All kernels", href=KERNELS), class_="dim"),
        [
            _page(timeline, page, list(members))
            for page, members in groupby(timeline.clauses, key=lambda clause: clause.page)
        ],
        home=False,
    )  # fmt: skip


def _line(line: str, kernels: Sequence[KeptKernel], counts: dict[int, Counts]) -> Html:
    """What is known of one line of kernels, and two charts."""
    own = [counts[kernel.id] for kernel in kernels]
    undated = sum(not kernel.date for kernel in kernels)
    last = f"last: {when(kernels[-1])}: {counts_text(own[-1])}"
    return el(
        "div",
        el("h2", f"{line}: {counted(len(kernels), 'kernel')}"),
        el("p", last),
        el("p", f"{counted(undated, 'kernel')} without a date, at the end", class_="warn")
        if undated
        else None,
        el("h3", "Clauses by verdict"),
        chart(kernels, own, only_bad=False),
        el("h3", "Clauses that diverge"),
        chart(kernels, own, only_bad=True),
        class_="line",
    )


def _legend() -> Html:
    shown = (
        ClauseVerdict.DIVERGES,
        ClauseVerdict.KNOWN,
        ClauseVerdict.CONFORMS,
        ClauseVerdict.NOT_REACHED,
    )
    items = []
    for verdict in shown:
        kernel = KeptKernel(0, "", "", "", "", False, "", "", "", (), (), "", "a kernel")
        items.append(
            el("li", strip([kernel], [ClauseStanding(verdict)], verdict.label), verdict.label)
        )
    return el("ul", items, class_="legend")


def _changes(changes: Sequence[ClauseTurn]) -> Html:
    if not changes:
        return el("p", "No clause changed between two kernels.", class_="dim")
    rows = [
        [
            each.old.line,
            el("a", breakable_path(each.clause.path), href=clause_file(each.clause)),
            join(word_mark(each.before.verdict), " ", when(each.old)),
            join(word_mark(each.after.verdict), " ", when(each.new)),
        ]
        for each in sorted(changes, key=lambda each: each.new.order, reverse=True)
    ]
    head = "on", "clause", "until", "since"
    earlier = rows[_SHOWN:_MOST_CHANGES]
    left = len(rows) - _MOST_CHANGES
    return join(
        el("h2", "Changes"),
        data_table(head, rows[:_SHOWN]),
        el(
            "details",
            el("summary", counted(len(rows) - _SHOWN, "earlier change")),
            data_table(head, earlier),
            el("p", f"and {left} more: zxhil history clause shows each", class_="dim")
            if left > 0
            else None,
        )
        if earlier
        else None,
    )


def _crashes(timeline: Timeline, crashes: Sequence[CrashStory]) -> Html | None:
    if not crashes:
        return None
    rows = []
    for crash in crashes:
        on = [k for line in timeline.lines.values() for k in line if k.id in crash.kernels]
        first, last = min(on, key=lambda k: k.order), max(on, key=lambda k: k.order)
        link = el("a", crash.title, href=crash_file(crash.id))
        known = " (known)" if crash.is_known else ""
        rows.append([link, crash.what + known, when(first), when(last), str(len(on))])
    head = "title", "what", "first seen", "last seen", "kernels"
    return join(el("h2", "Crashes"), data_table(head, rows))


def _page(timeline: Timeline, page: str, clauses: Sequence[KeptClause]) -> Html:
    """The strips of a page's clauses."""
    latest = [kernels[-1] for kernels in timeline.lines.values()]
    bad = sum(
        any(
            (standing := timeline.standings[kernel.id].get(clause.id)) is not None
            and standing.word == ClauseVerdict.DIVERGES.value
            for kernel in latest
        )
        for clause in clauses
    )
    words = counted(len(clauses), "clause")
    if bad:
        words += f", {bad} diverging on the latest kernels"
    return el(
        "details",
        el("summary", el("strong", f"zx_{page}"), f" {words}"),
        [
            el(
                "div",
                el("p", el("a", clause.name, href=clause_file(clause)),
                   f" {clause.status}" if clause.status else None, ": ", clause.sentence),
                el("div", strips(timeline, clause)),
                class_="clause",
            )
            for clause in clauses
        ],
        open=bool(bad),
    )  # fmt: skip
