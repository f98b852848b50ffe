"""The result of a bisection for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from zxhil.bisect.outcome import ProbeOutcome, Tally
from zxhil.bisect.record import SessionRecord
from zxhil.plain import plain as plain_text

Style = Callable[[str, str], str]

#: Differences that a terminal is given; the files have all.
_SHOWN = 12

#: The end of a failed build's output, where its error is.
_LAST_LINES = 8
_LONGEST_LINE = 200
#: A patch of at most so many lines is shown on a terminal.
_SHORT_PATCH = 40


def plain(text: str, what: str) -> str:
    """Leave text as it is."""
    return text


def step_line(step: Mapping[str, Any], style: Style = plain) -> str:
    """Describe one test on one line, with its reason below."""
    outcome = style(f"{step['outcome']:<11}", ProbeOutcome(step["outcome"]).style)
    build = "cached" if step["cached"] else f"build {step['build']:.1f} s"
    times = f"{build}, test {step['test']:.1f} s, overhead {step['overhead']:.2f} s"
    line = f"{step['number']:>3}  {outcome}  {step['label'][:60]:<60}  {times}"
    if step["purpose"] != "narrow":
        line += f"  ({step['purpose']})"
    below = [
        *plain_text(step["reason"]).splitlines()[:1],
        *last_lines(step["outcome"], step["evidence"]),
    ]
    return "\n     ".join([line, *below])


def last_lines(outcome: str, evidence: str) -> list[str]:
    """The last lines of a failed build, or of what else could not be judged."""
    if outcome not in (ProbeOutcome.CANNOT_TELL, ProbeOutcome.FAULT):
        return []
    lines = [line for line in plain_text(evidence).splitlines() if line.strip()]
    return [f"| {line[:_LONGEST_LINE]}" for line in lines[-_LAST_LINES:]]


def render(summary: Mapping[str, Any], style: Style = plain) -> str:
    """Render the whole result; ends with a newline."""
    lines = ["", *_answer(summary, style)]
    if summary["advice"]:
        lines.append(summary["advice"])
    lines += _sides(summary, style)
    if summary["confidence"]:
        lines += ["", "evidence:"]
        for row in summary["confidence"]:
            tally = Tally(row["good"], row["bad"], row["cannot_tell"])
            lines.append(f"  {row['label']}: {tally}")
    if summary["skipped"]:
        lines += ["", "could not be judged:"]
        lines += [f"  {row['label']}: {row['reason']}" for row in summary["skipped"]]
    if summary["unstable"]:
        lines += ["", "tests disagreed on: " + ", ".join(n[:12] for n in summary["unstable"])]
    return "\n".join([*lines, "", _figures(summary)]) + "\n"


def _sides(summary: Mapping[str, Any], style: Style) -> Iterator[str]:
    """What differs between the two sides: first by clause, then what is the same in many cases."""
    sides = f"{summary['old']} and {summary['new']} side"
    if summary["clauses"]:
        yield from ("", f"{sides}, by clause:")
        width = max(len(row["clause"]) for row in summary["clauses"])
        for row in summary["clauses"]:
            change = style(f"{row['old']} → {row['new']}", "title")
            yield f"  {row['clause']:<{width}}  {change}  {row['sentence']}"
    if summary["differences"]:
        yield from ("", f"{sides}:")
    for row in summary["differences"][:_SHOWN]:
        yield f"  {row['what']}{_places(row['places'])}"
        for sign, text in (("-", row["old"]), ("+", row["new"])):
            yield f"    {sign} " + text.replace("\n", "\n      ")
        if row["example"]:
            yield from (f"      {text}" for text in row["example"] if text)
    more = len(summary["differences"]) - _SHOWN
    if more > 0:
        yield f"  and {more} more differences: see --json or --html"


def _places(places: Sequence[str]) -> str:
    if not places:
        return ""
    more = f" and {len(places) - 1} more" if places[1:] else ""
    return f" in {places[0]}{more}"


def _answer(summary: Mapping[str, Any], style: Style) -> list[str]:
    found = summary["found"]
    if found is None:
        names = [f"  {label}" for label in summary["labels"]]
        more = len(summary["names"]) - len(names)
        names += [f"  and {more} more"] if more else []
        if summary["end"] == "a set remains":
            return [style(f"one of these {len(summary['names'])}:", "title"), *names]
        return [style(summary["end"], "title"), *names]
    word = "first" if summary["new"] == "bad" else "first again"
    lines = [style(f"{word} {summary['new']}: {found['id']}", "title")]
    if "message" in found:
        lines += [f"  {found['author']}, {found['date']}", ""]
        lines += [f"    {line}".rstrip() for line in found["message"].splitlines()]
        lines += ["", *plain_text(found["diffstat"]).splitlines()]
        patch = plain_text(found["patch"]).splitlines()
        if len(patch) <= _SHORT_PATCH:
            lines += ["", *patch]
        else:
            lines.append(f" patch: {len(patch)} lines, see --html or git show {found['id'][:12]}")
    else:
        lines.append(f"  {found['subject']}")
    return lines


def _figures(summary: Mapping[str, Any]) -> str:
    seconds = summary["seconds"]
    tests = len(summary["steps"])
    text = (
        f"{summary['range']['candidates']} candidates, {tests} tests; "
        f"building {seconds['build']:.1f} s, testing {seconds['test']:.1f} s, "
        f"zxhil itself {seconds['overhead']:.2f} s"
    )
    if seconds["wasted"]:
        text += f"; wasted prefetch {seconds['wasted']:.1f} s"
    return f"{text}\nsession: {summary['session']}"


def git_log(steps: Sequence[Mapping[str, Any]], record: SessionRecord) -> str:
    """Write the tests as ``git bisect log`` does, for ``git bisect replay``.

    A fix is written with git's terms: what is old to git is then "broken", what is new "fixed".
    """
    words = {each.value: each.git for each in ProbeOutcome if each.git}
    new, old = "bad", "good"
    options: list[str] = []
    if record.settings.find_fix:
        new, old = "fixed", "broken"
        words |= {"good": new, "bad": old}
        options += [f"--term-new={new}", f"--term-old={old}"]
    options += ["--first-parent"] if record.settings.first_parent else []
    options += ["--", *record.settings.paths] if record.settings.paths else []
    # git reads these back only in quotes of its own kind.
    quoted = ("'" + option.replace("'", "'\\''") + "'" for option in options)
    ends = [record.ends["new"], *record.ends["old"]]
    lines = [" ".join(("git bisect start", *quoted)), f"git bisect {new} {ends[0]}"]
    lines += [f"git bisect {old} {name}" for name in ends[1:]]
    said: dict[str, str] = {}
    for step in steps:
        if step["outcome"] in words and step["candidate"] not in ends:
            said[step["candidate"]] = words[step["outcome"]]
    lines += [f"git bisect {word} {name}" for name, word in said.items()]
    return "\n".join(lines) + "\n"
