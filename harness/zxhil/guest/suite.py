"""One file with the cases of several programs, which waits until its job slot is filled.

The programs are linked together (guest_tests/rt/main.c has the other side). While the file waits,
the machine can be saved; :meth:`Suite.job_slot` is written into a copy of the saved state, where
:func:`find_job_slot` finds it, and a machine restored from that copy starts the chosen program.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

from zxhil.abi.runtime import JOB_MARK, JOB_SLOT, NAME_BYTES, SELECT_BYTES, layout
from zxhil.errors import MachineError
from zxhil.guest import elf
from zxhil.guest.select import prototypes, with_prototypes
from zxhil.guest.source import Program

_SECTION = "zx_turn"
#: The job slot's mark and `running`, by which it is found, and the fields after them.
_FOUND = layout(JOB_SLOT[:2])
_TURN = layout(JOB_SLOT[2:])


class Suite:
    """The file `elf`, stored at `path`, and the index of each program's first case in its table."""

    def __init__(self, elf: bytes, path: Path, programs: Sequence[Program]) -> None:
        self.path = path
        self.programs = tuple(programs)
        # Each program knows the prototypes of the calls that it makes, and no others.
        known: dict[str, bool | None] = {}
        for program in programs:
            known.update(prototypes(program.elf, str(program.path)))
        self._elf = with_prototypes(elf, known, str(path)) if known else elf
        self._counts = {program.name: len(program.cases) for program in programs}

    @property
    def waiting(self) -> bytes:
        """The file, patched to wait before its first case."""
        section = elf.section(self._elf, _SECTION, str(self.path))
        if section is None:
            raise elf.broken(str(self.path), f"has no section {_SECTION}")
        at = section.offset + _FOUND.size
        return self._elf[:at] + struct.pack("<I", 1) + self._elf[at + 4 :]

    def job_slot(self, program: str, selected: Sequence[int], nonce: int) -> bytes:
        """The content of the job slot: the program to run, and which of its cases.

        Its frames are seeded with `nonce` (docs/trace.md).
        """
        names = list(self._counts)
        first = sum(self._counts[name] for name in names[: names.index(program)])
        bitmap = bytearray(SELECT_BYTES)
        for index in selected:
            bitmap[index // 8] |= 1 << index % 8
        name = program.encode("ascii", "replace")[: NAME_BYTES - 1]
        return _TURN.pack(0, first, self._counts[program], nonce, name, bytes(bitmap))

    def has(self, program: Program) -> bool:
        """Can it be run? A program of the run can."""
        return True

    def places(self, memory: bytes) -> tuple[int, ...]:
        """Where in saved memory `patches` go. Raises MachineError if that is not clear."""
        return (find_job_slot(memory),)

    def patches(
        self, places: Sequence[int], program: Program, selected: Sequence[int], nonce: int
    ) -> list[tuple[int, bytes]]:
        """What to write into saved memory, and where, so that these cases of a program run."""
        return [(places[0], self.job_slot(program.name, selected, nonce))]


class SavedSuite(Suite):
    """Such a file in the memory of a start that another run saved.

    `counts` are the numbers of cases there, by name, in order. Of the run's own `programs` those
    can run that are the same there.
    """

    def __init__(self, counts: Mapping[str, int], programs: Sequence[Program]) -> None:
        self._counts = dict(counts)
        self._same = frozenset(program.name for program in programs)
        whole = len(self._same) == len(counts)
        order = {name: number for number, name in enumerate(counts)}
        self.programs = tuple(sorted(programs, key=lambda p: order[p.name])) if whole else ()

    def has(self, program: Program) -> bool:
        """As `Suite.has`: if it is the same there."""
        return program.name in self._same


def find_job_slot(memory: bytes) -> int:
    """Return the offset of the job slot in the saved memory of a waiting machine.

    Raises MachineError unless there is exactly one such place.
    """
    running = _FOUND.pack(JOB_MARK, 1)
    at = memory.find(running)
    if at < 0 or memory.find(running, at + 1) >= 0:
        raise MachineError("the saved memory does not hold the waiting program exactly once")
    return at + len(running)
