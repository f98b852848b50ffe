"""Sanitize text from a kernel, a program, or a machine, in one place.

A serial line may carry anything: escape sequences for the terminal, characters that change the
text direction, bytes that are not text. Logs keep the bytes; whatever is shown, reported, or
compared as text has been through `plain`. Trace frames are printable ASCII anyway
(`zxhil.trace.frame`).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

#: Control, format (bidi overrides, zero width), line and paragraph separators, private, unassigned.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
#: Combining marks: more than a few would cover other lines.
_MARKS = frozenset({"Mn", "Me"})
_MOST_MARKS = 3
_LONGEST = 1 << 16
_CI_ANYWHERE = re.compile(r"##(?=[A-Za-z]*\[)")
_CI_LINE = re.compile(r"^(\s*)::", re.MULTILINE)
_NOT_PLAIN = re.compile(rb"[\\\x7f]")


def plain(text: bytes | str) -> str:
    """Return the text with each unprintable character escaped, as ``\\\\x1b`` is.

    Line ends stay, a CR before one is dropped, tabs become blanks. Bytes that are not UTF-8 are
    replaced. Text is cut at 64 KiB.
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
    """The text without CI services' commands in a job's output.

    GitHub: a line that begins with ``::``, or ``##[`` anywhere. Azure: ``##vso[`` anywhere (it can
    end a job as succeeded). TeamCity: ``##teamcity[``. One character of each is escaped.
    """
    if "##" in text:
        text = _CI_ANYWHERE.sub(r"#\\x23", text)
    return _CI_LINE.sub(r"\1\\x3a:", text) if "::" in text else text


def clean_json(value: Any, source: bytes = b"\\") -> None:
    """Apply `plain` to each text of a JSON object or list, including field names, in place.

    Text from a file is as untrusted as a kernel's. `source` is the JSON that `value` was read
    from: if it shows that every text is plain, nothing is done.
    """
    if len(source) <= _LONGEST and source.isascii() and not _NOT_PLAIN.search(source):
        # JSON escapes control characters with a backslash, except DEL.
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
