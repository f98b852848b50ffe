"""docs/walk.md says where each step happens: its files are there, and its quotes are true."""

from __future__ import annotations

import re
from pathlib import Path

from zxhil.trace.frame import FrameReader, Record

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "walk.md").read_text()


def test_its_files_are_there() -> None:
    named = re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.(?:py|c))`", TEXT)
    assert len(named) > 20
    for name in named:
        places = (ROOT / "harness" / "zxhil" / name, ROOT / name, ROOT / "guest_tests" / name)
        assert any(place.is_file() for place in places), name


def test_quoted_code_exists() -> None:
    blocks = re.findall(r"\n\n((?:    .+\n)+)", TEXT)
    quoted = [re.sub(r"^    ", "", block, flags=re.MULTILINE) for block in blocks]
    case = next(block for block in quoted if block.startswith("CASE("))
    assert case in (ROOT / "guest_tests" / "channel_write.c").read_text()
    sentence = next(block for block in quoted if block.startswith("page."))
    page = ROOT / "harness" / "zxhil" / "model" / "pages" / "channel_write.py"
    assert sentence in page.read_text()


def test_its_frames_are_read() -> None:
    nonce = re.search(r"nonce, here ([0-9a-f]+) ", TEXT)
    frames = re.findall(r"^    (~[0-9a-f]{5}[A-Z]\S+(?: \S+)*)", TEXT, re.MULTILINE)
    assert nonce is not None
    reader = FrameReader(int(nonce[1], 16))
    items = reader.feed("".join(f"{frame}\r\n" for frame in frames).encode())
    records = [item for item in items if isinstance(item, Record)]
    assert [(record.kind, record.body.split(" ")[0]) for record in records] == [
        ("C", "Q38"),
        ("R", "A-24"),
    ]
