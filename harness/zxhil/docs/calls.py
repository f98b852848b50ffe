"""The system calls of a kernel: the names that its vDSO exports, or a list."""

from __future__ import annotations

import re
from pathlib import Path

from zxhil.errors import UserError

_SYMBOL = re.compile(r"^_?zx_([a-z][a-z0-9_]*)$")


def calls_of_vdso(path: Path) -> frozenset[str]:
    """The call names, with no prefix, of the `zx_*` symbols of a vDSO's ELF file.

    Raises UserError if the file is no ELF or exports no such symbol.
    """
    from elftools.common.exceptions import ELFError
    from elftools.elf.dynamic import DynamicSegment
    from elftools.elf.elffile import ELFFile

    try:
        with path.open("rb") as file:
            segments = ELFFile(file).iter_segments("PT_DYNAMIC")
            names = [
                symbol.name
                for segment in segments
                if isinstance(segment, DynamicSegment)
                for symbol in segment.iter_symbols()
                if symbol["st_shndx"] != "SHN_UNDEF"
            ]
    except ELFError as error:
        raise UserError(str(path), f"is not an ELF file ({error})", "give libzircon.so") from error
    except OSError as error:
        raise UserError(str(path), error.strerror or "can't be read", "check the path") from error
    calls = frozenset(match[1] for match in map(_SYMBOL.match, names) if match)
    if not calls:
        raise UserError(str(path), "exports no zx_* symbol", "give the kernel's vDSO, libzircon.so")
    return calls


def calls_of_list(path: Path) -> frozenset[str]:
    """The call names in a text file, one a line, prefix or not; `#` starts a comment.

    Raises UserError if the file can't be read, names nothing, or has a line that is no name.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(str(path), f"can't be read: {error}", "give one call per line") from error
    calls: set[str] = set()
    for number, line in enumerate(lines, start=1):
        name = line.split("#")[0].strip()
        if not name:
            continue
        if not re.fullmatch(r"[a-z_][a-z0-9_]*", name):
            raise UserError(
                f"{path}:{number}", f"`{name}` is not the name of a call", "give one name per line"
            )
        calls.add(re.sub(r"^_?zx_", "", name))
    if not calls:
        raise UserError(str(path), "names no call", "give one call per line")
    return frozenset(calls)
