"""The contents that a worker's process holds: files in a private folder, as long as it lives."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

from zxhil.cluster.content import ContentMissing, content_digest
from zxhil.errors import MachineError
from zxhil.machine.scratch import scratch_folder, write

#: Bytes that a process holds; what was used longest ago goes first.
_MOST = 4 << 30


class Depot:
    """Contents by digest; threads may share it. The folder goes with the process."""

    def __init__(self, most: int = _MOST) -> None:
        self._stack = ExitStack()
        self._folder: Path | None = None
        self._sizes: dict[str, int] = {}
        self._most = most
        self._lock = threading.Lock()

    def lacking(self, names: Iterable[str]) -> list[str]:
        """Which of these are not there."""
        with self._lock:
            return [name for name in names if name not in self._sizes]

    def keep(self, contents: Mapping[str, bytes]) -> None:
        """Store contents. Raises MachineError for one that is damaged, or if the disk is full."""
        with self._lock:
            if self._folder is None:
                self._folder = self._stack.enter_context(scratch_folder())
            for name, data in contents.items():
                if content_digest(data) != name:
                    raise MachineError(f"the content {name} arrived damaged")
                write(self._folder / name, data)
                self._sizes[name] = len(data)
            self._remove_oldest(set(contents))

    def read(self, name: str) -> bytes:
        """A content. Raises ContentMissing, and MachineError if the disk damaged it."""
        with self._lock:
            if name not in self._sizes:
                raise ContentMissing(name)
            self._sizes[name] = self._sizes.pop(name)
            assert self._folder is not None
            data = (self._folder / name).read_bytes()
        if content_digest(data) != name:
            raise MachineError(f"the content {name} was damaged on the disk of the worker")
        return data

    def _remove_oldest(self, kept: set[str]) -> None:
        assert self._folder is not None
        for name in [name for name in self._sizes if name not in kept]:
            if sum(self._sizes.values()) <= self._most:
                return
            del self._sizes[name]
            (self._folder / name).unlink(missing_ok=True)

    def close(self) -> None:
        """Remove the folder; a later `keep` makes another."""
        with self._lock:
            self._sizes.clear()
            self._folder = None
            self._stack.close()
