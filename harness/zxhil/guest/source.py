"""The C files that make one program, the program's name, and the program that they make."""

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

#: What the kernel's command line, BOOTFS, a remote shell and a log's file name all take.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+-]{0,63}")
_KEPT = 48
_DIGEST = 8


class Source(NamedTuple):
    """The C files that make one program."""

    name: str
    files: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """A guest test, ready to be put into an image: `elf` is made of `files`.

    `path` keeps it, with a digest behind it (`zxhil.disk.seal`).
    """

    name: str
    arch: Arch
    path: Path
    elf: bytes
    cases: tuple[Case, ...]
    files: tuple[Path, ...] = ()


def own_program(path: Path) -> Source:
    """The program that a C file of the user's makes.

    Raises UserError for a name that no compiler can put into the program's table of cases.
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
    """The name as it is if every part of a run can take it; else a short word made of it.

    Two names never make the same word: it ends in a digest.
    """
    if _NAME.fullmatch(stem):
        return stem
    word = re.sub(r"[^A-Za-z0-9_]", "_", stem)[:_KEPT]
    return f"{word}-{hashlib.sha256(os.fsencode(stem)).hexdigest()[:_DIGEST]}"
