"""Stop a guest at the first instruction of a case.

That instruction is replaced in the program's file by a jump to itself. Where the kernel loads the
program is not known before; once a processor is found in the jump, it is, and the instruction is
put back. So no kernel needs to be told anything, and no processor has run past it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from zxhil.abi.arch import Arch
from zxhil.abi.runtime import CASE_ENTRY, layout
from zxhil.debug.stub import GdbStub
from zxhil.errors import MachineError
from zxhil.guest import elf
from zxhil.guest.source import Program

_JUMP = {Arch.X64: b"\xeb\xfe", Arch.ARM64: b"\x00\x00\x00\x14"}
_PAGE = 0x1000
#: Bytes of code that must be those of the file.
_CODE = 64
#: A guest that printed the case's name arrives within milliseconds; timer interrupts are short.
_TRIES = 400
_NAP = 0.005


@dataclass(frozen=True, slots=True)
class CaseStop:
    """A program that waits in a case's first instruction, which was linked at `address`."""

    program: Program
    address: int
    original: bytes
    code: bytes
    """What follows the instruction."""

    def reached(self, stub: GdbStub) -> int | None:
        """The load address, if a processor waits there; the instruction is put back then."""
        jump = _JUMP[self.program.arch]
        for counter in stub.counters():
            if (counter - self.address) % _PAGE:
                continue
            if stub.memory(counter, len(jump) + len(self.code)) == jump + self.code:
                stub.write(counter, self.original)
                return counter - self.address
        return None


def stopping(program: Program, case: int) -> CaseStop:
    """The program with a stop in this case. Raises UserError for a damaged file."""
    place, data = str(program.path), program.elf
    table = elf.section(data, "zx_cases", place)
    if table is None:
        raise elf.broken(place, "holds no cases (section zx_cases)")
    size = layout(CASE_ENTRY).size
    entry = layout(CASE_ENTRY).unpack_from(data, table.offset + case * size)
    address = table.address + case * size + entry[0]
    jump = _JUMP[program.arch]
    for load in elf.segments(data, place):
        at = load.offset + address - load.vaddr
        end = load.offset + load.filesz
        if load.type == elf.PT_LOAD and load.offset <= at <= end - len(jump):
            patched = data[:at] + jump + data[at + len(jump) :]
            original, after = data[at : at + len(jump)], at + len(jump)
            code = data[after : min(after + _CODE, end)]
            return CaseStop(replace(program, elf=patched), address, original, code)
    raise elf.broken(place, f"case {case} has no code")


def stop_at(
    socket: Path, stop: CaseStop, sleep: Callable[[float], None] = time.sleep
) -> tuple[GdbStub, int]:
    """Stop the guest there: the open connection, and the program's load address.

    Raises MachineError if no processor arrives there.
    """
    stub = GdbStub(socket, stop.program.arch)
    try:
        for _ in range(_TRIES):
            base = stop.reached(stub)
            if base is not None:
                return stub, base
            stub.resume()
            sleep(_NAP)
            stub.stop()
    except BaseException:
        stub.__exit__(None, None, None)
        raise
    stub.__exit__(None, None, None)
    raise MachineError("the guest did not arrive at the case's first instruction")
