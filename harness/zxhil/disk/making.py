"""Scratch folders in a cache; none is left behind, even after ``kill -9``."""

from __future__ import annotations

import contextlib
import fcntl
import functools
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

#: Seconds. A younger one may not be locked yet.
_YOUNG = 60
_SWEEPING = threading.Lock()


@contextlib.contextmanager
def making(cache: Path, prefix: str) -> Iterator[Path]:
    """Make a folder in `cache` for the block, from which results are renamed into place.

    The reaper removes it if this process is killed (`zxhil.machine.reaper`); what a power
    failure left is removed by the next process. Raises OSError.
    """
    from zxhil.machine.reaper import the_reaper

    cache.mkdir(parents=True, exist_ok=True)
    with _SWEEPING:
        _sweep(cache, prefix)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=cache))
    reaper = the_reaper()
    key = reaper.hold(str(folder.absolute()))
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield folder
    finally:
        os.close(descriptor)
        shutil.rmtree(folder, ignore_errors=True)
        reaper.drop(key)


@functools.cache
def _sweep(cache: Path, prefix: str) -> None:
    """Remove such folders that are no longer in use; once, as it lists the whole cache."""
    for path in cache.glob(f"{prefix}*"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime < _YOUNG:
                continue
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(descriptor)
