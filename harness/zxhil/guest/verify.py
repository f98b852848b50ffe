"""The checks that each ELF file passes before it is pushed into an image.

The first process is loaded by the kernel's own userboot, which applies no relocations, loads no
libraries, and maps whole pages (system/ulib/elfload). A bad file that it accepts would crash.
"""

from __future__ import annotations

from zxhil.abi.arch import Arch
from zxhil.guest import elf
from zxhil.guest.cases import read_cases
from zxhil.guest.select import capacity

PAGE = 4096

_MACHINE = {Arch.X64: elf.MACHINE_X64, Arch.ARM64: elf.MACHINE_ARM64}
_MACHINE_NAME = {machine: arch for arch, machine in _MACHINE.items()}

_DT_NEEDED = 1
#: Dynamic tags that give the size in bytes of a table of relocations.
_RELOCATION_SIZES = {2: "PLTRELSZ", 8: "RELASZ", 18: "RELSZ", 35: "RELRSZ"}
_DT_INIT = {12: "INIT", 25: "INIT_ARRAY", 32: "PREINIT_ARRAY"}


def verify(data: bytes, arch: Arch, place: str) -> None:
    """Raise UserError, naming `place`, unless `data` is a guest test that can run on `arch`."""
    verify_loadable(data, arch, place)
    count = len(read_cases(data, place))
    if count > capacity(data, place):
        raise elf.broken(place, f"has {count} cases, {capacity(data, place)} at most can run")


def verify_loadable(data: bytes, arch: Arch, place: str) -> None:
    """Raise UserError, naming `place`, unless userboot can start the ELF file `data` on `arch`."""
    head = elf.header(data, place)
    if head.type != elf.ET_DYN:
        raise elf.broken(place, f"is of ELF type {head.type}, not a position-independent ET_DYN")
    if head.machine != _MACHINE[arch]:
        seen = _MACHINE_NAME.get(head.machine, f"ELF machine {head.machine}")
        raise elf.broken(place, f"is for {seen}, not for {arch}")
    segments = elf.segments(data, place)
    for segment in segments:
        if segment.type == elf.PT_INTERP:
            raise elf.broken(place, "requires a dynamic loader (PT_INTERP)")
        if segment.type == elf.PT_TLS:
            raise elf.broken(
                place, "has thread-local storage (PT_TLS), which userboot does not set up"
            )
    loads = [s for s in segments if s.type == elf.PT_LOAD and s.memsz]
    _check_layout(loads, place)
    if not any(
        s.flags & elf.EXECUTABLE and s.vaddr <= head.entry < s.vaddr + s.filesz for s in loads
    ):
        raise elf.broken(place, f"its entry point {head.entry:#x} is not in an executable segment")
    _check_dynamic(data, place)


def _check_layout(loads: list[elf.Segment], place: str) -> None:
    end = file_end = 0
    if not loads:
        raise elf.broken(place, "has nothing to load")
    for segment in loads:
        what = f"the segment at {segment.vaddr:#x}"
        if segment.vaddr % PAGE or segment.offset % PAGE:
            raise elf.broken(place, f"{what} does not start at a page boundary")
        if segment.filesz > segment.memsz:
            raise elf.broken(place, f"{what} has more bytes in the file than in memory")
        if segment.vaddr < end or (segment.filesz and segment.offset < file_end):
            raise elf.broken(place, f"{what} shares a page with the previous one")
        if segment.flags & elf.WRITABLE and segment.flags & elf.EXECUTABLE:
            raise elf.broken(place, f"{what} is both writable and executable")
        end = _page_up(segment.vaddr + segment.memsz)
        file_end = _page_up(segment.offset + segment.filesz)


def _check_dynamic(data: bytes, place: str) -> None:
    tags = elf.dynamic(data, place)
    if _DT_NEEDED in tags:
        raise elf.broken(place, "imports from a shared library (DT_NEEDED)")
    for tag, name in _RELOCATION_SIZES.items():
        if tags.get(tag):
            raise elf.broken(
                place,
                f"has {tags[tag]} bytes of relocations ({name}), which userboot does not apply:"
                " a static variable that holds an address needs one",
            )
    for tag, name in _DT_INIT.items():
        if tags.get(tag):
            raise elf.broken(place, f"has functions that run before its entry point (DT_{name})")


def _page_up(size: int) -> int:
    return -(-size // PAGE) * PAGE
