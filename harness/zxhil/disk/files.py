"""Read zxhil's files within a limit; errors name file and place."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import IO, Any

from zxhil.disk.shape import Check, SchemaMismatch
from zxhil.errors import UserError
from zxhil.regular_file import open_regular, read_past

#: Bytes. A report of all cases on both architectures has some 3 MB.
REPORT_LIMIT = 1 << 30
SMALL_LIMIT = 16 << 20


def read_limited(path: Path, limit: int, remedy: str) -> bytes:
    """Read a file that the user named, also a pipe or a device, within the limit.

    Raises UserError if it can't be read, or has more than `limit` bytes.
    """
    try:
        with path.open("rb") as file:
            data = read_past(file, limit)
    except OSError as error:
        raise UserError(str(path), f"can't be read: {error.strerror}", remedy) from error
    except ValueError as error:  # a NUL in the name
        raise UserError(ascii(str(path)), f"is not a path: {error}", remedy) from error
    if len(data) > limit:
        raise UserError(str(path), f"has more than {limit} bytes", remedy)
    return data


def parse_json(data: bytes) -> Any:
    """Parse JSON. Raises ValueError for anything else, including NaN and too deep nesting."""
    import json

    try:
        return json.loads(data, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("is nested too deep") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"line {error.lineno}, column {error.colno} is not JSON") from None


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def checked(data: bytes, check: Check, place: str, what: str, remedy: str) -> Any:
    """Parse JSON and check it. Raises UserError, with the path inside the JSON."""
    try:
        value = parse_json(data)
    except ValueError as error:
        raise UserError(place, f"is not a {what}: {error}", remedy) from error
    try:
        check(value)
    except SchemaMismatch as error:
        raise UserError(place, f"is not a {what}: {error}", remedy) from error
    return value


def parse_toml(text: str, path: Path) -> dict[str, Any]:
    """Parse TOML. Raises UserError for anything else, including too deep nesting."""
    import tomllib

    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise UserError(str(path), "is not TOML: it is nested too deep", "correct it") from error
    except ValueError as error:  # TOMLDecodeError, and a number of too many digits
        raise UserError(str(path), f"is not TOML: {error}", "correct it") from error


def open_inside(folder: Path, name: str) -> IO[bytes]:
    """Open a regular file of a folder by a name from another file.

    Devices, FIFOs, and anything outside of the folder, by path or by link, are refused.
    Raises OSError if there is no such file.
    """
    if "/" in name or "\0" in name or name in ("", ".", ".."):
        raise FileNotFoundError(0, "is not a file in this folder", name)
    path = folder / name
    try:
        inside = not path.is_symlink() or path.resolve().parent == folder.resolve()
    except RuntimeError:
        # A loop; later Pythons return the link.
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from None
    if not inside:
        raise FileNotFoundError(0, "points outside the folder", str(path))
    return open_regular(path)
