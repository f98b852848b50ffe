"""The result of a bisection for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from zxhil.bisect.outcome import ProbeOutcome, Tally
from zxhil.bisect.record import SessionRecord

Style = Callable[[str, str], str]

#: Differences that a terminal is given; the files have all.
_SHOWN = 12


def plain(text: str, what: str) -> str:
    """Leave text as it is."""
    return text


def step_line(step: Mapping[str, Any], style: Style = plain) -> str:
    """Describe one test on one line, its reason below it."""
    outcome = style(f"{step['outcome']:<11}", ProbeOutcome(step["outcome"]).style)
    build = "cached" if step["cached"] else f"build {step['build']:.1f} s"
    times = f"{build}, test {step['test']:.1f} s, overhead {step['overhead']:.2f} s"
    line = f"{step['number']:>3}  {outcome}  {step['label'][:60]:<60}  {times}"
    if step["purpose"] != "narrow":
        line += f"  ({step['purpose']})"
    return line + (f"\n     {step['reason'].splitlines()[0]}" if step["reason"] else "")


def render(summary: Mapping[str, Any], style: Style = plain) -> str:
    """Render the whole result; ends with a newline."""
    lines = ["", *_answer(summary, style)]
    if summary["advice"]:
        lines.append(summary["advice"])
    if summary["differences"]:
        lines += ["", f"{summary['old']} and {summary['new']} side:"]
        for place, old, new in summary["differences"][:_SHOWN]:
            lines += [f"  {place}", f"    - {old}", f"    + {new}"]
        more = len(summary["differences"]) - _SHOWN
        lines += [f"  and {more} more differences: see --json or --html"] if more > 0 else []
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
        lines += ["", *found["diffstat"].splitlines()]
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
