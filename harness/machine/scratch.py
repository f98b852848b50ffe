"""A scratch folder that is gone when the harness is, even after ``kill -9``."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.machine.keeper import the_keeper


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Make a private folder for the block; the keeper removes it if the harness can't."""
    path = Path(tempfile.mkdtemp(prefix="zxhil-"))
    key = the_keeper().hold(str(path))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        the_keeper().drop(key)
