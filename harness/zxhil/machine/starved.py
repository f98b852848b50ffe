"""How long a process was ready to run and had no processor: a busy host is no hung guest."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def starved_seconds(pid: int) -> float:
    """Seconds that the thread of a process which waited most has waited for a processor so far.

    The second number of `/proc/PID/task/TID/schedstat` (Documentation/scheduler/sched-stats.rst
    in Linux), in nanoseconds. 0 where the host does not have it, and for a process that has ended.
    """
    most = 0
    for path in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with suppress(OSError, ValueError, IndexError):
            most = max(most, int(path.read_text().split()[1]))
    return most / 1e9
