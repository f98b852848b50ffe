"""Scratch folders that are removed when the harness ends, even after ``kill -9``."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from zxhil.errors import MachineError, UserError
from zxhil.machine.reaper import Reaper, the_reaper

# A sockaddr_un takes 108 bytes with the terminating zero, on macOS 104; a socket's own name in
# the folder gets the last sixteen.
_PATH_MAX = 103 - 16


class Scratch(NamedTuple):
    """A private folder, and its key in the reaper."""

    path: Path
    reaper: Reaper
    key: int


@contextmanager
def scratch() -> Iterator[Scratch]:
    """Make a folder (mode 0700) for the block, with a path short enough for sockets in it.

    Raises UserError if there is no usable temporary folder.
    """
    path = _free_path()
    reaper = the_reaper()
    # Registered before it is made, so that it can't be left behind.
    key = reaper.hold(str(path))
    left = True
    try:
        path.mkdir(mode=0o700)
        yield Scratch(path, reaper, key)
    except GeneratorExit:
        # The interpreter is shutting down: the reaper cleans up.
        left = False
        raise
    finally:
        if left:
            shutil.rmtree(path, ignore_errors=True)
            reaper.drop(key)


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Make such a folder; return its path only."""
    with scratch() as made:
        yield made.path


def write(path: Path, data: bytes) -> None:
    """Write a file. Raises MachineError, naming it: the system's error does not."""
    try:
        path.write_bytes(data)
    except OSError as error:
        raise MachineError(f"{path}: can't be written: {error.strerror}") from error


def _free_path() -> Path:
    name = f"zxhil-{secrets.token_hex(6)}"
    bases = [tempfile.gettempdir(), "/tmp", "/var/tmp"]
    for base in bases:
        path = Path(base).absolute() / name
        fits = len(os.fsencode(path)) <= _PATH_MAX and "\n" not in str(path)
        if fits and os.access(base, os.W_OK | os.X_OK):
            return path
    raise UserError(
        " ".join(bases),
        "no writable folder here with a path short enough for a unix socket",
        "set TMPDIR to a writable folder with a path shorter than 60 bytes",
    )
