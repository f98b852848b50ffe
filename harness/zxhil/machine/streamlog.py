"""The raw log of one serial stream, with the time of every chunk in a second file."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from types import TracebackType

from zxhil.errors import MachineError


class StreamLog:
    """`NAME.serial`: every byte as it came; `NAME.times`: a line per chunk.

    A line of the times file is the chunk's first offset in bytes and the seconds since the
    machine's start. Both files are written without a buffer, so that they are complete up to the
    last chunk however the harness ends.
    """

    def __init__(self, serial: Path, times: Path) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self.path = serial
        self.size = 0
        self._serial = os.open(serial, flags, 0o644)
        try:
            self._times = os.open(times, flags, 0o644)
        except OSError:
            os.close(self._serial)
            raise

    @classmethod
    def create(cls, folder: Path, name: str | None = None) -> StreamLog:
        """Open the first free log in `folder`: 00, 01, ...; or `name`, `name`.2, ...

        Several machines, also those of several harnesses, may share a folder.
        Raises MachineError if the folder cannot be written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _cannot_write(folder, error) from error
        for n in itertools.count(0 if name is None else 1):
            stem = f"{n:02d}" if name is None else name if n == 1 else f"{name}.{n}"
            try:
                return cls(folder / f"{stem}.serial", folder / f"{stem}.times")
            except FileExistsError:
                continue
            except OSError as error:
                raise _cannot_write(folder, error) from error
        raise AssertionError("unreachable: the counter has no end")

    def append(self, chunk: bytes, seconds: float) -> None:
        """Write `chunk`, received `seconds` after the start.

        Raises MachineError if it cannot be written completely; earlier chunks stay.
        """
        try:
            _write_all(self._serial, chunk)
            _write_all(self._times, f"{self.size} {seconds:.6f}\n".encode())
        except OSError as error:
            raise _cannot_write(self.path, error) from error
        self.size += len(chunk)

    def close(self) -> None:
        """Close both files; a second call does nothing."""
        for fd in (self._serial, self._times):
            if fd >= 0:
                os.close(fd)
        self._serial = self._times = -1

    def __enter__(self) -> StreamLog:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _cannot_write(path: Path, error: OSError) -> MachineError:
    return MachineError(f"cannot write the serial log {path}: {error.strerror}")
