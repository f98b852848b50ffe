"""The C files of a program, its name, and the built program."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from zxhil.abi.arch import Arch
from zxhil.errors import UserError
from zxhil.guest.cases import Case

#: Valid in the kernel's command line, BOOTFS, a remote shell, and a log's file name.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,63}")
_KEPT = 48
_DIGEST = 8


class Source(NamedTuple):
    """The C files that make one program."""

    name: str
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """A built guest test: `elf` is made from `files`.

    It is stored at `path`, followed by a digest (`zxhil.disk.seal`).
    """

    name: str
    arch: Arch
    path: Path
    elf: bytes
    cases: tuple[Case, ...]
    files: tuple[Path, ...] = ()


def own_program(path: Path) -> Source:
    """The program of a user's C file.

    Raises UserError for a name that a compiler can't put into the program's table of cases.
    """
    try:
        path.name.encode()
    except UnicodeEncodeError:
        raise UserError(str(path), "its name is not UTF-8", "rename the file") from None
    if not path.name.isprintable() or not {'"', "\\"}.isdisjoint(path.name):
        raise UserError(
            repr(str(path)), "its name has a quote, backslash or control character", "rename it"
        )
    return Source(program_name(path.stem), (path,))


def program_name(stem: str) -> str:
    """The name itself if it is valid everywhere; else a short word derived from it.

    The word ends in a digest, so it is unique.
    """
    if _NAME.fullmatch(stem):
        return stem
    word = re.sub(r"[^A-Za-z0-9_]", "_", stem)[:_KEPT]
    return f"{word}-{hashlib.sha256(os.fsencode(stem)).hexdigest()[:_DIGEST]}"
