"""Golden logs as text, and how two recordings of the suite differ.

Handles and koids are numbered in the order in which a case shows them: their values change from
boot to boot. Calls are worded as in reports, which show the first four elements of a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import unified_diff

from golden_logs import GoldenCase
from zxhil.model.pages import load_or_none_yet

_SHOWN = 4
#: What the model knows of a handle follows from the calls before.
_GIVEN = re.compile(r"<(0x[0-9a-f]+)[^>]*>")
_KOID = re.compile(r"\b((?:related_)?koid=)(\d+|0x[0-9a-f]+)")
_KOIDS = re.compile(r"(?<=koids \[)[\d, ]+")


def text(case: GoldenCase) -> list[str]:
    """One line for what the case claims, and one for each call, `CALL = STATUS, OUTPUTS`."""
    numbers = _Numbers()
    lines = [f"claims {' '.join(case.info.claims)}"]
    for call, made in zip(case.judged().calls, case.made, strict=True):
        line = f"{call.text} = {call.status}"
        line = _GIVEN.sub(lambda m: numbers.handle(m[1]), line)
        for output in load_or_none_yet(made.name).handles_out:
            line = _in_output(line, output, numbers)
        line = _KOID.sub(lambda m: m[1] + numbers.koid(m[2]), line)
        lines.append(_KOIDS.sub(lambda m: _each(m[0], numbers), line))
    return lines


class _Numbers:
    """Names in order of appearance; 0 stays 0."""

    def __init__(self) -> None:
        self._seen: dict[str, dict[int, str]] = {"h": {}, "k": {}}

    def handle(self, value: str) -> str:
        return self._name("h", value)

    def koid(self, value: str) -> str:
        return self._name("k", value)

    def _name(self, kind: str, value: str) -> str:
        names = self._seen[kind]
        number = int(value, 0)
        return names.setdefault(number, f"{kind}{len(names) + 1}") if number else "0"


def _each(koids: str, numbers: _Numbers) -> str:
    return re.sub(r"\d+", lambda m: numbers.koid(m[0]), koids)


def _in_output(line: str, output: str, numbers: _Numbers) -> str:
    """A handle, an array of handles, or `handle=` of each of several infos."""
    head, is_there, written = line.rpartition(f", {output}=")
    if not is_there:
        return line
    array = re.match(r"0x[0-9a-f]+|\[[^\]]*\]", written)
    if array is None:
        return line
    value = r"(?<=handle=)0x[0-9a-f]+" if "handle=" in array[0] else r"0x[0-9a-f]+"
    named = re.sub(value, lambda m: numbers.handle(m[0]), array[0])
    return head + is_there + named + written[array.end() :]


def texts(cases: Sequence[GoldenCase]) -> dict[str, list[str]]:
    """The text of each case, by `ARCH PROGRAM/CASE`."""
    return {f"{case.arch} {case.info.id}": text(case) for case in cases}


def differences(old: Mapping[str, list[str]], new: Mapping[str, list[str]]) -> list[str]:
    """What changed between two recordings, as lines; a change that cases share is shown once."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for case in [*new, *(case for case in old if case not in new)]:
        if (before := old.get(case)) != (after := new.get(case)):
            groups.setdefault(tuple(_change(before, after)), []).append(case)
    return [line for change, cases in groups.items() for line in _shown(change, cases)]


def _change(before: list[str] | None, after: list[str] | None) -> Iterator[str]:
    if before is None or after is None:
        yield "the case is new" if before is None else "the case is gone"
        return
    for line in unified_diff(before, after, n=0, lineterm=""):
        if not line.startswith(("---", "+++", "@@")):
            yield line


def _shown(change: tuple[str, ...], cases: list[str]) -> Iterator[str]:
    more = len(cases) - _SHOWN
    yield f"{', '.join(cases[:_SHOWN])}{f' and {more} more' if more > 0 else ''}:"
    yield from (f"  {line}" for line in change)
    yield ""
