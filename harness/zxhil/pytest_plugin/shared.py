"""What the hooks and the collected items of the plugin share. It imports nothing of zxhil."""

from __future__ import annotations

import re
from pathlib import Path

_CASE = re.compile(rb"^\s*CASE\(", re.MULTILINE)
#: The property of a test's report that says which kernel ran; pytest-xdist hands it on.
KERNEL_PROPERTY = "zx_kernel"


def is_guest(path: Path) -> bool:
    """Does the C file define a guest case?"""
    try:
        return _CASE.search(path.read_bytes()) is not None
    except OSError:
        return False
