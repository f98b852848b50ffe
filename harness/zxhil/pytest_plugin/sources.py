"""The program of a guest C file."""

from __future__ import annotations

from pathlib import Path

from zxhil.guest.build import programs
from zxhil.guest.source import Source, own_program
from zxhil.guestfile import is_guest


def source_of(path: Path) -> Source:
    """The program of a C file: of its folder, or the one that the folder makes as a whole."""
    above = path.parent.parent
    folder = above if any(map(is_guest, above.glob("*.c"))) else path.parent
    for source in programs(folder):
        if path in source.files:
            return source
    return own_program(path)
