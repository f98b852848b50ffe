"""What the hooks and the collected items of the plugin share. It imports nothing of zxhil."""

from __future__ import annotations

import os
from pathlib import Path

#: The property of a test's report that says which kernel ran; pytest-xdist hands it on.
KERNEL_PROPERTY = "zx_kernel"


def absolute(path: Path) -> Path:
    """The path as pytest spells those of files: absolute, symbolic links left as they are."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - resolve() follows links
