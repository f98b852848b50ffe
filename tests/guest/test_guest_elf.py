"""What is read from, checked in and written into a finished guest test."""

from __future__ import annotations

import io
import itertools
import struct
from collections.abc import Callable

import pytest
from elftools.elf.elffile import ELFFile
from zxhil.abi.arch import Arch
from zxhil.errors import UserError
from zxhil.guest import elf
from zxhil.guest.cases import read_cases
from zxhil.guest.select import select, with_name
from zxhil.guest.source import Program
from zxhil.guest.verify import verify

E_TYPE, E_MACHINE, E_ENTRY, E_PHOFF, E_SHOFF, E_PHNUM = 16, 18, 24, 32, 40, 56
P_TYPE, P_FLAGS, P_OFFSET, P_VADDR, P_FILESZ, P_MEMSZ = 0, 4, 8, 16, 32, 40
RO, RW, RX, DYNAMIC = range(4)


def patch(data: bytes, form: str, offset: int, value: int) -> bytes:
    raw = struct.pack(form, value)
    return data[:offset] + raw + data[offset + len(raw) :]


def phdr(data: bytes, number: int, field: int) -> int:
    return int(struct.unpack_from("<Q", data, E_PHOFF)[0]) + number * 56 + field


def test_sections_and_segments_as_pyelftools_sees_them(small: Program) -> None:
    theirs = ELFFile(io.BytesIO(small.elf))
    ours = elf.segments(small.elf, "x")
    assert [(s.type, s.offset, s.vaddr, s.filesz, s.memsz, s.flags) for s in ours] == [
        (
            {"PT_LOAD": 1, "PT_DYNAMIC": 2}[s["p_type"]],
            *(s[f] for f in ("p_offset", "p_vaddr", "p_filesz", "p_memsz", "p_flags")),
        )
        for s in theirs.iter_segments()
    ]
    for name in ("zx_cases", "zx_select", "zx_program"):
        section = theirs.get_section_by_name(name)
        found = elf.section(small.elf, name, "x")
        assert found is not None
        assert (found.address, found.offset, found.size) == (
            section["sh_addr"],
            section["sh_offset"],
            section["sh_size"],
        )
    assert elf.section(small.elf, "zx_nothing", "x") is None


def test_pages_around_the_writable_segment_are_in_no_segment(small: Program) -> None:
    loads = [s for s in elf.segments(small.elf, "x") if s.type == elf.PT_LOAD]
    assert [s.flags for s in loads] == [4, 6, 5]
    for before, after in itertools.pairwise(loads):
        assert before.vaddr + before.memsz + 0x10000 <= after.vaddr
        assert (before.vaddr + before.memsz) % 4096 == 0


def test_cases_are_read(small: Program) -> None:
    first, second = read_cases(small.elf, "small")
    assert (first.index, first.name, first.claims) == (0, "first", ("handle_close/bad_handle",))
    assert (second.index, second.name) == (1, "second")
    assert second.claims == ("handle_close/bad_handle", "event_create/created")
    assert (first.file, first.line, second.line) == ("small.c", 3, 5)
    assert second.page == "handle_close"


def test_verify_accepts_built_programs(small: Program) -> None:
    verify(small.elf, small.arch, "small")


def _dynamic_tag(data: bytes, tag: int, value: int) -> bytes:
    """Put a tag in the place of the dynamic section's first."""
    offset = next(s.offset for s in elf.segments(data, "x") if s.type == elf.PT_DYNAMIC)
    return patch(patch(data, "<q", offset, tag), "<Q", offset + 8, value)


def _resized(data: bytes, name: str, size: int) -> bytes:
    """Write another size into a section's header."""
    section = _section_at(data, name)
    shoff = struct.unpack_from("<Q", data, E_SHOFF)[0]
    for at in range(shoff, len(data), 64):
        if struct.unpack_from("<QQ", data, at + 16) == (section.address, section.offset):
            return patch(data, "<Q", at + 32, size)
    raise AssertionError(name)


def _other_machine(data: bytes) -> bytes:
    machine = struct.unpack_from("<H", data, E_MACHINE)[0]
    return patch(data, "<H", E_MACHINE, 62 if machine == 183 else 183)


REFUSED: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "no ELF": (lambda d: b"\0" + d[1:], "not an ELF"),
    "empty": (lambda d: b"", "not an ELF"),
    "short": (lambda d: d[:50], "not an ELF"),
    "32 bits": (lambda d: patch(d, "<B", 4, 1), "64-bit"),
    "big endian": (lambda d: patch(d, "<B", 5, 2), "little-endian"),
    "fixed address": (lambda d: patch(d, "<H", E_TYPE, 2), "ET_DYN"),
    "other machine": (_other_machine, "is for "),
    "unknown machine": (lambda d: patch(d, "<H", E_MACHINE, 8), "ELF machine 8"),
    "entry in data": (lambda d: patch(d, "<Q", E_ENTRY, 0x100), "entry point"),
    "no entry": (lambda d: patch(d, "<Q", E_ENTRY, 0), "entry point"),
    "interpreter": (lambda d: patch(d, "<I", phdr(d, DYNAMIC, P_TYPE), 3), "PT_INTERP"),
    "thread-local": (lambda d: patch(d, "<I", phdr(d, DYNAMIC, P_TYPE), 7), "PT_TLS"),
    "program headers outside": (lambda d: patch(d, "<Q", E_PHOFF, len(d)), "program headers"),
    "segment outside": (
        lambda d: patch(d, "<Q", phdr(d, RX, P_FILESZ), len(d)),
        "outside the file",
    ),
    "truncated": (lambda d: d[:0x2000], "outside the file"),
    "nothing to load": (lambda d: patch(d, "<H", E_PHNUM, 0), "nothing to load"),
    "address in a page": (lambda d: patch(d, "<Q", phdr(d, RX, P_VADDR), 0x64010), "at a page"),
    "offset in a page": (lambda d: patch(d, "<Q", phdr(d, RX, P_OFFSET), 0x10), "at a page"),
    "shared file page": (
        lambda d: patch(d, "<Q", phdr(d, RX, P_OFFSET), 0),
        "shares a page",
    ),
    "overlap": (lambda d: patch(d, "<Q", phdr(d, RW, P_VADDR), 0), "shares a page"),
    "more file than memory": (lambda d: patch(d, "<Q", phdr(d, RX, P_MEMSZ), 1), "more bytes"),
    "writable code": (
        lambda d: patch(d, "<I", phdr(d, RX, P_FLAGS), 7),
        "both writable and executable",
    ),
    "library": (lambda d: _dynamic_tag(d, 1, 1), "DT_NEEDED"),
    "RELA": (lambda d: _dynamic_tag(d, 8, 24), "RELASZ"),
    "REL": (lambda d: _dynamic_tag(d, 18, 16), "RELSZ"),
    "PLT": (lambda d: _dynamic_tag(d, 2, 24), "PLTRELSZ"),
    "RELR": (lambda d: _dynamic_tag(d, 35, 8), "RELRSZ"),
    "constructors": (lambda d: _dynamic_tag(d, 25, 8), "INIT_ARRAY"),
    "no sections": (lambda d: patch(d, "<H", 60, 0), "zx_cases"),
    "room for no case": (lambda d: _resized(d, "zx_select", 0), "0 at most"),
    "half a case": (lambda d: _resized(d, "zx_cases", 30), "20-byte entries"),
    "no case": (lambda d: _resized(d, "zx_cases", 0), "holds no cases"),
    "sections outside": (lambda d: patch(d, "<Q", E_SHOFF, len(d)), "section headers"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_verify_refuses(small: Program, name: str) -> None:
    change, said = REFUSED[name]
    with pytest.raises(UserError, match=said) as caught:
        verify(change(small.elf), small.arch, "place.elf")
    assert caught.value.place == "place.elf"


def test_verify_refuses_the_other_architecture_by_name(small: Program) -> None:
    other = Arch.ARM64 if small.arch is Arch.X64 else Arch.X64
    with pytest.raises(UserError, match=f"is for {small.arch}, not for {other}"):
        verify(small.elf, other, "place.elf")


def _section_at(data: bytes, name: str) -> elf.ElfSection:
    found = elf.section(data, name, "x")
    assert found is not None
    return found


def test_a_case_table_that_points_nowhere(small: Program) -> None:
    table = _section_at(small.elf, "zx_cases")
    with pytest.raises(UserError, match="no text"):
        read_cases(patch(small.elf, "<i", table.offset + 4, 0x7FFFFFF), "x")


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"close/bad_handle\0", b"close bad_handle\0"), (b"handle_close/b", b"Handle_close/b")],
)
def test_malformed_claim_is_refused(small: Program, old: bytes, new: bytes) -> None:
    with pytest.raises(UserError, match=r"small\.c:3"):
        read_cases(small.elf.replace(old, new), "x")


def test_two_cases_of_one_name(small: Program) -> None:
    with pytest.raises(UserError, match=r"small\.c:3") as caught:
        read_cases(small.elf.replace(b"\0second\0", b"\0first\0\0"), "x")
    assert caught.value.place == "small.c:5"


def test_all_cases_are_selected_at_first(small: Program) -> None:
    section = _section_at(small.elf, "zx_select")
    assert small.elf[section.offset :][: section.size] == b"\xff" * section.size


@pytest.mark.parametrize("indexes", [[], [0], [1], [0, 1], [9, 1023]])
def test_select_sets_the_bits_and_nothing_else(small: Program, indexes: list[int]) -> None:
    section = _section_at(small.elf, "zx_select")
    chosen = select(small.elf, indexes)
    bits = int.from_bytes(chosen[section.offset :][: section.size], "little")
    assert bits == sum(1 << index for index in indexes)
    end = section.offset + section.size
    assert chosen[: section.offset] == small.elf[: section.offset]
    assert chosen[end:] == small.elf[end:]


@pytest.mark.parametrize("index", [-1, 1024])
def test_select_of_a_case_that_can_not_be(small: Program, index: int) -> None:
    with pytest.raises(UserError, match="room for 1024 cases"):
        select(small.elf, [index])


def test_select_in_a_file_without_a_bitmap(small: Program) -> None:
    with pytest.raises(UserError, match="zx_select"):
        select(small.elf.replace(b"zx_select\0", b"zx_selecT\0"), [0])


def test_the_programs_name_is_in_the_file(small: Program) -> None:
    section = _section_at(small.elf, "zx_program")
    assert small.elf[section.offset :].startswith(b"small\0")
    long = with_name(small.elf, "n" * 100)
    assert long[section.offset :][: section.size] == b"n" * 63 + b"\0"
    assert len(long) == len(small.elf)
