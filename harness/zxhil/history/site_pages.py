"""The pages of a clause, of a crash, and of the kernels."""

from __future__ import annotations

from zxhil.counts import counted
from zxhil.history.drawing import axis, marks, when
from zxhil.history.questions import ClauseStory, CrashStory
from zxhil.history.site_parts import (
    data_table,
    page_document,
    span_mark,
    strips,
)
from zxhil.history.timeline import Timeline
from zxhil.report.htmlnode import Html, el, join
from zxhil.report.notes import short_version

_MOST = 20


def clause_page(timeline: Timeline, story: ClauseStory) -> bytes:
    """Since when, and on which kernels, a clause conforms or diverges, and how."""
    clause = story.clause
    rows = [
        [
            span.line,
            span_mark(span),
            when(span.kernels[0]),
            when(span.kernels[-1]),
            counted(len(span.kernels), "kernel"),
            counted(span.runs, "run") + (f", {span.against} disagree" if span.against else ""),
        ]
        for span in story.spans
    ]
    head = "on", "verdict", "first seen", "last seen", "kernels", "runs"
    return page_document(
        f"zx_{clause.path}",
        el("p", el("code", clause.status) if clause.status else "effect", f": {clause.sentence}"),
        strips(timeline, clause),
        [
            el("div", el("span"), axis(kernels), class_="named")
            for kernels in list(timeline.lines.values())[:1]
        ],
        el("h2", "From when to when"),
        data_table(head, rows),
        _findings(story),
    )


def _findings(story: ClauseStory) -> Html | None:
    if not story.findings:
        return None
    shown = [
        join(
            el("blockquote", el("strong", kind), f": {text}"),
            el("p", _on(labels), class_="dim"),
        )
        for kind, text, labels in story.findings[:_MOST]
    ]
    left = len(story.findings) - _MOST
    more = el("p", f"and {left} more") if left > 0 else None
    return join(el("h2", "Divergences"), shown, more)


def _on(labels: tuple[str, ...]) -> str:
    shown = ", ".join(labels[:3])
    return f"with {shown}" + (f" and {len(labels) - 3} more" if labels[3:] else "")


def crash_page(timeline: Timeline, crash: CrashStory) -> bytes:
    """Where a crash was seen, and the cases that ended by it."""
    rows, pictures = [], []
    for line, kernels in timeline.lines.items():
        seen = [kernel.id in crash.kernels for kernel in kernels]
        on = [kernel for kernel, is_seen in zip(kernels, seen, strict=True) if is_seen]
        if on:
            pictures.append(
                el("div", el("span", line), marks(kernels, seen, f"seen on {line}"), class_="named")
            )
            pictures.append(el("div", el("span"), axis(kernels), class_="named"))
            rows.append([line, when(on[0]), when(on[-1]), counted(len(on), "kernel")])
    known = " (known)" if crash.is_known else ""
    return page_document(
        crash.title,
        el("p", f"{crash.what}{known}, in {counted(crash.runs, 'run')}"),
        pictures,
        data_table(("on", "first seen", "last seen", "kernels"), rows),
        el("h2", "Cases that ended by it") if crash.cases else None,
        el("ul", [el("li", f"{case}: {counted(times, 'run')}") for case, times in crash.cases])
        if crash.cases
        else None,
        el("h2", "In the latest run"),
        el("pre", crash.lines),
    )


def kernels_page(timeline: Timeline, counts: dict[int, str]) -> bytes:
    """Every kernel; `counts` are its clauses by verdict, in words."""
    return page_document(
        "Kernels",
        [
            join(
                el("h2", line),
                data_table(
                    ("date", "kernel", "commit", "image", "clauses", "runs"),
                    [
                        [
                            kernel.day,
                            short_version(kernel.version),
                            f"{kernel.commit[:12]} {kernel.subject}".strip(),
                            kernel.image,
                            counts[kernel.id],
                            ", ".join(map(str, kernel.runs)),
                        ]
                        for kernel in kernels
                    ],
                ),
            )
            for line, kernels in timeline.lines.items()
        ],
    )
