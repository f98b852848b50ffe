"""An edited text goes back in the form in which its file was."""

from __future__ import annotations

import codecs

import pytest
from zxhil.known.update import as_before


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_line_ends_and_byte_order_mark_are_kept(mark: bytes, end: bytes) -> None:
    before = mark + end.join([b"a", b"b", b"c", b""])
    assert as_before(before, "a\nx\n\xe4\nc\n") == mark + end.join(
        [b"a", b"x", "\xe4".encode(), b"c", b""]
    )


def test_each_line_of_a_mixed_file_keeps_its_line_end() -> None:
    assert as_before(b"a\r\nb\nc\r\nd", "a\nb\nnew\nc\nd") == b"a\r\nb\nnew\r\nc\r\nd"


def test_a_new_file_has_plain_newlines() -> None:
    assert as_before(b"", "a\nb\n") == b"a\nb\n"
