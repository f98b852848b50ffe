"""Shared by the plugin's hooks and items. It imports nothing of zxhil."""

from __future__ import annotations

import os
from pathlib import Path

#: The property of a test's report that says which kernel ran; pytest-xdist transfers it.
KERNEL_PROPERTY = "zx_kernel"

#: The name of the file in guest_tests that baseline cases are generated from.
BASELINE = "baseline.txt"


def absolute(path: Path) -> Path:
    """The path as pytest has it: absolute, with symbolic links not resolved."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - resolve() follows links
