"""Where the kernel was loaded, seen from a machine that stopped."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from zxhil.abi.arch import Arch
from zxhil.debug.stub import GdbStub
from zxhil.errors import MachineError
from zxhil.symbols.crash import NAMES
from zxhil.symbols.file import SymbolFile
from zxhil.symbols.loaded import load_offset

_IDT = re.compile(r"^IDT= *([0-9a-f]+)", re.MULTILINE)
#: An entry of the IDT, and the number of that of a page fault.
_GATE, _PAGE_FAULT = 16, 14
_CODE = 32


def kernel_offset(stub: GdbStub, arch: Arch, human: Callable[[str], str], path: Path) -> int | None:
    """What is added to the linked addresses of the kernel at `path`; None if it is another one.

    Processors know the address of the kernel's exception handlers, also while a process runs;
    `human` asks QEMU's monitor.
    """
    address = _handler(stub, arch, human)
    code = stub.kernel_memory(address, _CODE) if address is not None else None
    return load_offset(path, address, code) if address is not None and code else None


def _handler(stub: GdbStub, arch: Arch, human: Callable[[str], str]) -> int | None:
    if arch is Arch.ARM64:
        return stub.system_register("VBAR") or stub.system_register("VBAR_EL1")
    found = _IDT.search(human("info registers"))
    if found is None:
        raise MachineError("QEMU does not show the IDT")
    gate = stub.memory(int(found[1], 16) + _PAGE_FAULT * _GATE, _GATE)
    if gate is None:
        return None
    return int.from_bytes(gate[:2] + gate[6:12], "little")


def kernel_file(kernel: Path, given: Path | None) -> Path | None:
    """The kernel's ELF file: `given`, a file or folder, or what is beside the kernel.

    Raises UserError if the given one is no ELF file.
    """
    if given is not None and given.is_file():
        return SymbolFile(given).path
    folder = given or kernel.parent
    return next((folder / name for name in NAMES if (folder / name).is_file()), None)
