"""Read regular files that a program made, within a limit; and detect changes of files."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import IO, NamedTuple

#: Bytes, unless less is given.
LIMIT = 1 << 30
_PIECE = 1 << 20


def read_own(path: Path, limit: int = LIMIT) -> bytes:
    """Read a file that a program made, wherever the path leads. Raises OSError.

    Only a regular file is read, within the limit: a FIFO would block, a device may never
    end.
    """
    with open_regular(path) as file:
        data = read_past(file, limit)
    if len(data) > limit:
        raise OSError(errno.EFBIG, f"has more than {limit} bytes", str(path))
    return data


def read_past(file: IO[bytes], limit: int) -> bytes:
    """Read to the end, or `limit` bytes and one more, which shows that there are too many.

    In pieces: a single read allocates memory for its maximum.
    """
    pieces, left = [], limit + 1
    while left and (piece := file.read(min(left, _PIECE))):
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)


def open_regular(path: Path) -> IO[bytes]:
    """Open a regular file, and nothing else. Raises OSError."""
    # Opening a device may have effects, so it is checked before.
    if not stat.S_ISREG(path.stat().st_mode):
        raise FileNotFoundError(0, "is not a regular file", str(path))
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileNotFoundError(0, "is not a regular file", str(path))
    return os.fdopen(descriptor, "rb")


def why_impossible(path: Path) -> str:
    """Why nothing can have this path, whatever exists; empty if something can."""
    try:
        path.lstat()
    except ValueError:
        return "contains a NUL character"
    except OSError as error:
        return "is too long for a path" if error.errno == errno.ENAMETOOLONG else ""
    return ""


#: The process's own open files, such as a shell's <(command); and a file that is always empty.
_OPEN = ("/dev/fd/", "/proc/self/fd/", "/dev/stdin", "/dev/null")


def why_special(path: Path) -> str:
    """Why reading this may never end; empty if it is a file, a folder, open already, or nothing."""
    if str(path).startswith(_OPEN):
        return ""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return ""
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return ""
    return (
        f"is a {'FIFO' if stat.S_ISFIFO(mode) else 'socket' if stat.S_ISSOCK(mode) else 'device'}"
    )


class FileState(NamedTuple):
    """What identifies a file's version: it changes when the file is replaced or rewritten.

    `changed` is its ctime, in ns as `modified`: no call sets it, so a file that was rewritten in
    place is detected although its size is the same and its mtime was restored.
    """

    device: int
    inode: int
    size: int
    modified: int
    changed: int


def file_state(path: Path) -> FileState | None:
    """The state of a file; None if it can't be reached. Take it before the file is read."""
    try:
        found = path.stat()
    except OSError:
        return None
    return FileState(
        found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
    )
