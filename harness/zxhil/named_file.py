"""Write a file that the user named, whatever exists at its path.

A regular file is replaced as a whole: it is either the old one or the new one. A symbolic link
is followed, and stays. A device, a FIFO, or a descriptor (``/dev/stdout``) is written to, never
replaced. ``-`` is standard output.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import secrets
import select
import stat
import sys
import time
from contextlib import suppress
from pathlib import Path

from zxhil.errors import MachineError, UserError
from zxhil.regular_file import open_regular

STDOUT = Path("-")

#: Seconds that a FIFO may go without a reader, or its reader without reading.
PATIENCE = 10.0

_BEGIN = 4096

_DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/(\d+)")
_NAMED = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}
_NOT_A_FILE = "is neither a file, a FIFO nor a character device"


def goes_to_stdout(path: Path) -> bool:
    """Does output to this path go to standard output?"""
    return path == STDOUT or _descriptor(path) == 1


def is_replaced(path: Path) -> bool:
    """Is the path a regular file after writing?"""
    if path == STDOUT or _descriptor(path) is not None:
        return False
    try:
        return not path.exists() or path.is_file()
    except (OSError, ValueError, RuntimeError):
        return False


def must_be_writable(path: Path) -> None:
    """Check in advance that the file can be written, without changing it.

    Raises UserError if it can't.
    """
    if path == STDOUT:
        return
    try:
        descriptor = _descriptor(path)
        if descriptor is not None:
            _must_be_open(descriptor)
            return
        target = _target(path)
        mode = _mode(target)
        if mode is None or stat.S_ISREG(mode):
            _try_regular(target, mode)
            if mode is not None and _is_log(target):
                raise OSError(errno.EEXIST, "is a log of a run")
        elif stat.S_ISDIR(mode):
            raise OSError(errno.EISDIR, "is a folder")
        elif not (stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)):
            raise OSError(errno.ENXIO, _NOT_A_FILE)
        elif not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except (OSError, ValueError) as error:
        raise _refused(path, error) from error


def must_be_alike(path: Path, *, text: bool) -> None:
    """Check that a file that would be replaced is of the kind of the new one, or empty.

    Binary is what has a NUL at its begin, as SQLite, ZBI, ELF, and gzip files do. Raises UserError
    if the old one is of the other kind.
    """
    try:
        with open_regular(path) as file:
            begin = file.read(_BEGIN)
    except (OSError, ValueError):
        # Nothing there, nothing that is replaced, or nothing that can be told.
        return
    if begin and (b"\0" in begin) is text:
        kind = "a binary file" if text else "a text file"
        problem = f"exists, and is {kind}, which a file of another kind would replace"
        raise UserError(str(path), problem, "give another path, or remove the file first")


def write(path: Path, content: bytes, option: str) -> None:
    """Write the content. Raises MachineError, naming the option, if it can't be written.

    A FIFO without a reader is abandoned after PATIENCE seconds.
    """
    descriptor = 1 if path == STDOUT else _descriptor(path)
    try:
        if descriptor is not None:
            _to_descriptor(descriptor, content)
            return
        target = _target(path)
        mode = _mode(target)
        if mode is None or stat.S_ISREG(mode):
            _replace(target, content, mode)
        else:
            _write_into(target, content)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise MachineError(f"{option} {path}: can't be written: {why}") from error


def _must_be_open(descriptor: int) -> None:
    if descriptor > 2 and fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
        raise OSError(errno.EBADF, "is not open for writing")


def _is_log(path: Path) -> bool:
    """Is a file a run's log? Those are never overwritten."""
    return path.name == "run.jsonl" or path.suffix in (".serial", ".times")


def _refused(path: Path, error: Exception) -> UserError:
    remedy = "give another path"
    if isinstance(error, FileNotFoundError):
        remedy = f"create the folder first: mkdir -p {path.parent}"
    why = getattr(error, "strerror", None) or str(error)
    return UserError(str(path), f"can't be written: {why}", remedy)


def _descriptor(path: Path) -> int | None:
    """The open descriptor that the path names: opening it again would lose its offset."""
    found = _DESCRIPTOR.fullmatch(str(path))
    return int(found[1]) if found else _NAMED.get(str(path))


def _target(path: Path) -> Path:
    """The path with symbolic links resolved; it may not exist yet."""
    if not path.is_symlink():
        return path
    try:
        target = path.resolve()
    except RuntimeError:
        # A loop; later Pythons return the link.
        target = path
    if target.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    return target


def _mode(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None


def _try_regular(target: Path, mode: int | None) -> None:
    """Try both ways in which `_replace` writes."""
    try:
        draft = _draft(target)
        os.close(_create(draft, 0o600))
        draft.unlink()
    except OSError:
        if mode is None:
            raise
        os.close(os.open(target, os.O_WRONLY | os.O_CLOEXEC))


def _replace(target: Path, content: bytes, mode: int | None) -> None:
    draft = _draft(target)
    try:
        opened = _create(draft, 0o666)
    except OSError:
        if mode is None:
            raise
        # A writable file in a folder that is not writable.
        _write_into(target, content)
        return
    try:
        try:
            if mode is not None:
                with suppress(OSError):
                    os.fchmod(opened, stat.S_IMODE(mode))
            _write_all(opened, content)
        finally:
            os.close(opened)
        try:
            draft.replace(target)
        except OSError as error:
            if mode is None or error.errno not in (errno.EBUSY, errno.EPERM, errno.EACCES):
                raise
            # A file that is a mount point, as in a container.
            _write_into(target, content)
    finally:
        # Already gone if it replaced the target; a failure here must not hide another.
        with suppress(OSError):
            draft.unlink()


def _draft(target: Path) -> Path:
    # Short, whatever the length of the target's name.
    return target.parent / f".zxhil-{secrets.token_hex(6)}.part"


def _create(path: Path, mode: int) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)


def _write_into(target: Path, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_TRUNC | os.O_NOCTTY | os.O_CLOEXEC | os.O_NONBLOCK
    end = time.monotonic() + PATIENCE
    while True:
        try:
            opened = os.open(target, flags)
            break
        except OSError as error:
            # A FIFO that is not open for reading yet.
            if error.errno != errno.ENXIO:
                raise
            if time.monotonic() >= end:
                raise OSError(
                    errno.ENXIO, f"it was not opened for reading within {PATIENCE:g} s"
                ) from error
            time.sleep(0.05)
    try:
        _write_all(opened, content)
    finally:
        os.close(opened)


def _to_descriptor(descriptor: int, content: bytes) -> None:
    stream = {1: sys.stdout, 2: sys.stderr}.get(descriptor)
    if stream is None:
        _write_all(descriptor, content)
        return
    # Through Python's stream, so that it comes after earlier output.
    stream.flush()
    buffer = getattr(stream, "buffer", None)
    if buffer is None:
        stream.write(content.decode("utf-8", "replace"))
    else:
        buffer.write(content)
    stream.flush()


def _write_all(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        try:
            view = view[os.write(descriptor, view) :]
        except BlockingIOError as error:
            ready = select.select([], [descriptor], [], PATIENCE)[1]
            if not ready:
                raise OSError(
                    errno.EAGAIN, f"its reader did not read for {PATIENCE:g} s"
                ) from error
