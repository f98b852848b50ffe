"""One ELF file with symbols: its build id, and the function and line of an address.

llvm-symbolizer is used if it is installed: it supports all of DWARF, and inlined functions.
Otherwise pyelftools reads the line tables; without those the symbol table names the function.
Symbols are a hint for a person and decide nothing, so an unreadable file is ignored.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from zxhil.errors import UserError
from zxhil.symbols.place import CodePlace, short_function, source_path

_TOOLS = ("llvm-symbolizer", *(f"llvm-symbolizer-{version}" for version in range(22, 10, -1)))
_SECONDS = 30
_UNKNOWN = "??"


class SymbolFile:
    """An ELF file. Raises UserError if it is not one, or can't be read."""

    def __init__(self, path: Path) -> None:
        from elftools.common.exceptions import ELFError
        from elftools.elf.elffile import ELFFile

        self.path = path
        self._known: dict[int, tuple[CodePlace, ...]] = {}
        self.build_id = ""
        """In hex; empty if the file has none."""
        self.base = 0
        """The lowest address that is loaded."""
        remedy = "give an ELF file with symbols, such as zircon.elf of the kernel's build"
        try:
            with path.open("rb") as file:
                elf = ELFFile(file)
                loads = [s["p_vaddr"] for s in elf.iter_segments("PT_LOAD")]
                self.base = min(loads, default=0)
                for segment in elf.iter_segments("PT_NOTE"):
                    for note in segment.iter_notes():  # type: ignore[attr-defined]
                        if note["n_type"] == "NT_GNU_BUILD_ID":
                            self.build_id = str(note["n_desc"])
        except OSError as error:
            raise UserError(str(path), f"can't be read: {error.strerror}", remedy) from error
        except (ELFError, ValueError, KeyError, TypeError, OverflowError) as error:
            raise UserError(str(path), f"is no ELF file: {error}", remedy) from error

    def places(self, addresses: Sequence[int]) -> dict[int, tuple[CodePlace, ...]]:
        """By address, as linked: the innermost inlined function first, what contains it last."""
        new = [address for address in addresses if address not in self._known]
        if new:
            from zxhil.symbols.dwarf import dwarf_places, symbol_places

            found = self._by_tool(new)
            found = dwarf_places(self.path, new) if found is None else found
            left = [address for address in new if not found.get(address)]
            found.update(symbol_places(self.path, left) if left else {})
            self._known.update((address, found.get(address, ())) for address in new)
        return {address: self._known[address] for address in addresses if self._known[address]}

    @cached_property
    def _tool(self) -> str | None:
        return next(filter(None, map(shutil.which, _TOOLS)), None)

    def _by_tool(self, addresses: Sequence[int]) -> dict[int, tuple[CodePlace, ...]] | None:
        if self._tool is None:
            return None
        command = [self._tool, f"--obj={self.path}", "--inlines", "--functions", "--demangle"]
        try:
            done = subprocess.run(
                command,
                input="".join(f"{address:#x}\n" for address in addresses),
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        blocks = done.stdout.split("\n\n")
        if done.returncode or len(blocks) < len(addresses):
            return None
        return {
            address: tuple(_read_block(block.splitlines()))
            for address, block in zip(addresses, blocks, strict=False)
        }


def _read_block(lines: Sequence[str]) -> Iterator[CodePlace]:
    """llvm-symbolizer's answer for an address: alternately a function and FILE:LINE:COLUMN."""
    for function, place in zip(lines[::2], lines[1::2], strict=False):
        if function == _UNKNOWN:
            return
        file, line, _ = (*place.rsplit(":", 2), "", "")[:3]
        known = file != _UNKNOWN
        yield CodePlace(
            short_function(function),
            source_path(file) if known else "",
            int(line) if known and line.isdigit() else 0,
        )
