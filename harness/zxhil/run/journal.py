"""The journal of a run: one JSON line per event, written to disk as soon as it is known.

``run.jsonl`` in the log folder. Lines: ``{"whole": …}`` (was every case requested),
``{"options": …}`` (the command's options), ``{"run": …}`` (zxhil's version, what ran, the
cases), ``{"boot": …}`` as each boot begins and again as it ends, ``{"kernel": …}`` as soon as a
kernel has identified itself, ``{"case": …}`` as each case ends, ``{"rerun": …}`` for one whose
output was damaged, ``{"given up": …}`` where no further boot is made,
``{"environment": …}`` (when and where it ran), ``{"stopped": …}`` if the run is stopped early,
``{"resumed": …}`` where it continues, ``{"end": …}`` last.
Every report is derived from it and the serial logs; a run that was killed keeps all results that
it had.

Each line ends in a checksum (`zxhil.disk.lines`) that begins with the one of the line before (0 for
the first), so that a removed, doubled, or moved line is detected, too. Older journals have no
checksums.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zxhil.disk.files import parse_json
from zxhil.disk.lines import crc_of, sealed_line, unsealed_line
from zxhil.disk.packed import open_unpacked, packed_beside
from zxhil.errors import MachineError, UserError
from zxhil.oracle.results import check_case
from zxhil.plain import clean_json
from zxhil.regular_file import read_past

NAME = "run.jsonl"
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC


class Journal:
    """Appends lines to the journal of a folder; threads may share it, other processes may not.

    An existing journal is continued only if `go_on` is set; that of a run that was stopped before
    it began is overwritten.
    Raises UserError if the folder can't be written or holds another run's journal, and, from
    `write`, MachineError if a line can't be written whole: what was written before stays.
    """

    def __init__(self, folder: Path, go_on: bool = False) -> None:
        self.folder = folder
        self._path = folder / NAME
        self._file = -1
        self._crc = 0
        self._lock = threading.Lock()
        packed = packed_beside(folder, NAME)
        if packed is not None and not self._path.exists():
            problem = f"contains the logs of another run, in {packed}"
            raise UserError(str(folder), problem, "unpack it, or give another --log-dir")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            # Opening a FIFO would block; a device has no end.
            self._file = os.open(self._path, _FLAGS | os.O_NONBLOCK, 0o644)
            if not stat.S_ISREG(os.fstat(self._file).st_mode):
                raise FileNotFoundError(0, f"its {NAME} is not a regular file")
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            before = self._path.read_bytes()
            if not go_on and _has_begun(before):
                os.close(self._file)
                raise UserError(
                    str(folder),
                    "contains the logs of another run",
                    "give another --log-dir, or continue that run with --resume",
                )
            whole = before[: _whole_lines(before)] if go_on else b""
            os.truncate(self._path, len(whole))
            self._crc = crc_of(whole[whole[:-1].rfind(b"\n") + 1 : -1]) or 0
        except BlockingIOError:
            os.close(self._file)
            problem = "is in use by another run"
            raise UserError(
                str(folder),
                problem if go_on else f"contains the logs of another run, and {problem}",
                "wait for it to finish, or give another --log-dir",
            ) from None
        except OSError as error:
            raise UserError(
                str(folder), f"can't be written: {error.strerror}", "give another --log-dir"
            ) from error

    def write(self, kind: str, content: dict[str, Any]) -> None:
        """Append ``{kind: content}``."""
        self.write_all({kind: content})

    def write_all(self, *contents: dict[str, Any]) -> None:
        """Append several such lines atomically: a kill leaves all of them or none."""
        with self._lock:
            line, crc = b"", self._crc
            for content in contents:
                sealed = sealed_line(content, crc)
                line, crc = line + sealed.line, sealed.crc
            written = 0
            try:
                # A short write gives no reason; the next one does.
                while written < len(line):
                    written += os.write(self._file, line[written:])
            except OSError as error:
                if written:
                    self._take_back(written)
                raise self._failed(error.strerror or str(error)) from error
            self._crc = crc

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
        """Remove a partial line, which would corrupt the next one; a reader leaves it out, too."""
        with contextlib.suppress(OSError):
            os.truncate(self._file, os.fstat(self._file).st_size - size)

    def _failed(self, why: str) -> MachineError:
        return MachineError(f"{self._path}: the journal can't be written: {why}")


#: The kind of a line that only the journal of an exploration has.
EXPLORATION = "explore"


def read_run(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """As `read`, of the journal of a run. Raises UserError for that of an exploration as well."""
    for kind, content in read(folder):
        if kind == EXPLORATION:
            raise UserError(
                str(folder),
                "is the log folder of an exploration, not of a run",
                f"continue it with zxhil explore --resume {folder}",
            )
        yield kind, content


def read(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (kind, content) of each whole line; a last line cut short is left out.

    Raises UserError, with the line, if there is no journal, or a line before the last is not the
    journal's: its checksum, its shape, or what it says does not fit.
    """
    from zxhil.disk.files import REPORT_LIMIT
    from zxhil.run.journal_shape import line_checks

    path = folder / NAME
    remedy = "give an unchanged log folder"
    data = _content(folder, REPORT_LIMIT)
    crc = crc_of(data.partition(b"\n")[0])
    is_sealed = crc is not None
    checks, crc = line_checks(), 0
    for number, line in enumerate(data[: _whole_lines(data)].split(b"\n")[:-1], 1):
        try:
            held = unsealed_line(line, crc) if is_sealed else parse_json(line)
            crc = crc_of(line) or 0
            kind, content = _only_item(held)
            if kind in checks:
                checks[kind](content)
            if kind == "case":
                check_case(content)
            if kind != "options":
                # These contain paths, which are not shown before `--resume` has asked.
                clean_json(content, line)
        except ValueError as error:
            raise UserError(
                f"{path}:{number}", f"is not a line of a journal: {error}", remedy
            ) from error
        yield kind, content


def _content(folder: Path, limit: int) -> bytes:
    path = folder / NAME
    try:
        with open_unpacked(folder, NAME) as file:
            data = read_past(file, limit)
    except OSError as error:
        raise UserError(
            str(path), f"can't be read: {error.strerror}", "give a run's log folder"
        ) from error
    if len(data) > limit:
        raise UserError(str(path), f"has more than {limit} bytes", "give a run's log folder")
    return data


def _only_item(line: Any) -> tuple[str, Any]:
    if not isinstance(line, dict) or len(line) != 1:
        raise ValueError("an object with one key is required")
    ((kind, content),) = line.items()
    return kind, content


def is_whole(folder: Path) -> bool:
    """Was every case of every program requested? Raises as `read` does."""
    return any(kind == "whole" and content["whole"] for kind, content in read(folder))


def _has_begun(data: bytes) -> bool:
    """Does a journal describe a run, or anything unknown? Otherwise nothing is lost with it."""
    kinds = (b'{"whole":', b'{"options":')
    whole = data[: _whole_lines(data)].split(b"\n")[:-1]
    return not all(line.startswith(kinds) for line in whole)


def _whole_lines(data: bytes) -> int:
    """The offset of the end of the last whole line."""
    return data.rfind(b"\n") + 1
