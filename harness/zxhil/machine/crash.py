"""A crash's title, and its lines for a person.

Two crashes with one title count as one crash, whatever addresses, sizes and ids they show: a
kernel is loaded at another address in each boot. The normalization is that of syzkaller's titles.
The markup is Fuchsia's symbolizer markup (docs/reference/kernel/symbolizer_markup.md there).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_LONGEST = 160

# The kernel's messages, the most specific first; group 1 is the title. Kernels of 2018 and 2019
# print `panic (caller 0x… frame 0x…): TEXT`, later ones `*** KERNEL PANIC (…):` and `*** TEXT`.
_TITLES = tuple(
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        r"((?:DEBUG )?ASSERT FAILED at .*)",
        r"^panic \(caller [^)]*\): *(.*\S)",
        r"^\*\*\* (?!KERNEL PANIC)(.*\S)",
        r"((?:double fault|gpf|breakpoint|invalid opcode|page fault|exception), halting.*)",
        r"^panic:\s*(?:version: .*\s*)?(.*\S)",
        r"^exception in the kernel:\s*(?:version: .*\s*)?(.*\S)",
        r"(fatal [a-z ]+ in user thread)",
        r"KERN: ([a-z ]+ in user thread)",
        r"(userboot: .*\S)",
        r"(OOM: .*\S)",
        r"^(qemu[-\w]*: .*\S)",
    )
)
# FILE:LINE of an assertion: the line moves with every change above it.
_LINE = re.compile(r"(\.(?:c|cc|cpp|h|S)):\d+")
# What `zxhil.symbols` puts after a program counter: FUNCTION at FILE:LINE.
_FUNCTION = re.compile(r"  → (\S[^\n]*?)(?: at |\+0x|,|$)", re.MULTILINE)
_ADDRESS = re.compile(r"0x[0-9a-fA-F]+|(?<!\w)(?=[0-9a-f]*\d)[0-9a-f]{8,}(?!\w)")
_NUMBER = re.compile(r"(?<![\w.])\d+(?![\w])")


def crash_title(text: str, evidence: str = "") -> str:
    """One line that is the same for the same crash: from `evidence`, or else how the machine ended.

    Addresses become ADDR, numbers NUM, and line numbers of source files go.
    """
    for pattern in _TITLES:
        found = pattern.search(evidence)
        if found is not None:
            return normalized(found[1]) + _where(found[1], evidence)
    return text.partition(";")[0][:_LONGEST]


def _where(what: str, evidence: str) -> str:
    """For a fault that only its place distinguishes: the function, if known."""
    if not what.endswith(("halting", "in user thread")):
        return ""
    found = _FUNCTION.search(evidence)
    return f" in {found[1]}" if found is not None else ""


def normalized(line: str) -> str:
    """A line without the parts that differ between two crashes with the same cause."""
    line = _ADDRESS.sub("ADDR", _LINE.sub(r"\1", line.strip()))
    line = _NUMBER.sub("NUM", line)
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


# `BUILDID git-…` of a panic, `buildid:  git-…` of the first lines of a boot.
_BUILD = re.compile(
    r"^(?:\[[^]\n]*\] [\d.:]+> )?[ \t]*(?:BUILDID|buildid:)[ \t]+([\w.+-]{1,100})[ \t\r]*$",
    re.MULTILINE,
)


def printed_builds(text: str) -> frozenset[str]:
    """The versions that a kernel printed, in the form of `zx_system_get_version`."""
    return frozenset(_BUILD.findall(text))


# ---- lines


class CrashFrame(NamedTuple):
    """A line of a backtrace: its number, its address, and the place in words if it is known."""

    number: int
    address: int
    place: str = ""


_BARE = re.compile(r"bt#(\d+): (?:pc )?(?:0x)?([0-9a-fA-F]+)(?: sp \S+)?(?: (.*))?$")
_MARKUP = re.compile(r"\{\{\{bt:(\d+):(0x[0-9a-fA-F]+)[^}]*\}\}\}(?: (.*))?$")
_OTHER_MARKUP = re.compile(r"^(?:\[[^]]*\] [\d.]+> )?\{\{\{.*\}\}\}$|^dso: id=|^bt#\d+: end$")


def frame_of(line: str) -> CrashFrame | None:
    """The frame that a line shows: ``bt#00: 0x…`` or ``{{{bt:0:0x…}}}``; None for another line."""
    found = _BARE.search(line) or _MARKUP.search(line)
    if found is None:
        return None
    return CrashFrame(int(found[1]), int(found[2], 16), found[3] or "")


def crash_lines(evidence: str) -> Iterator[str]:
    """The lines of a crash for a person: no markup but frames, each frame once, no empty line."""
    frames: set[tuple[int, int]] = set()
    for line in evidence.splitlines():
        frame = frame_of(line)
        if frame is None:
            if line.strip() and not _OTHER_MARKUP.search(line.strip()):
                yield line.rstrip()
            continue
        key = frame.number, frame.address
        if frame.address and key not in frames:
            frames.add(key)
            place = f"  {frame.place}" if frame.place else ""
            yield f"#{frame.number:<2} {frame.address:#018x}{place}"
