"""The one border through which text of a kernel, a program or a machine comes in.

What is read from a line may hold anything: escape sequences that make a terminal do things, signs
that turn the direction of what follows, bytes that are no text. Logs keep the bytes; whatever is
shown, reported or compared as text has been through `plain`. Frames of the trace need no more than
their own rule, printable ASCII alone (`zxhil.trace.frame`).
"""

from __future__ import annotations

import unicodedata

#: Control, format (bidi overrides, zero width), line and paragraph separators, private, unassigned.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_LONGEST = 1 << 16


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
    return "".join([_shown(sign) for sign in said])


def _shown(sign: str) -> str:
    if " " <= sign <= "~" or sign == "\n":
        return sign
    if sign == "\t":
        return " "
    if unicodedata.category(sign) not in _UNSAFE:
        return sign
    code = ord(sign)
    return (
        f"\\x{code:02x}"
        if code < 0x100
        else f"\\u{code:04x}"
        if code < 0x10000
        else f"\\U{code:08x}"
    )
