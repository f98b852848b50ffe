"""How many machines fit into the host's memory."""

from __future__ import annotations

import re
from pathlib import Path

from zxhil.errors import UserError

#: What QEMU takes besides the guest's memory, in MiB: its own code and data, and translated
#: code. 62 MiB resident were seen in all, whatever the guest's memory (docs/runs.md).
QEMU_MIB = 64

_MEMINFO = Path("/proc/meminfo")
_CGROUP = Path("/sys/fs/cgroup")


def jobs_with_room(wanted: int, memory_mib: int) -> int:
    """How many of `wanted` machines with `memory_mib` each fit into free memory.

    Raises UserError if not even one does. If free memory is unknown, all fit.
    """
    free = free_mib()
    if free is None:
        return wanted
    fit = free // (memory_mib + QEMU_MIB)
    if fit < 1:
        raise UserError(
            f"--memory {memory_mib}",
            f"one machine needs {memory_mib + QEMU_MIB} MiB, but the host has {free} MiB free",
            "free some, or reduce --memory (64 is enough for a 2018 kernel)",
        )
    return min(wanted, fit)


def room_for(machines: int, memory_mib: int) -> bool:
    """Whether so many machines fit into free memory."""
    free = free_mib()
    return free is None or machines * (memory_mib + QEMU_MIB) <= free


def free_mib() -> int | None:
    """The memory available to this process, in MiB; None if unknown."""
    known = [size for size in (_host(), _group()) if size is not None]
    return min(known) if known else None


def _host() -> int | None:
    try:
        found = re.search(r"^MemAvailable:\s+(\d+) kB", _MEMINFO.read_text(), re.MULTILINE)
    except OSError:
        return None
    return None if found is None else int(found[1]) >> 10


def _group() -> int | None:
    """The rest of the control group's limit (version 2), as seen in a container."""
    try:
        limit = (_CGROUP / "memory.max").read_text().strip()
        used = int((_CGROUP / "memory.current").read_text())
        statistics = (_CGROUP / "memory.stat").read_text()
    except (OSError, ValueError):
        return None
    if not limit.isdigit():
        return None
    # Unmapped file pages are reclaimed when memory is needed.
    found = re.search(r"^inactive_file (\d+)", statistics, re.MULTILINE)
    return max(0, int(limit) - used + (int(found[1]) if found else 0)) >> 20
