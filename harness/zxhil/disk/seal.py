"""Digests of a cache's content: what does not match its digest is treated as missing.

A file is stored with its digest after its content, so that both appear atomically. A folder,
whose files are used directly, has a list of digests in a separate file. Both digests cover
the name: content under another name is rejected, too.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from zxhil.disk.files import parse_json
from zxhil.regular_file import read_own

_TRIES = 10
_MARK = b"\nzxhil-blake2b "
_SIZE = 32  # hexadecimal digits
_TAIL = len(_MARK) + _SIZE + 1

#: The list of a folder's digests; hidden, so that it is not used as part of an image.
SUMS = ".zxhil-sums"
#: The key of the folder's name in it; no file's path is empty.
_NAME = ""


def sealed(content: bytes, name: str) -> bytes:
    """The content followed by its digest, for a file of that name."""
    return content + _tail(content, name)


def unsealed(data: bytes, name: str) -> bytes | None:
    """The content that was passed to `sealed`; None if it is damaged, or another file's."""
    content, tail = data[:-_TAIL], data[-_TAIL:]
    return content if _tail(content, name) == tail else None


def read_sealed(path: Path) -> bytes | None:
    """The content of a sealed file; None if it is not there, can't be read or is damaged."""
    try:
        return unsealed(read_own(path), path.name)
    except OSError:
        return None


def seal_folder(folder: Path, name: str) -> None:
    """Write the list of digests of a folder's content, to be stored under `name`.

    Raises OSError.
    """
    import json

    (folder / SUMS).write_text(json.dumps({_NAME: name, **dict(_digests(folder))}, indent=0))


def folder_is_whole(folder: Path) -> bool:
    """Does a folder have exactly the content in its list? False without a list."""
    try:
        kept = parse_json(read_own(folder / SUMS))
        return isinstance(kept, dict) and kept == {_NAME: folder.name, **dict(_digests(folder))}
    except (OSError, ValueError):
        return False


def put_in_place(made: Path, home: Path) -> None:
    """Rename a sealed folder to its name in a cache, replacing a damaged one.

    If another process was faster, its folder and `made` stay. Raises OSError for all else.
    """
    for _ in range(_TRIES):
        if folder_is_whole(home):
            return
        damaged = made.with_name(f"{made.name}-damaged")
        with contextlib.suppress(FileNotFoundError):
            # Renamed first: what exists under the name is always complete.
            home.rename(damaged)
        shutil.rmtree(damaged, ignore_errors=True)
        with contextlib.suppress(OSError):
            # It was not a folder.
            damaged.unlink()
        try:
            made.rename(home)
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
    raise OSError(errno.EEXIST, "cannot be replaced", str(home))


def _digests(folder: Path) -> Iterator[tuple[str, str]]:
    """Each file and link by its path in the folder, with its content or target."""
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            yield name, f"link {path.readlink()}"
        elif path.is_file() and name != SUMS:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, _hasher)
            yield name, digest.hexdigest()


def _tail(content: bytes, name: str) -> bytes:
    hasher = _hasher()
    hasher.update(name.encode("utf-8", "surrogateescape") + b"\0")
    hasher.update(content)
    return b"%s%s\n" % (_MARK, hasher.hexdigest().encode())


def _hasher() -> hashlib.blake2b:
    return hashlib.blake2b(digest_size=_SIZE // 2)
