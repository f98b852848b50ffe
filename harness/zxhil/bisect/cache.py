"""An LRU cache of built or downloaded images, with a size limit."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from zxhil.disk.seal import SUMS, folder_is_whole, put_in_place, seal_folder
from zxhil.errors import MachineError

_HALF_MADE = ".part-"


@dataclass(frozen=True, slots=True)
class CachedFolder:
    """A cached folder; a lock on `descriptor` prevents its removal until `close`."""

    path: Path
    descriptor: int

    @property
    def only(self) -> Path:
        """The only file or folder in it, or else the entry itself."""
        held = [path for path in self.path.iterdir() if path.name != SUMS]
        return held[0] if len(held) == 1 else self.path

    def close(self) -> None:
        """Allow removal of the entry."""
        os.close(self.descriptor)


class Cache:
    """A folder of folders, one for each key; several processes may use it at once.

    An entry under its name is always whole: one that the disk has damaged is as if it were not
    there (`zxhil.disk.seal`). One in use is never removed, even if the limit of `limit` bytes is
    passed for as long.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise MachineError(
                f"{folder}: cannot be made: {error.strerror}",
                "set XDG_CACHE_HOME to another folder",
            ) from None
        self._lock = FileLock(folder / ".lock")

    def get(self, key: str) -> CachedFolder | None:
        """Return the entry of `key` and mark it as used; None if it is missing or damaged."""
        with self._lock:
            entry = self._take(self._folder / key)
        # Without the lock: reading a whole image may take seconds.
        if entry is None or folder_is_whole(entry.path):
            return entry
        entry.close()
        self.drop(key)
        return None

    def put(self, key: str, fill: Callable[[Path], None]) -> CachedFolder:
        """Make the entry of `key` by `fill`, which is given an empty folder; then keep the limit.

        If another process was quicker, its entry is taken. What `fill` raises is passed on.
        """
        with self._lock:
            work = Path(tempfile.mkdtemp(prefix=_HALF_MADE, dir=self._folder))
            # Shows cleanup after killed processes that this one is in use.
            descriptor = os.open(work, os.O_RDONLY)
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        try:
            fill(work)
            seal_folder(work, key)
            with self._lock:
                path = self._folder / key
                put_in_place(work, path)
                entry = self._take(path)
                assert entry is not None
                self._keep_limit()
                return entry
        finally:
            os.close(descriptor)
            shutil.rmtree(work, ignore_errors=True)

    def drop(self, key: str) -> None:
        """Remove the entry of `key`, unless it is in use."""
        with self._lock:
            if (self._folder / key).is_dir():
                _remove_unused(self._folder / key)

    def _take(self, path: Path) -> CachedFolder | None:
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            return None
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        os.utime(path)
        return CachedFolder(path, descriptor)

    def _keep_limit(self) -> None:
        entries = [p for p in self._folder.iterdir() if p.is_dir()]
        for path in entries:
            if path.name.startswith(_HALF_MADE):
                _remove_unused(path)
        entries = [path for path in entries if not path.name.startswith(".")]
        entries.sort(key=lambda path: path.stat().st_mtime_ns)
        sizes = {path: size_of(path) for path in entries}
        total = sum(sizes.values())
        for path in entries:
            if total <= self._limit:
                return
            if _remove_unused(path):
                total -= sizes[path]


def _remove_unused(path: Path) -> bool:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(path)
        return True
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)


def size_of(folder: Path) -> int:
    """Count the bytes of all files under `folder`."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())
