"""The journal of a run: one JSON line per event, on the disk as soon as it is known.

``run.jsonl`` in the log folder. Lines: ``{"whole": …}`` (was every case asked for),
``{"options": …}`` (how the run was asked for), ``{"run": …}`` (zxhil's version, what ran, the
cases), ``{"boot": …}`` as each boot begins and again as it ends, ``{"kernel": …}`` as soon as a
kernel has said who it is, ``{"case": …}`` as each case ends, ``{"rerun": …}`` for one whose
output was damaged, ``{"stopped": …}`` if the run is stopped early, ``{"resumed": …}`` where it goes
on, ``{"end": …}`` last.
With the serial logs, every report is derived from it; a run that died leaves all that it had
finished.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zxhil.errors import MachineError, UserError

NAME = "run.jsonl"
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC


class Journal:
    """Appends lines to the journal of a folder; threads may share it, other processes may not.

    A journal that is there already is gone on with only if `go_on` is set.
    Raises UserError if the folder can't be written or holds another run's journal, and, from
    `write`, MachineError if a line can't be written whole: what was written before stays.
    """

    def __init__(self, folder: Path, go_on: bool = False) -> None:
        self.folder = folder
        self._path = folder / NAME
        self._file = -1
        self._lock = threading.Lock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self._path, _FLAGS | (0 if go_on else os.O_EXCL), 0o644)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if go_on:
                os.truncate(self._path, _whole_lines(self._path.read_bytes()))
        except FileExistsError:
            raise UserError(
                str(folder),
                "holds the logs of another run",
                "give another --log-dir, or go on with that run: --resume",
            ) from None
        except BlockingIOError:
            os.close(self._file)
            raise UserError(
                str(folder), "is being written by a run right now", "wait for its end"
            ) from None
        except OSError as error:
            raise UserError(
                str(folder), f"can't be written: {error.strerror}", "give another --log-dir"
            ) from error

    def write(self, kind: str, content: dict[str, Any]) -> None:
        """Append ``{kind: content}``."""
        line = json.dumps({kind: content}, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            written = 0
            try:
                # A short write says no reason; the next one does.
                while written < len(line):
                    written += os.write(self._file, line[written:])
            except OSError as error:
                if written:
                    self._take_back(written)
                raise self._failed(error.strerror or str(error)) from error

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        if self._file >= 0:
            os.close(self._file)
        self._file = -1

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _take_back(self, size: int) -> None:
        """A line that is not whole would spoil the ones after it; a reader leaves it out, too."""
        with contextlib.suppress(OSError):
            os.truncate(self._file, os.fstat(self._file).st_size - size)

    def _failed(self, why: str) -> MachineError:
        return MachineError(f"{self._path}: the journal can't be written: {why}")


def read(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (kind, content) of each whole line; a last line cut short is left out.

    Raises UserError if there is no journal, or a line before the last is not the journal's.
    """
    path = folder / NAME
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(
            str(path), f"can't be read: {error.strerror}", "give a run's log folder"
        ) from error
    for number, line in enumerate(data[: _whole_lines(data)].split(b"\n")[:-1], 1):
        try:
            ((kind, content),) = json.loads(line).items()
        except (ValueError, AttributeError) as error:
            raise UserError(
                f"{path}:{number}", "is no line of a journal", "give an unchanged log folder"
            ) from error
        yield kind, content


def is_whole(folder: Path) -> bool:
    """Was every case of every program asked for? Raises as `read` does."""
    return any(kind == "whole" and content["whole"] for kind, content in read(folder))


def _whole_lines(data: bytes) -> int:
    """Up to where there are whole lines."""
    return data.rfind(b"\n") + 1
