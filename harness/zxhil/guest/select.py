"""Patch a built guest test: its name, its nonce, and which cases run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from zxhil.abi.runtime import CALL_ENTRY, layout
from zxhil.guest import elf

#: Bytes of the bitmap: one program has at most eight times as many cases.
_SELECT = "zx_select"
_PROGRAM = "zx_program"
_NONCE = "zx_nonce"
_CALLS = "zx_calls"
_ENTRY = layout(CALL_ENTRY)
_HOLDS: dict[bool | None, int] = {None: 0, True: 1, False: 2}


def select(data: bytes, indexes: Iterable[int], place: str = "guest test") -> bytes:
    """Return the ELF file with exactly the cases of these indexes selected.

    Raises UserError if the file has no bitmap or a case lies beyond it.
    """
    section = _section(data, _SELECT, place)
    bitmap = bytearray(section.size)
    for index in indexes:
        if not 0 <= index < section.size * 8:
            raise elf.broken(place, f"has room for {section.size * 8} cases, not for case {index}")
        bitmap[index // 8] |= 1 << index % 8
    return _replaced(data, section, bytes(bitmap))


def with_name(data: bytes, name: str, place: str = "guest test") -> bytes:
    """Return the ELF file with the program's name, cut to the available space."""
    section = _section(data, _PROGRAM, place)
    text = name.encode("ascii", "replace")[: section.size - 1]
    return _replaced(data, section, text.ljust(section.size, b"\0"))


def with_section(data: bytes, name: str, content: bytes, place: str = "guest test") -> bytes:
    """Return the ELF file with other content in a section. Raises UserError if the size differs."""
    section = _section(data, name, place)
    if len(content) != section.size:
        raise elf.broken(place, f"section {name} has {section.size} bytes, not {len(content)}")
    return _replaced(data, section, content)


def with_nonce(data: bytes, nonce: int, place: str = "guest test") -> bytes:
    """Return the ELF file with the nonce for its frames' checksums (docs/trace.md)."""
    section = _section(data, _NONCE, place)
    return _replaced(data, section, nonce.to_bytes(section.size, "little"))


def with_pages(data: bytes, patch: bytes, place: str = "guest test") -> bytes:
    """Return the ELF file whose trace goes through memory (`zxhil.machine.pages.patch_of`)."""
    return with_section(data, "zx_pages", patch, place)


def with_prototypes(
    data: bytes, holds: Mapping[str, bool | None], place: str = "guest test"
) -> bytes:
    """Return the ELF file with what is known about the calls' prototypes on the kernel.

    For a call that is not named, or unknown, the program finds out by itself.
    """
    known = {name: _HOLDS[each] for name, each in holds.items()}
    section, entries = _calls(data, place)
    new = (_ENTRY.pack(*each[:-2], known.get(_text(each[-1]), 0), each[-1]) for each in entries)
    return _replaced(data, section, b"".join(new))


def prototypes(data: bytes, place: str = "guest test") -> dict[str, bool]:
    """Return what an ELF file knows about prototypes, by call; unknown ones are absent."""
    values = {value: key for key, value in _HOLDS.items()}
    known = {_text(name): values[holds] for *_, holds, name in _calls(data, place)[1]}
    return {call: holds for call, holds in known.items() if holds is not None}


def calls(data: bytes, place: str = "guest test") -> tuple[str, ...]:
    """The calls that a program makes, in the order of their slots."""
    return tuple(_text(name) for *_, name in _calls(data, place)[1])


def _calls(data: bytes, place: str) -> tuple[elf.ElfSection, list[tuple[Any, ...]]]:
    section = _section(data, _CALLS, place)
    return section, list(_ENTRY.iter_unpack(data[section.offset : section.offset + section.size]))


def _text(name: bytes) -> str:
    return name.rstrip(b"\0").decode("ascii")


def capacity(data: bytes, place: str) -> int:
    """The capacity of the bitmap, in cases."""
    return _section(data, _SELECT, place).size * 8


def _section(data: bytes, name: str, place: str) -> elf.ElfSection:
    section = elf.section(data, name, place)
    if section is None:
        raise elf.broken(place, f"has no section {name}")
    return section


def _replaced(data: bytes, section: elf.ElfSection, content: bytes) -> bytes:
    return data[: section.offset] + content + data[section.offset + section.size :]
