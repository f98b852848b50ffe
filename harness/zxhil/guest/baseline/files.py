"""Where the C of the baseline cases lies; it is written when something that makes it changes."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator
from pathlib import Path

from zxhil.disk.making import making
from zxhil.disk.seal import (
    folder_is_whole,
    put_in_place,
    read_sealed,
    seal_folder,
    sealed,
)
from zxhil.errors import MachineError
from zxhil.guest.baseline.setups import PATH

PREFIX = "baseline_"

_PACKAGE = Path(__file__).parents[2]
#: What the text of a case depends on.
_MADE_FROM = ("abi/**/*.py", "model/**/*.py", "guest/baseline/*.py")


def baseline_files(cache: Path) -> tuple[Path, ...]:
    """The C files, by name, one for each page that has baseline cases.

    Raises UserError for a line of guest_tests/baseline.txt that is no set-up.
    """
    return _files(cache, _state())


@functools.cache
def _files(cache: Path, state: str) -> tuple[Path, ...]:
    known = cache / f"{state}.baseline"
    home = cache / (read_sealed(known) or b"unknown").decode()
    if not folder_is_whole(home):
        home = _write(cache, known)
    return tuple(sorted(home.glob("*.c")))


def _state() -> str:
    """A digest of what the cases are made from: sizes and times are enough for files of ours."""
    digest = hashlib.sha256()
    for path in (PATH, *(p for glob in _MADE_FROM for p in sorted(_PACKAGE.glob(glob)))):
        state = path.stat()
        digest.update(f"{path}\0{state.st_size}\0{state.st_mtime_ns}\0".encode())
    return digest.hexdigest()[:32]


def _write(cache: Path, known: Path) -> Path:
    """Write the files into a folder named after their content, which is what objects depend on."""
    texts = dict(c_files())
    name = f"baseline-{hashlib.sha256(repr(texts).encode()).hexdigest()[:32]}"
    try:
        with making(cache, "making-") as folder:
            (folder / "c").mkdir()
            for file, text in texts.items():
                (folder / "c" / file).write_text(text, encoding="utf-8")
            seal_folder(folder / "c", name)
            put_in_place(folder / "c", cache / name)
            (folder / "known").write_bytes(sealed(name.encode(), known.name))
            (folder / "known").replace(known)
    except OSError as error:
        raise MachineError(
            f"{error.filename or cache}: can't be written: {error.strerror}",
            f"free some space, or set XDG_CACHE_HOME to another folder than {cache.parent}",
        ) from None
    return cache / name


def c_files() -> Iterator[tuple[str, str]]:
    """The name and the text of each C file."""
    from zxhil.guest.baseline.cases import baseline_cases
    from zxhil.guest.baseline.setups import read_setups
    from zxhil.model.pages import load_or_none_yet

    for call, setup in sorted(read_setups().items()):
        lines = [
            line
            for case in baseline_cases(load_or_none_yet(call), setup)
            for line in (*case.lines, "")
        ]
        if lines:
            # Whoever reads of a line has the set-up's file, and not this one.
            marked = (f'#line {setup.line} "{PATH.name}"\n{line}\n' for line in lines if line)
            yield f"{PREFIX}{call}.c", "".join(['#include "zxtest.h"\n', *marked])
