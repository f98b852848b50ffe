"""The functions and lines of some of a kernel's files, with all code that was made of them."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from zxhil.errors import UserError
from zxhil.symbols.dwarf import FUNCTIONS, die_ranges, file_of, function_name
from zxhil.symbols.place import source_path

_Item = TypeVar("_Item", bound=Hashable)
#: Links from code to what it is made of, in the order in which they are followed.
_LINKS = ("DW_AT_abstract_origin", "DW_AT_specification")


class KernelFunction(NamedTuple):
    """A function with code: where it is written, and its name with its classes."""

    file: str
    line: int
    name: str


class SourceLine(NamedTuple):
    """A line with code."""

    file: str
    line: int


class Spans(Generic[_Item]):
    """Which items lie over an address; they may overlap."""

    def __init__(self, spans: Iterable[tuple[int, int, _Item]]) -> None:
        begins: dict[int, list[_Item]] = defaultdict(list)
        ends: dict[int, list[_Item]] = defaultdict(list)
        for start, end, item in spans:
            if start < end:
                begins[start].append(item)
                ends[end].append(item)
        self._starts: list[int] = []
        self._items: list[frozenset[_Item]] = []
        count: dict[_Item, int] = defaultdict(int)
        for at in sorted({*begins, *ends}):
            for item in ends[at]:
                count[item] -= 1
                if not count[item]:
                    del count[item]
            for item in begins[at]:
                count[item] += 1
            self._starts.append(at)
            self._items.append(frozenset(count))

    def over(self, start: int, end: int) -> set[_Item]:
        """The items over any of these addresses."""
        found: set[_Item] = set()
        at = max(bisect_right(self._starts, start) - 1, 0)
        while at < len(self._starts) and self._starts[at] < end:
            if at + 1 == len(self._starts) or self._starts[at + 1] > start:
                found |= self._items[at]
            at += 1
        return found

    @property
    def all(self) -> set[_Item]:
        """Every item."""
        return set().union(*self._items)


class KernelCode(NamedTuple):
    """By linked address."""

    functions: Spans[KernelFunction]
    lines: Spans[SourceLine]


def read_code(path: Path, files: Sequence[str]) -> KernelCode:
    """Read the functions and lines of source files that match a glob.

    The units of these files are read; inlined code counts where it was inlined.
    Raises UserError if there are none.
    """
    from elftools.common.exceptions import DWARFError, ELFError
    from elftools.elf.elffile import ELFFile

    functions: list[tuple[int, int, KernelFunction]] = []
    lines: list[tuple[int, int, SourceLine]] = []
    try:
        with path.open("rb") as file:
            elf = ELFFile(file)
            # The relocations of a linked file are applied already.
            dwarf: Any = elf.get_dwarf_info(relocate_dwarf_sections=False)
            ranges = dwarf.range_lists()
            for unit in dwarf.iter_CUs() if elf.has_dwarf_info() else ():
                name = unit.get_top_DIE().attributes.get("DW_AT_name")
                if name is None or not _matches(name.value.decode("utf-8", "replace"), files):
                    continue
                program = dwarf.line_program_for_CU(unit)
                if program is not None:
                    lines += _lines(program, unit["version"], files)
                    functions += _functions(unit, program, ranges, files)
    except (OSError, ELFError, DWARFError) as error:
        raise UserError(str(path), f"can't be read: {error}", "give another file") from error
    if not functions:
        raise UserError(
            str(path),
            f"has no DWARF for files that match {', '.join(files)}",
            "give zircon.elf of the kernel's build, and globs of its source files",
        )
    return KernelCode(Spans(functions), Spans(lines))


def _matches(name: str, files: Sequence[str]) -> bool:
    return any(fnmatchcase(source_path(name), pattern) for pattern in files)


def _lines(
    program: Any, version: int, files: Sequence[str]
) -> Iterator[tuple[int, int, SourceLine]]:
    names: dict[int, str] = {}
    before = None
    for entry in program.get_entries():
        state = entry.state
        if state is None:
            continue
        if before is not None and before.line:
            if before.file not in names:
                names[before.file] = source_path(file_of(program, before.file, version))
            name = names[before.file]
            if _matches(name, files):
                yield before.address, state.address, SourceLine(name, before.line)
        before = None if state.end_sequence else state


def _functions(
    unit: Any, program: Any, ranges: Any, files: Sequence[str]
) -> Iterator[tuple[int, int, KernelFunction]]:
    known: dict[int, KernelFunction | None] = {}
    for die in unit.iter_DIEs():
        if die.tag not in FUNCTIONS:
            continue
        spans = list(die_ranges(die, ranges, unit))
        if not spans:
            continue
        written = _written(die)
        if written.offset not in known:
            known[written.offset] = _function(written, program, unit["version"], files)
        function = known[written.offset]
        if function is not None:
            yield from ((start, end, function) for start, end in spans)


def _written(die: Any) -> Any:
    """The entry that says where the function is written."""
    origin = "DW_AT_abstract_origin"
    return die.get_DIE_from_attribute(origin) if origin in die.attributes else die


def _function(die: Any, program: Any, version: int, files: Sequence[str]) -> KernelFunction | None:
    place = die
    while "DW_AT_decl_file" not in place.attributes:
        link = next((link for link in _LINKS if link in place.attributes), None)
        if link is None:
            return None
        place = place.get_DIE_from_attribute(link)
    file = source_path(file_of(program, place.attributes["DW_AT_decl_file"].value, version))
    line = place.attributes["DW_AT_decl_line"].value if "DW_AT_decl_line" in place.attributes else 0
    name = function_name(die)
    return KernelFunction(file, line, name) if name and _matches(file, files) else None
