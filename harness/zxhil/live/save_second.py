"""A saved case of two threads: what lies outside of the case's function, and what in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_DECLARED = re.compile(r"(?:static )?([\w ]+?\**) ?\b(\w+)((?:\[\w+\])?)(?: = (.*))?;")
_WORD = re.compile(r"\b[a-z_]\w*\b")
_INDENT = "    "

Lines = Sequence[str]


def arranged(calls: Mapping[int, Lines], seconds: frozenset[int]) -> tuple[list[str], list[str]]:
    """The lines of the file before the case, and those of the case.

    `calls` are the lines of each call, in order; `seconds` are the calls of the second thread. It
    begins where its first call stands, and has ended where those after its last one stand.
    """
    start, stop = min(seconds), max(seconds) + 1
    shared = _shared(calls, seconds)
    lines = {number: _without(each, shared) for number, each in calls.items()}
    waits = False
    for number in [n for n in calls if start <= n < stop]:
        for name, (made, _) in shared.items():
            other = (number in seconds) != (made in seconds)
            if start <= made < number and other and name in _words(calls[number]):
                lines[number] = [f"while (!is_made({made})) zx_nanosleep(0);", *lines[number]]
                lines[made] = [*lines[made], f"set_made({made});"]
                waits = True
    second = [line for number in calls if number in seconds for line in lines[number]]
    file = [declared for _, declared in shared.values()]
    if waits:
        file += _made(stop)
    file += ["", "static void second(uintptr_t unused) {", f"{_INDENT}(void)unused;"]
    file += [f"{_INDENT}{line}" for line in second] + ["}", ""]
    case: list[str] = []
    for number, each in lines.items():
        if number == start:
            case.append("zx_handle_t thread = start_thread(second, 0);")
        if number == stop:
            case.append("join_thread(thread);")
        case += () if number in seconds else each
    if stop not in lines:
        case.append("join_thread(thread);")
    return file, case


def _words(lines: Lines) -> set[str]:
    return {word for line in lines for word in _WORD.findall(line)}


def _shared(calls: Mapping[int, Lines], seconds: frozenset[int]) -> dict[str, tuple[int, str]]:
    """The variables that both threads use, with the call that sets them and their declaration."""
    found: dict[str, tuple[int, str]] = {}
    for number, lines in calls.items():
        used = (n for n in calls if (n in seconds) != (number in seconds))
        others = set().union(*(_words(calls[n]) for n in used))
        for line in lines:
            match = _DECLARED.fullmatch(line)
            if match and match[2] in others and "(" not in match[1]:
                gap = "" if match[1].endswith("*") else " "
                found[match[2]] = number, f"static {match[1]}{gap}{match[2]}{match[3]};"
    return found


def _without(lines: Lines, shared: Mapping[str, object]) -> list[str]:
    """The lines without declarations of shared variables, which are 0 at first."""
    kept = []
    for line in lines:
        match = _DECLARED.fullmatch(line)
        if match is None or match[2] not in shared:
            kept.append(line)
        elif match[4] not in (None, "0", "{0}"):
            kept.append(f"{match[2]} = {match[4]};")
    return kept


def _made(count: int) -> list[str]:
    """Which calls were made, for the thread that needs what they return."""
    return [
        f"static bool made[{count}];",
        "static bool is_made(unsigned n) { return __atomic_load_n(&made[n], __ATOMIC_ACQUIRE); }",
        "static void set_made(unsigned n) { __atomic_store_n(&made[n], true, __ATOMIC_RELEASE); }",
    ]
