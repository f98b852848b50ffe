"""Add functions and source lines to the addresses of a crash.

The crash itself says where a module was loaded: symbolizer markup (``{{{module:…}}}`` and
``{{{mmap:…}}}``), or ``dso: id=… base=…`` of kernels without it. A module is looked up by its
build id: symbols of another build would name wrong functions, and are not used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from zxhil.errors import UserError
from zxhil.machine.crash import frame_of
from zxhil.symbols.file import SymbolFile
from zxhil.symbols.place import CodePlace

_MODULE = re.compile(r"\{\{\{module:(\w+):([^:}]*):elf:([0-9a-f]+)\}\}\}")
_MMAP = re.compile(
    r"\{\{\{mmap:(0x[0-9a-f]+):(0x[0-9a-f]+|\d+):load:(\w+):\w*:(0x[0-9a-f]+|\d+)\}\}\}"
)
_DSO = re.compile(r"dso: id=([0-9a-f]+) base=(0x[0-9a-f]+)")
# The program counter in a dump of registers.
_COUNTER = re.compile(r"\b(?:RIP: +|elr +|PC at |Instruction Pointer += 0x\w+:)(0x[0-9a-fA-F]+)")
_NOTE = "symbols: "
#: At most this many inlined functions are shown.
_INLINED = 2


@dataclass(frozen=True, slots=True)
class Mapping:
    """A part of a module in memory: `size` bytes at `start` are those linked at `linked`."""

    start: int
    size: int
    linked: int
    build_id: str

    def linked_at(self, address: int) -> int | None:
        """The linked address; None if it is outside of the mapping."""
        inside = self.start <= address < self.start + self.size
        return self.linked + address - self.start if inside else None


class Symbols:
    """Symbol files for crashes. `fixed` are mappings that are not in a log."""

    def __init__(self, files: Sequence[SymbolFile], fixed: Sequence[Mapping] = ()) -> None:
        self._files = files
        self._fixed = fixed

    def symbolized(self, evidence: str) -> str:
        """The lines, with each address followed by its symbol. Idempotent."""
        lines = [line for line in evidence.splitlines() if not line.startswith(_NOTE)]
        mappings = [*_mappings(lines, self._files), *self._fixed]
        wanted = dict(_addresses(lines))
        if not wanted or not self._files:
            return evidence
        places = self._places(wanted.values(), mappings)
        shown = [
            _with_place(line, places.get(wanted[n], ())) if n in wanted else line
            for n, line in enumerate(lines)
        ]
        notes = [] if places else list(_mismatch(mappings, self._files))
        return "\n".join([*shown, *notes])

    def _places(
        self, addresses: Iterable[int], mappings: Sequence[Mapping]
    ) -> dict[int, tuple[CodePlace, ...]]:
        found: dict[int, tuple[CodePlace, ...]] = {}
        for file in self._files:
            linked: dict[int, int] = {}
            for address in addresses:
                for mapping in mappings:
                    at = mapping.linked_at(address)
                    if at is not None and mapping.build_id == file.build_id:
                        linked[address] = at
            places = file.places(sorted(set(linked.values())))
            found.update({a: places[at] for a, at in linked.items() if at in places})
        return found


def _mappings(lines: Sequence[str], files: Sequence[SymbolFile]) -> Iterator[Mapping]:
    modules = {m[1]: m[3] for line in lines for m in _MODULE.finditer(line)}
    mapped = [m for line in lines for m in _MMAP.finditer(line)]
    for m in mapped:
        yield Mapping(int(m[1], 0), int(m[2], 0), int(m[4], 0), modules.get(m[3], ""))
    if mapped:
        return
    for m in (m for line in lines for m in _DSO.finditer(line)):
        base = next((file.base for file in files if file.build_id == m[1]), 0)
        yield Mapping(int(m[2], 16), 1 << 31, base, m[1])


def _addresses(lines: Sequence[str]) -> Iterator[tuple[int, int]]:
    """(line, address to look up): a return address points after its call."""
    for number, line in enumerate(lines):
        frame = frame_of(line)
        counter = _COUNTER.search(line)
        if frame is not None and frame.address > 1:
            yield number, frame.address - (1 if frame.number or "bt#" in line else 0)
        elif counter is not None:
            yield number, int(counter[1], 16)


def _with_place(line: str, places: Sequence[CodePlace]) -> str:
    frame = frame_of(line)
    if frame is not None and frame.place:
        line = line[: -len(frame.place)].rstrip()
    elif frame is None:
        line = line.partition("  → ")[0]
    if not places:
        return line
    inlined = "".join(f", inlined in {place}" for place in places[1:_INLINED])
    return f"{line}{' ' if frame else '  → '}{places[0]}{inlined}"


def _mismatch(mappings: Sequence[Mapping], files: Sequence[SymbolFile]) -> Iterator[str]:
    there = {mapping.build_id for mapping in mappings if mapping.build_id}
    for file in files:
        if there and file.build_id not in there:
            own = file.build_id or "none"
            yield f"{_NOTE}{file.path.name} has build ID {own}, the crash {', '.join(there)}"


#: Where a build puts the symbols of a kernel, relative to the kernel's folder.
NAMES = ("zircon.elf", "kernel_x64/zircon.elf", "kernel_arm64/zircon.elf")


@cache
def symbols_beside(kernel: Path) -> Symbols:
    """The symbols beside a kernel, as its build leaves them, if any."""
    files = []
    for name in NAMES:
        path = kernel.parent / name
        if path.is_file():
            try:
                files.append(SymbolFile(path))
            except UserError:
                # Not requested by the user: an unreadable file is ignored.
                continue
    return Symbols(files)


@cache
def load_symbols(path: Path) -> Symbols:
    """The symbols of an ELF file, or of all in a folder.

    Raises UserError if there are none.
    """
    remedy = "give zircon.elf of the kernel's build, or its folder"
    if not path.exists():
        raise UserError(str(path), "does not exist", remedy)
    if path.is_file():
        return Symbols([SymbolFile(path)])
    names = (*NAMES, "*.elf", "*.debug", ".build-id/*/*")
    paths = dict.fromkeys(p for name in names for p in sorted(path.glob(name)) if p.is_file())
    files = []
    for each in paths:
        try:
            files.append(SymbolFile(each))
        except UserError:
            continue
    if not files:
        raise UserError(str(path), "has no ELF file with symbols", remedy)
    return Symbols(files)
