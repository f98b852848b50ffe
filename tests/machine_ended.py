"""Whether a process of the tests is left."""

from __future__ import annotations

import time
from pathlib import Path

SOON = 60.0


def has_ended(pid: int) -> bool:
    """Has it, or will it soon? A killed orphan waits for whoever reaps it."""
    deadline = time.monotonic() + SOON
    while time.monotonic() < deadline:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return True
        if stat.rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.01)
    return False
