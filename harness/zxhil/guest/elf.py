"""A parser for the parts of ELF64 little-endian that guest tests use.

`struct` and not pyelftools: each start of the command uses this, and importing pyelftools
takes longer than all else here. The tests compare the two.
"""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import NamedTuple

from zxhil.errors import UserError

MACHINE_X64 = 62
MACHINE_ARM64 = 183
ET_DYN = 3
PT_LOAD = 1
PT_DYNAMIC = 2
PT_INTERP = 3
PT_TLS = 7
SHT_NOBITS = 8
WRITABLE = 2
EXECUTABLE = 1

_EHDR = struct.Struct("<4sBBBB8xHHIQQQIHHHHHH")
_PHDR = struct.Struct("<IIQQQQQQ")
_SHDR = struct.Struct("<IIQQQQIIQQ")
_DYN = struct.Struct("<qQ")


class Header(NamedTuple):
    """The fields of the ELF header that the loader needs."""

    type: int
    machine: int
    entry: int
    phoff: int
    phentsize: int
    phnum: int
    shoff: int
    shentsize: int
    shnum: int
    shstrndx: int


class Segment(NamedTuple):
    """One program header."""

    type: int
    flags: int
    offset: int
    vaddr: int
    paddr: int
    filesz: int
    memsz: int
    align: int


class ElfSection(NamedTuple):
    """One section header with its name. `size` bytes of the file from `offset`."""

    name: str
    type: int
    address: int
    offset: int
    size: int


def broken(place: str, problem: str) -> UserError:
    """The error for a file that is not a guest test built by `zxhil`."""
    return UserError(
        place,
        problem,
        "build it with zxhil.guest.build, or as docs/guest-tests.md describes",
    )


def header(data: bytes, place: str) -> Header:
    """Read the ELF header. Raises UserError if `data` is not ELF64 little-endian."""
    if len(data) < _EHDR.size or not data.startswith(b"\x7fELF"):
        raise broken(place, "is not an ELF file")
    _, bits, order, _, _, kind, machine, _, entry, phoff, shoff, _, _, *rest = _EHDR.unpack_from(
        data
    )
    if (bits, order) != (2, 1):
        raise broken(place, "is not a 64-bit little-endian ELF file")
    phentsize, phnum, shentsize, shnum, shstrndx = rest
    return Header(kind, machine, entry, phoff, phentsize, phnum, shoff, shentsize, shnum, shstrndx)


def segments(data: bytes, place: str) -> tuple[Segment, ...]:
    """Read the program headers. Raises UserError if they lie outside the file."""
    head = header(data, place)
    end = head.phoff + head.phnum * _PHDR.size
    if head.phentsize != _PHDR.size or end > len(data):
        raise broken(place, "has program headers that lie outside the file")
    found = [Segment(*_PHDR.unpack_from(data, at)) for at in range(head.phoff, end, _PHDR.size)]
    for number, segment in enumerate(found):
        if segment.offset + segment.filesz > len(data):
            raise broken(place, f"segment {number} lies outside the file")
    return tuple(found)


def section(data: bytes, name: str, place: str) -> ElfSection | None:
    """Find a section by name; None if there is none. Raises UserError if headers are broken."""
    head = header(data, place)
    end = head.shoff + head.shnum * _SHDR.size
    if not head.shnum:
        return None
    if head.shentsize != _SHDR.size or end > len(data) or head.shstrndx >= head.shnum:
        raise broken(place, "has section headers that lie outside the file")
    names = _SHDR.unpack_from(data, head.shoff + head.shstrndx * _SHDR.size)[4]
    wanted = name.encode("ascii") + b"\0"
    for at in range(head.shoff, end, _SHDR.size):
        label, kind, _, address, offset, size, *_ = _SHDR.unpack_from(data, at)
        if not data.startswith(wanted, names + label):
            continue
        if kind == SHT_NOBITS or offset + size > len(data):
            raise broken(place, f"section {name} lies outside the file")
        return ElfSection(name, kind, address, offset, size)
    return None


def dynamic(data: bytes, place: str) -> dict[int, int]:
    """The dynamic section's values by tag; the last of a repeated tag."""
    tags: dict[int, int] = {}
    for segment in segments(data, place):
        if segment.type != PT_DYNAMIC:
            continue
        raw = data[segment.offset : segment.offset + segment.filesz]
        for tag, value in _DYN.iter_unpack(raw[: len(raw) - len(raw) % _DYN.size]):
            if tag == 0:
                break
            tags[tag] = value
    return tags


class Texts:
    """NUL-terminated texts in the mapped segments of an ELF file, by virtual address."""

    def __init__(self, data: bytes, place: str) -> None:
        self._data = data
        self._place = place
        self._loads = [s for s in segments(data, place) if s.type == PT_LOAD]

    def at(self, address: int, encoding: str = "ascii") -> str:
        """Return the text at `address`. Raises UserError if there is none in this encoding."""
        for load in self._loads:
            if load.vaddr <= address < load.vaddr + load.filesz:
                start = load.offset + address - load.vaddr
                end = self._data.find(b"\0", start, load.offset + load.filesz)
                text = self._data[start:end]
                if end >= 0:
                    with suppress(UnicodeDecodeError):
                        return text.decode(encoding)
        raise broken(self._place, f"has no text at address {address:#x}")


def same_code(one: bytes, other: bytes, place: str) -> bool:
    """Do two files have the same code at the same address? Raises UserError for damaged ones."""
    codes = []
    for data in (one, other):
        text = section(data, ".text", place)
        if text is None:
            return False
        codes.append((text.address, data[text.offset : text.offset + text.size]))
    return codes[0] == codes[1]
