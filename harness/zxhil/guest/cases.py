"""The cases of a guest test, read from section ``zx_cases`` of its ELF file.

An entry is 20 bytes: four signed 32-bit distances, each from its own field (to the
function, its name, the claims, the file name), and the source line. ``CASE`` in
guest_tests/include/zxtest.h writes it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from zxhil.abi.runtime import CASE_ENTRY, layout
from zxhil.errors import UserError
from zxhil.guest import elf

_ENTRY = layout(CASE_ENTRY)
_CLAIM = re.compile(r"[a-z][a-z0-9_]*/[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Case:
    """One case: its index in the program, its name, the clauses it claims, and its source line.

    `claims` are ``page/clause`` ids. `file` is the C file's base name.
    """

    index: int
    name: str
    claims: tuple[str, ...]
    file: str
    line: int

    @property
    def page(self) -> str:
        """The page of the first claim."""
        return self.claims[0].partition("/")[0]


def read_cases(data: bytes, place: str) -> tuple[Case, ...]:
    """List the cases of an ELF file in the order in which they run.

    Raises UserError for a file without a table, a table that does not fit the file, a malformed
    claim, or a duplicate name.
    """
    table = elf.section(data, "zx_cases", place)
    if table is None or not table.size:
        raise elf.broken(place, "holds no cases (section zx_cases)")
    if table.size % _ENTRY.size:
        raise elf.broken(place, f"section zx_cases is not made of {_ENTRY.size}-byte entries")
    entries = _ENTRY.iter_unpack(data[table.offset : table.offset + table.size])
    texts = elf.Texts(data, place)
    cases = tuple(
        _case(texts, index, table.address + index * _ENTRY.size, entry)
        for index, entry in enumerate(entries)
    )
    first: dict[str, Case] = {}
    for case in cases:
        other = first.setdefault(case.name, case)
        if other is not case:
            raise UserError(
                f"{case.file}:{case.line}",
                f"a case {case.name!r} already exists in {other.file}:{other.line}",
                "give each case of a program a unique name",
            )
    return cases


def _case(texts: elf.Texts, index: int, address: int, entry: tuple[int, ...]) -> Case:
    _, name, claims, file, line = entry
    case = Case(
        index,
        texts.at(address + 4 + name),
        tuple(texts.at(address + 8 + claims).split()),
        texts.at(address + 12 + file, "utf-8"),
        line,
    )
    for claim in case.claims or ("",):
        if not _CLAIM.fullmatch(claim):
            raise UserError(
                f"{case.file}:{case.line}",
                f"case {case.name!r} claims {claim!r}",
                'claim "page/clause", several separated by spaces',
            )
    return case
