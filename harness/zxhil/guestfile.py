"""Detect C files that define guest cases. Imports nothing of zxhil: every pytest run loads it."""

from __future__ import annotations

import functools
import re
from pathlib import Path

#: The header that defines CASE. A macro around CASE may make a file's cases (docs/guest-tests.md).
_HEADER = re.compile(rb"^[ \t]*#[ \t]*include[ \t]*[<\"]zxtest\.h[>\"]", re.MULTILINE)
#: If a user's header includes it: a name, and claims as ``page/clause``.
_CASE = re.compile(rb"^[ \t]*CASE\(\s*\w+\s*,\s*\"\w+/\w+[ \"]", re.MULTILINE)


def is_guest(path: Path) -> bool:
    """Does the C file define a guest case? Other projects have a macro CASE as well."""
    try:
        state = path.stat()
    except OSError:
        return False
    return _defines_case(path, state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=1 << 16)
def _defines_case(path: Path, changed: int, size: int) -> bool:
    """Read a file once, unless it changes."""
    try:
        text = path.read_bytes()
    except OSError:
        return False
    if b"CASE(" not in text:
        return False
    return _CASE.search(text) is not None or _HEADER.search(text) is not None
