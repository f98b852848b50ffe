"""The result of a bisection as one HTML file that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from zxhil.bisect.outcome import Tally
from zxhil.bisect.picture import draw

_STYLE = """
:root { color-scheme: light dark; --line: #8885; --soft: #8882; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.05rem; margin-top: 2rem; }
pre, code, td.code { font: 13px/1.45 ui-monospace, monospace; }
pre { background: var(--soft); padding: .8rem; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; } svg { width: 100%; height: auto; }
th, td { text-align: left; vertical-align: top; padding: .2rem .6rem .2rem 0;
  border-bottom: 1px solid var(--line); }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
td.code { overflow-wrap: anywhere; }
.good { color: #1a7f37; } .bad { color: #cf222e; } .dim { opacity: .7; }
details summary { cursor: pointer; }
"""


def page(summary: Mapping[str, Any]) -> str:
    """Render the summary (schema zxhil-bisect-1)."""
    found = summary["found"]
    title = f"{summary['end']}: {found['subject']}" if found else summary["end"]
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8>",
        "<meta name=viewport content='width=device-width'>",
        f"<title>{escape(title)}</title><style>{_STYLE}</style>",
        f"<h1>{escape(title)}</h1>",
        f"<p>Looked for: <code>{escape(summary['what'])}</code> in "
        f"<code>{escape(summary['where'])}</code></p>",
        *_answer(summary),
        "<h2>The range</h2>",
        draw(summary["range"], summary["steps"]),
        *_differences(summary),
        *_confidence(summary),
        *_steps(summary["steps"]),
        *_skipped(summary["skipped"]),
        *_figures(summary),
    ]
    return "\n".join(parts) + "\n"


def _answer(summary: Mapping[str, Any]) -> Iterable[str]:
    found = summary["found"]
    if summary["advice"]:
        yield f"<p>{escape(summary['advice'])}</p>"
    if found is None:
        yield "<ul>" + "".join(f"<li>{escape(label)}" for label in summary["labels"]) + "</ul>"
        more = len(summary["names"]) - len(summary["labels"])
        if more:
            yield f"<p>and {more} more</p>"
        return
    yield f"<p><code>{escape(found['id'])}</code></p>"
    if "message" in found:
        yield f"<p>{escape(found['author'])}, {escape(found['date'])}</p>"
        yield f"<pre>{escape(found['message'])}</pre><pre>{escape(found['diffstat'])}</pre>"


def _differences(summary: Mapping[str, Any]) -> Iterable[str]:
    if not summary["differences"]:
        return
    yield "<h2>What differs</h2><table>"
    yield f"<tr><th>where<th>{escape(summary['old'])} side<th>{escape(summary['new'])} side"
    for row in summary["differences"]:
        cells = "".join(f"<td class=code>{escape(cell)}" for cell in row)
        yield f"<tr>{cells}"
    yield "</table>"


def _confidence(summary: Mapping[str, Any]) -> Iterable[str]:
    if not summary["confidence"]:
        return
    yield "<h2>What the answer rests on</h2><table>"
    for row in summary["confidence"]:
        tally = Tally(row["good"], row["bad"], row["cannot_tell"])
        yield f"<tr><td>{escape(row['label'])}<td>{escape(str(tally))}"
    yield "</table>"
    if summary["unstable"]:
        yield f"<p>Looks disagreed on {escape(', '.join(summary['unstable']))}.</p>"


def _steps(steps: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    yield "<h2>Every look</h2><table>"
    yield "<tr><th>#<th>candidate<th>outcome<th>why<th>left<th>build, s<th>look, s<th>own, s"
    for step in steps:
        style = {"good": "good", "bad": "bad"}.get(step["outcome"], "dim")
        reason = f"<br><span class=dim>{escape(step['reason'])}</span>" if step["reason"] else ""
        kernel = f"<br><span class=dim>{escape(step['kernel'])}</span>" if step["kernel"] else ""
        build = "cached" if step["cached"] else f"{step['build']:.1f}"
        yield (
            f"<tr><td class=number>{step['number']}<td>{escape(step['label'])}{kernel}"
            f"<td class={style}>{escape(step['outcome'])}{reason}<td>{escape(step['purpose'])}"
            f"<td class=number>{step['suspects']}<td class=number>{build}"
            f"<td class=number>{step['look']:.1f}<td class=number>{step['own']:.2f}"
        )
    yield "</table>"


def _skipped(skipped: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    listed = list(skipped)
    if not listed:
        return
    yield "<h2>Could not be judged</h2>"
    for row in listed:
        yield f"<details><summary>{escape(row['label'])}: {escape(row['reason'])}</summary>"
        yield f"<pre>{escape(row['evidence'])}</pre></details>"


def _figures(summary: Mapping[str, Any]) -> Iterable[str]:
    seconds = summary["seconds"]
    yield (
        f"<p class=dim>{summary['range']['candidates']} candidates, {len(summary['steps'])} looks; "
        f"building {seconds['build']:.1f} s, looking {seconds['look']:.1f} s, zxhil itself "
        f"{seconds['own']:.2f} s, looking ahead in vain {seconds['wasted']:.1f} s. "
        f"Session: <code>{escape(summary['session'])}</code></p>"
    )
