"""Digests of what a cache keeps: what does not match its digest is treated as missing.

A file is kept with its digest behind its content, so that both appear atomically. A folder,
whose files others read as they are, has a list of digests in a file of its own. Both digests cover
the name: what lies under another one's name is not believed either.
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

#: The list of a folder's digests; hidden, so that it is not taken for a part of an image.
SUMS = ".zxhil-sums"
#: The key of the folder's own name in it; no file's path is empty.
_NAME = ""


def sealed(content: bytes, name: str) -> bytes:
    """The content with its digest behind it, for a file of that name."""
    return content + _tail(content, name)


def unsealed(data: bytes, name: str) -> bytes | None:
    """The content that `sealed` was given; None if it is damaged, or was another file's."""
    content, tail = data[:-_TAIL], data[-_TAIL:]
    return content if _tail(content, name) == tail else None


def read_sealed(path: Path) -> bytes | None:
    """The content of a sealed file; None if it is not there, can't be read or is damaged."""
    try:
        return unsealed(read_own(path), path.name)
    except OSError:
        return None


def seal_folder(folder: Path, name: str) -> None:
    """Write the list of digests of all that is in a folder, to be kept under `name`.

    Raises OSError.
    """
    import json

    (folder / SUMS).write_text(json.dumps({_NAME: name, **dict(_digests(folder))}, indent=0))


def folder_is_whole(folder: Path) -> bool:
    """Is in a folder exactly what its list says? False where there is not a list."""
    try:
        kept = parse_json(read_own(folder / SUMS))
        return isinstance(kept, dict) and kept == {_NAME: folder.name, **dict(_digests(folder))}
    except (OSError, ValueError):
        return False


def put_in_place(made: Path, home: Path) -> None:
    """Rename a sealed folder to its name in a cache, in the place of a damaged one.

    Where another process was faster, its folder stays and `made` too. Raises OSError for all else.
    """
    for _ in range(_TRIES):
        if folder_is_whole(home):
            return
        damaged = made.with_name(f"{made.name}-damaged")
        with contextlib.suppress(FileNotFoundError):
            # Renamed first: what exists under the name is either whole or not there.
            home.rename(damaged)
        shutil.rmtree(damaged, ignore_errors=True)
        with contextlib.suppress(OSError):
            # It was no folder.
            damaged.unlink()
        try:
            made.rename(home)
            return
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
    raise OSError(errno.EEXIST, "cannot be replaced", str(home))


def _digests(folder: Path) -> Iterator[tuple[str, str]]:
    """Each file and link by its path in the folder, with what it holds or where it leads."""
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
