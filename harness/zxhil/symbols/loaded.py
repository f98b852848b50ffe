"""Where a file was loaded: by a piece of code that was seen in memory."""

from __future__ import annotations

from pathlib import Path

from zxhil.errors import UserError

_PAGE = 0x1000


def load_offset(path: Path, address: int, code: bytes) -> int | None:
    """What is added to the linked addresses of an ELF file, if `code` at `address` is from it.

    A kernel is moved by whole pages. None unless exactly one place of the file's code fits.
    Raises UserError if the file can't be read.
    """
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    found: set[int] = set()
    try:
        with path.open("rb") as file:
            for segment in ELFFile(file).iter_segments("PT_LOAD"):
                if segment["p_flags"] & 1:
                    found.update(_places(segment.data(), code, segment["p_vaddr"], address))
    except (OSError, ELFError) as error:
        remedy = "give the kernel's zircon.elf"
        raise UserError(str(path), f"can't be read: {error}", remedy) from error
    return address - found.pop() if len(found) == 1 else None


def _places(data: bytes, code: bytes, start: int, address: int) -> set[int]:
    found: set[int] = set()
    at = data.find(code) if code else -1
    while at >= 0:
        if (start + at - address) % _PAGE == 0:
            found.add(start + at)
        at = data.find(code, at + 1)
    return found
