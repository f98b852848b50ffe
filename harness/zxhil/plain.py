"""Sanitizing of text from a kernel, a program or a machine: the one place where it enters.

What is read from a line may hold anything: escape sequences that make a terminal do things, signs
that turn the direction of what follows, bytes that are no text. Logs keep the bytes; whatever is
shown, reported or compared as text has been through `plain`. Frames of the trace need no more than
their own rule, printable ASCII alone (`zxhil.trace.frame`).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

#: Control, format (bidi overrides, zero width), line and paragraph separators, private, unassigned.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
#: Marks that are put over and under the sign before them: more than a few cover other lines.
_MARKS = frozenset({"Mn", "Me"})
_MOST_MARKS = 3
_LONGEST = 1 << 16
_CI_ANYWHERE = re.compile(r"##(?=[A-Za-z]*\[)")
_CI_LINE = re.compile(r"^(\s*)::", re.MULTILINE)
_NOT_PLAIN = re.compile(rb"[\\\x7f]")


def plain(text: bytes | str) -> str:
    """Return the text with each sign that is not to be shown spelled out, as ``\\\\x1b`` is.

    Line ends stay, a CR before one is dropped, tabs become blanks. Bytes that are not UTF-8 are
    replaced. Of more than 64 KiB the first are taken.
    """
    said = text[:_LONGEST]
    if isinstance(said, bytes):
        said = said.decode("utf-8", "replace")
    if said.isascii() and said.isprintable():
        return said
    said = said.replace("\r\n", "\n")
    shown, marks = [], 0
    for sign in said:
        marks = marks + 1 if unicodedata.category(sign) in _MARKS else 0
        shown.append(_shown(sign) if marks <= _MOST_MARKS else _spelled(sign))
    return "".join(shown)


def without_ci_commands(text: str) -> str:
    """The text without what a CI service takes for a command in a job's output.

    GitHub: a line that begins with ``::``, or ``##[`` anywhere. Azure: ``##vso[`` anywhere (it can
    end a job as succeeded). TeamCity: ``##teamcity[``. One sign of each is spelled out.
    """
    if "##" in text:
        text = _CI_ANYWHERE.sub(r"#\\x23", text)
    return _CI_LINE.sub(r"\1\\x3a:", text) if "::" in text else text


def clean_json(value: Any, source: bytes = b"\\") -> None:
    """Put each text of a JSON object or list through `plain`, names of fields too, in place.

    What others wrote into a file is shown as what a kernel says is. `source` is the JSON that
    `value` was read from: if that alone shows that every text is plain, nothing is done.
    """
    if len(source) <= _LONGEST and source.isascii() and not _NOT_PLAIN.search(source):
        # A control character would have to be spelled with a backslash; DEL alone need not.
        return
    left = [value]
    while left:
        node = left.pop()
        if isinstance(node, dict):
            for name in [name for name in node if plain(name) != name]:
                node[plain(name)] = node.pop(name)
        elif not isinstance(node, list):
            continue
        for place, each in node.items() if isinstance(node, dict) else enumerate(node):
            if isinstance(each, str):
                node[place] = plain(each)
            else:
                left.append(each)


def _shown(sign: str) -> str:
    if " " <= sign <= "~" or sign == "\n":
        return sign
    if sign == "\t":
        return " "
    return sign if unicodedata.category(sign) not in _UNSAFE else _spelled(sign)


def _spelled(sign: str) -> str:
    code = ord(sign)
    return (
        f"\\x{code:02x}"
        if code < 0x100
        else f"\\u{code:04x}"
        if code < 0x10000
        else f"\\U{code:08x}"
    )
