"""The guest's memory as a file that QEMU and the harness both map.

A machine is put back by writing what differs from the saved state: QEMU itself would go through all
of the memory, and by reading its empty pages allocate them.
"""

from __future__ import annotations

import bisect
import mmap
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from zxhil.errors import MachineError

PAGE = 4096
_ZERO = bytes(PAGE)


class Part(NamedTuple):
    """A part of the memory: its first address, and its content."""

    start: int
    data: bytes

    @property
    def end(self) -> int:
        """The address after it."""
        return self.start + len(self.data)


class SharedRam:
    """Memory of `mib` MiB in an anonymous file, or in a file in `folder` where the host has none.

    Raises MachineError if the host gives no such memory.
    """

    def __init__(self, mib: int, folder: Path | None = None) -> None:
        self.size = mib << 20
        self.fd = -1
        try:
            if hasattr(os, "memfd_create"):
                self.fd = os.memfd_create("zxhil-guest", os.MFD_CLOEXEC)
                self.path = f"/proc/self/fd/{self.fd}"
            else:
                assert folder is not None
                self.path = str(folder / "memory")
                self.fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            os.ftruncate(self.fd, self.size)
            self.map = mmap.mmap(self.fd, self.size)
        except OSError as error:
            if self.fd >= 0:
                os.close(self.fd)
            raise MachineError(f"no memory to share with QEMU: {error.strerror}") from error
        self.view = memoryview(self.map)

    def close(self) -> None:
        """Give the memory back."""
        self.view.release()
        self.map.close()
        os.close(self.fd)

    def used(self) -> list[tuple[int, int]]:
        """The ranges that have content, in order: reading others would fill them."""
        parts: list[tuple[int, int]] = []
        end = 0
        while end < self.size:
            try:
                start = os.lseek(self.fd, end, os.SEEK_DATA)
            except OSError:
                break
            end = os.lseek(self.fd, start, os.SEEK_HOLE)
            parts.append((start - start % PAGE, end - end % PAGE))
        return parts

    def copy(self) -> tuple[Part, ...]:
        """What the memory holds, without pages of zeroes."""
        parts = []
        for start, end in self.used():
            data = self.map[start:end]
            begin = None
            for at in range(0, len(data) + 1, PAGE):
                empty = data[at : at + PAGE] in (_ZERO, b"")
                if empty and begin is not None:
                    parts.append(Part(start + begin, data[begin:at]))
                    begin = None
                elif not empty and begin is None:
                    begin = at
        return tuple(parts)

    def put_back(self, saved: Sequence[Part]) -> None:
        """Make the memory hold what was copied, and zeroes elsewhere."""
        for start, end in _outside(self.used(), saved):
            if hasattr(mmap, "MADV_REMOVE"):
                self.map.madvise(mmap.MADV_REMOVE, start, end - start)
            else:
                self.map[start:end] = bytes(end - start)
        for part in saved:
            self.map[part.start : part.end] = part.data


def _outside(ranges: Iterable[tuple[int, int]], parts: Sequence[Part]) -> list[tuple[int, int]]:
    """What of the ranges, which are in order, lies in none of the parts, which are, too."""
    left = []
    number = 0
    for start, end in ranges:
        at = start
        while number and parts[number - 1].end > at:
            number -= 1
        while number < len(parts) and parts[number].start < end:
            part = parts[number]
            if part.end > at:
                if part.start > at:
                    left.append((at, part.start))
                at = part.end
            number += 1
        if at < end:
            left.append((at, end))
    return left


def address_in(parts: Sequence[Part], offset: int) -> int:
    """The address of a byte, by its offset in the content of all parts, one after the other."""
    ends, size = [], 0
    for part in parts:
        size += len(part.data)
        ends.append(size)
    number = bisect.bisect_right(ends, offset)
    return parts[number].end - (ends[number] - offset)
