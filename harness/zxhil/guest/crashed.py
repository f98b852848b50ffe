"""Symbolize a crash of a guest test: find its load address, and its file with line numbers.

No kernel prints where it loaded the first process. The dump of a crash shows the stack, and the
program's stack is its own (guest_tests/rt/start.c): the address that `_start` called `zx_main`
from, the stack pointer, and the program counter must agree on it, or nothing is symbolized.
The line numbers are in a second file, which is built from the same sources on demand: its code
must be the same, byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from zxhil.abi.arch import Arch
from zxhil.errors import MachineError, UserError
from zxhil.guest.build import build_all, build_debug, programs
from zxhil.guest.source import Program
from zxhil.symbols.crash import Mapping, Symbols
from zxhil.symbols.file import SymbolFile

_PAGE = 0x1000
#: The instruction after the call of `zx_main`, the last of `_start`: ud2, brk.
_TRAP = {Arch.X64: 2, Arch.ARM64: 4}
_COUNTER = re.compile(r"\b(?:RIP: +|elr +|PC at |Instruction Pointer += 0x\w+:)(0x[0-9a-f]+)")
_POINTER = re.compile(r"\b(?:RSP: +|usp +|Stack Pointer += 0x\w+:|bottom of user stack at )(0x\w+)")
#: ADDRESS: four words of 32 bits, as `hexdump` of the kernel prints them.
_DUMP = re.compile(r"0x[0-9a-f]+: ((?:[0-9a-f]{8} ){4})")
_REGISTER = re.compile(r"\b(?:lr|x30) +(0x[0-9a-f]+)")
_USER = "in user thread"
_THIS_CHECKOUT = "C lines: of the guest tests that this zxhil has"


class _Layout(NamedTuple):
    """Addresses of a linked file: the return address in `_start`, bounds of its stack and code."""

    returns: int
    stack: tuple[int, int]
    code: tuple[int, int]


def own_crash(evidence: str, linked: Sequence[Program]) -> str:
    """The kernel's lines of a crash, with the C lines of a guest test that crashed.

    `linked` are the programs that were linked into the file that ran. Other text is unchanged.
    """
    if _USER not in evidence or not linked:
        return evidence
    try:
        path = build_debug(linked)
        if path is None:
            return evidence
        layout = _layout(path, linked[0].arch)
        base = None if layout is None else loaded_at(evidence, layout)
        if base is None:
            return evidence
        file = SymbolFile(path)
    except (UserError, MachineError):
        # The program ran, but its line numbers are not available.
        return evidence
    return Symbols([file], [Mapping(base, 1 << 32, 0, file.build_id)]).symbolized(evidence)


def logged_crash(evidence: str, arch: Arch, name: str) -> str:
    """`own_crash` for a log that only names its program: this checkout's.

    It ran by itself, or linked with all programs.
    """
    if _USER not in evidence:
        return evidence
    try:
        built = build_all([(arch, source) for source in programs()])
    except (UserError, MachineError):
        return evidence
    for linked in ([program for program in built if program.name == name], built):
        said = own_crash(evidence, linked)
        if said != evidence:
            return f"{said}\n{_THIS_CHECKOUT}"
    return evidence


def loaded_at(evidence: str, layout: _Layout) -> int | None:
    """The load address, if the dump determines it uniquely."""
    counter, pointer = _COUNTER.search(evidence), _POINTER.search(evidence)
    if counter is None or pointer is None:
        return None
    at, stack = int(counter[1], 16), int(pointer[1], 16)
    words = [int(found[1], 16) for found in _REGISTER.finditer(evidence)]
    for found in _DUMP.finditer(evidence):
        low, high, low2, high2 = (int(part, 16) for part in found[1].split())
        words += [low | high << 32, low2 | high2 << 32]
    bases = {word - layout.returns for word in words}
    fitting = {
        base
        for base in bases
        if base > 0
        and base % _PAGE == 0
        and layout.stack[0] <= stack - base <= layout.stack[1]
        and layout.code[0] <= at - base < layout.code[1]
    }
    return fitting.pop() if len(fitting) == 1 else None


def _layout(path: Path, arch: Arch) -> _Layout | None:
    from elftools.elf.elffile import ELFFile

    with path.open("rb") as file:
        loaded = ELFFile(file)
        table: Any = loaded.get_section_by_name(".symtab")
        text = loaded.get_section_by_name(".text")
        names = {"_start", "zx_stack"}
        found = {s.name: s.entry for s in table.iter_symbols() if s.name in names} if table else {}
    if text is None or found.keys() != names:
        return None
    start, stack = found["_start"], found["zx_stack"]
    return _Layout(
        start["st_value"] + start["st_size"] - _TRAP[arch],
        (stack["st_value"], stack["st_value"] + stack["st_size"]),
        (text["sh_addr"], text["sh_addr"] + text["sh_size"]),
    )
