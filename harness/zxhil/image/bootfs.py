"""BOOTFS, the file system of the first processes: a directory, then page-aligned files.

Facts from ``zircon/boot/image.h``: header {magic, bytes of directory, 0, 0}; an entry is
{name length with its NUL, data length, data offset} and the name, padded to 4 bytes; offsets
count from the header and are multiples of 4096.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from zxhil.errors import UserError

MAGIC = 0xA56D3FF9
PAGE = 4096
MAX_NAME = 256
"""The longest name in bytes, its NUL counted."""

_HEADER = struct.Struct("<4I")
_ENTRY = struct.Struct("<3I")
_REMEDY = "rebuild the image, or give another one"


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    offset: int
    size: int
    where: str


def read(data: bytes, place: str) -> dict[str, bytes]:
    """Parse a BOOTFS: contents by name, in the directory's order.

    Raises UserError, with the entry and its offset, for a wrong magic, a truncated directory, a
    bad name, a name given twice, and file data outside of the image or over other data.
    """
    where = f"{place}: BOOTFS header at offset 0x0"
    if len(data) < _HEADER.size:
        raise UserError(
            where, f"truncated: {len(data)} bytes, a header has {_HEADER.size}", _REMEDY
        )
    magic, dirsize, _, _ = _HEADER.unpack_from(data)
    if magic != MAGIC:
        raise UserError(where, f"magic {magic:#010x} instead of {MAGIC:#010x}", _REMEDY)
    end = _HEADER.size + dirsize
    if end > len(data):
        raise UserError(
            where,
            f"truncated: the directory has {dirsize} bytes, the image {len(data)} in all",
            _REMEDY,
        )
    entries: dict[str, _Entry] = {}
    for entry in _entries(data, end, place):
        if entry.name in entries:
            raise UserError(entry.where, f"the name {entry.name!r} is given twice", _REMEDY)
        entries[entry.name] = entry
    _check_overlap(entries.values(), end)
    return {e.name: data[e.offset : e.offset + e.size] for e in entries.values()}


def _entries(data: bytes, end: int, place: str) -> Iterator[_Entry]:
    offset, number = _HEADER.size, 0
    while offset < end:
        where = f"{place}: BOOTFS entry {number} at offset {offset:#x}"
        if end - offset < _ENTRY.size:
            raise UserError(
                where, f"truncated: {end - offset} bytes of directory are left", _REMEDY
            )
        name_length, size, start = _ENTRY.unpack_from(data, offset)
        offset += _ENTRY.size
        if not 1 < name_length <= min(MAX_NAME, end - offset):
            raise UserError(
                where,
                f"the name's length of {name_length} bytes is not within 2 to {MAX_NAME}, "
                f"or is more than the {end - offset} left in the directory",
                _REMEDY,
            )
        name = _name(data[offset : offset + name_length], where)
        where = f"{where} ({name})"
        if start % PAGE:
            raise UserError(where, f"data offset {start:#x} is not page-aligned", _REMEDY)
        if start + size > len(data):
            raise UserError(
                where,
                f"data from {start:#x} to {start + size:#x} is outside the image "
                f"of {len(data):#x} bytes",
                _REMEDY,
            )
        yield _Entry(name, start, size, where)
        offset += name_length + -name_length % 4
        number += 1


def _name(raw: bytes, where: str) -> str:
    if raw.find(b"\0") != len(raw) - 1:
        raise UserError(where, f"the name {raw!r} does not end with its only NUL", _REMEDY)
    try:
        name = raw[:-1].decode("utf-8")
    except UnicodeDecodeError:
        raise UserError(where, f"the name {raw!r} is not UTF-8", _REMEDY) from None
    if problem := _name_problem(name):
        raise UserError(where, f"the name {name!r} {problem}", _REMEDY)
    return name


def _name_problem(name: str) -> str | None:
    if name.startswith("/"):
        return "is absolute"
    for part in name.split("/"):
        if part == "..":
            return "escapes with '..'"
        if part in ("", "."):
            return "has an empty part or '.'"
    return None


def _check_overlap(entries: Iterable[_Entry], directory_end: int) -> None:
    end, before = directory_end, "the directory"
    for entry in sorted((e for e in entries if e.size), key=lambda e: e.offset):
        if entry.offset < end:
            raise UserError(
                entry.where,
                f"data at {entry.offset:#x} overlaps {before}, which ends at {end:#x}",
                _REMEDY,
            )
        end, before = entry.offset + entry.size, f"the data of {entry.name!r}"


def write(files: Mapping[str, bytes]) -> bytes:
    """Make a BOOTFS from contents by name, sorted by name; `read` returns the same mapping.

    Raises UserError for a name that BOOTFS cannot hold.
    """
    names = sorted(files)
    raw_names = [_raw_name(name) for name in names]
    dirsize = sum(_ENTRY.size + len(raw) + -len(raw) % 4 for raw in raw_names)
    offset = _page_up(_HEADER.size + dirsize)
    directory = [_HEADER.pack(MAGIC, dirsize, 0, 0)]
    contents = [b"\0" * (offset - _HEADER.size - dirsize)]
    for name, raw in zip(names, raw_names, strict=True):
        data = files[name]
        directory += (_ENTRY.pack(len(raw), len(data), offset), raw, b"\0" * (-len(raw) % 4))
        contents += (data, b"\0" * (-len(data) % PAGE))
        offset = _page_up(offset + len(data))
        if offset > 0xFFFF_FFFF:
            raise UserError(
                f"BOOTFS to be written, file {name!r}",
                "ends beyond what a 32-bit offset can say",
                "reduce the contents of the image",
            )
    return b"".join(directory + contents)


def _raw_name(name: str) -> bytes:
    place = "BOOTFS to be written"
    remedy = "give a relative path such as bin/name, of at most 255 bytes"
    try:
        raw = name.encode("utf-8") + b"\0"
    except UnicodeEncodeError:
        raise UserError(place, f"the name {name!r} is not UTF-8", remedy) from None
    problem = _name_problem(name)
    if b"\0" in raw[:-1]:
        problem = "has a NUL"
    if len(raw) > MAX_NAME:
        problem = "is longer than 255 bytes"
    if problem:
        raise UserError(place, f"the name {name!r} {problem}", remedy)
    return raw


def _page_up(size: int) -> int:
    return size + -size % PAGE
