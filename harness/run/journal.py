"""The journal of a run: one JSON line per event, on the disk as soon as it is known.

``run.jsonl`` in the log folder. Lines: ``{"whole": …}`` (was every case asked for),
``{"run": …}`` before all results (zxhil's version, the cases),
``{"case": …}`` as each case ends, ``{"boot": …}`` as each boot ends, ``{"end": …}`` last.
Every report is derived from it; a run that died leaves all that it had finished.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.errors import MachineError, UserError

NAME = "run.jsonl"


class Journal:
    """Appends lines to the journal; threads may share it.

    Raises MachineError if a line can't be written whole: what was written before stays.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            self._file = os.open(folder / NAME, flags, 0o644)
        except OSError as error:
            raise UserError(
                str(folder), f"can't be written: {error.strerror}", "give another --log-dir"
            ) from error
        self._lock = threading.Lock()
        self._path = folder / NAME

    def write(self, kind: str, content: dict[str, Any]) -> None:
        """Append ``{kind: content}``."""
        line = json.dumps({kind: content}, separators=(",", ":")).encode() + b"\n"
        with self._lock:
            try:
                written = os.write(self._file, line)
            except OSError as error:
                raise self._failed(error.strerror or str(error)) from error
            if written != len(line):
                raise self._failed("the disk is full")

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _failed(self, why: str) -> MachineError:
        return MachineError(f"{self._path}: the journal can't be written: {why}")


def read(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (kind, content) of each whole line; a last line cut short is left out.

    Raises UserError if there is no journal, or a line before the last is not the journal's.
    """
    path = folder / NAME
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise UserError(
            str(path), f"can't be read: {error.strerror}", "give a run's log folder"
        ) from error
    for number, line in enumerate(lines[:-1], 1):
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
