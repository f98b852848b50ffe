"""Functions and lines from an ELF file's DWARF, with pyelftools, or else from its symbols."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from zxhil.symbols.place import CodePlace, source_path

#: Types of symbols that may be code; assembly often has none.
_CODE = ("STT_FUNC", "STT_NOTYPE")
#: A symbol that is farther away is not used.
_NEAR = 4096
FUNCTIONS = ("DW_TAG_subprogram", "DW_TAG_inlined_subroutine")


def dwarf_places(path: Path, addresses: Sequence[int]) -> dict[int, tuple[CodePlace, ...]]:
    """By address: the function and its line, as far as a damaged file allows."""
    from elftools.elf.elffile import ELFFile

    found: dict[int, tuple[CodePlace, ...]] = {}
    try:
        with path.open("rb") as file:
            elf = ELFFile(file)
            if elf.has_dwarf_info():
                # The relocations of a linked file are applied already.
                dwarf = elf.get_dwarf_info(relocate_dwarf_sections=False)
                found.update(_by_lines(dwarf, addresses))
    except Exception:
        return found
    return found


def symbol_places(path: Path, addresses: Sequence[int]) -> dict[int, tuple[CodePlace, ...]]:
    """By address: the nearest function before it, for code without lines, such as assembly."""
    from elftools.elf.elffile import ELFFile

    try:
        with path.open("rb") as file:
            table: Any = ELFFile(file).get_section_by_name(".symtab")
            starts = sorted(
                (symbol["st_value"], symbol.name)
                for symbol in (table.iter_symbols() if table is not None else ())
                if symbol["st_info"]["type"] in _CODE and _is_name(symbol.name)
            )
    except Exception:
        return {}
    found: dict[int, tuple[CodePlace, ...]] = {}
    for address in addresses:
        at = bisect_right(starts, (address, "\uffff")) - 1
        if at >= 0 and address - starts[at][0] < _NEAR:
            start, name = starts[at]
            found[address] = (CodePlace(f"{name}+{address - start:#x}"),)
    return found


def _is_name(text: str) -> bool:
    return bool(text) and not text.startswith(("$", "."))


def _by_lines(dwarf: Any, addresses: Sequence[int]) -> Iterator[tuple[int, tuple[CodePlace, ...]]]:
    ranges = dwarf.range_lists()
    for unit in dwarf.iter_CUs():
        top = unit.get_top_DIE()
        mine = [a for a in addresses if _covers(top, a, ranges, unit)]
        if not mine:
            continue
        program = dwarf.line_program_for_CU(unit)
        for address in mine:
            file, line = _line_of(program, address, unit["version"])
            names = [function_name(die) for die in _functions_at(top, address, ranges, unit)]
            name = (names or [""])[-1]
            if name:
                yield address, (CodePlace(name, source_path(file) if file else "", line),)


def _covers(die: Any, address: int, ranges: Any, unit: Any) -> bool:
    return any(start <= address < end for start, end in die_ranges(die, ranges, unit))


def die_ranges(die: Any, ranges: Any, unit: Any) -> Iterator[tuple[int, int]]:
    """The addresses of an entry's code, each from its first to that after its last."""
    attributes = die.attributes
    if "DW_AT_ranges" in attributes:
        offset = attributes["DW_AT_ranges"].value
        base = attributes["DW_AT_low_pc"].value if "DW_AT_low_pc" in attributes else 0
        for entry in ranges.get_range_list_at_offset(offset, cu=unit):
            if hasattr(entry, "base_address"):
                base = entry.base_address
                continue
            start = 0 if getattr(entry, "is_absolute", True) else base
            yield start + entry.begin_offset, start + entry.end_offset
    elif "DW_AT_low_pc" in attributes and "DW_AT_high_pc" in attributes:
        low, high = attributes["DW_AT_low_pc"].value, attributes["DW_AT_high_pc"]
        yield low, high.value if high.form == "DW_FORM_addr" else low + high.value


def _functions_at(die: Any, address: int, ranges: Any, unit: Any) -> Iterator[Any]:
    """The functions that contain an address, from the outermost to the innermost."""
    for child in die.iter_children():
        if child.tag in FUNCTIONS:
            if not _covers(child, address, ranges, unit):
                continue
            yield child
        yield from _functions_at(child, address, ranges, unit)


def function_name(die: Any) -> str:
    """The function's name, with those of its classes and namespaces."""
    for link in ("DW_AT_abstract_origin", "DW_AT_specification"):
        if link in die.attributes:
            return function_name(die.get_DIE_from_attribute(link))
    if "DW_AT_name" not in die.attributes:
        return ""
    name: str = die.attributes["DW_AT_name"].value.decode("utf-8", "replace")
    parent = die.get_parent()
    scope = ("DW_TAG_class_type", "DW_TAG_structure_type", "DW_TAG_namespace")
    while parent is not None and parent.tag in scope:
        if "DW_AT_name" in parent.attributes:
            outer = parent.attributes["DW_AT_name"].value.decode("utf-8", "replace")
            name = f"{outer}::{name}"
        parent = parent.get_parent()
    return name


def _line_of(program: Any, address: int, version: int) -> tuple[str, int]:
    """FILE and line of an address in a line program; ("", 0) if it has no row for it."""
    before = None
    for entry in program.get_entries() if program is not None else ():
        state = entry.state
        if state is None:
            continue
        if before is not None and before.address <= address < state.address:
            return file_of(program, before.file, version), before.line
        before = None if state.end_sequence else state
    return "", 0


def file_of(program: Any, number: int, version: int) -> str:
    """The name of a file of a line program: they count from 1 before DWARF 5."""
    files, folders = program["file_entry"], program["include_directory"]
    first = 0 if version >= 5 else 1
    if not 0 <= number - first < len(files):
        return ""
    entry = files[number - first]
    name: str = entry.name.decode("utf-8", "replace")
    folder = entry.dir_index - first
    if entry.dir_index and 0 <= folder < len(folders) and not name.startswith("/"):
        return f"{folders[folder].decode('utf-8', 'replace')}/{name}"
    return name
