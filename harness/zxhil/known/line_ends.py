"""A text put back into the form in which its file was: line ends and byte order mark.

Edits are made on text with plain newlines. What the file's owner did not write must not change,
and another end of each line would change them all.
"""

from __future__ import annotations

import codecs
import difflib

_CRLF = b"\r\n"


def as_before(before: bytes, text: str) -> bytes:
    """Encode `text`, an edit of what `before` holds, as `before` is encoded.

    A line that was there keeps its end; a new one gets what most lines have.
    """
    mark = codecs.BOM_UTF8 if before.startswith(codecs.BOM_UTF8) else b""
    new = [line.encode() for line in text.split("\n")]
    if _CRLF not in before:
        return mark + b"\n".join(new)
    # What stands after the last newline is no line, and has no end.
    old = before.removeprefix(codecs.BOM_UTF8).split(b"\n")[:-1]
    with_return = [line.endswith(b"\r") for line in old]
    usual = sum(with_return) * 2 >= len(old)
    ends = [usual] * len(new)
    plain = [line.removesuffix(b"\r") for line in old]
    for same in difflib.SequenceMatcher(None, plain, new, autojunk=False).get_matching_blocks():
        ends[same.b : same.b + same.size] = with_return[same.a : same.a + same.size]
    ends[-1] = False
    parts = [line + (b"\r" if end else b"") for line, end in zip(new, ends, strict=True)]
    return mark + b"\n".join(parts)
