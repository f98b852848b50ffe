"""Read what the plugin wrote: which blocks of kernel code ran in which case.

blocks.c has the format: a header of 2080 bytes, room for 2^20 blocks, and room for 2^26 hits.
"""

from __future__ import annotations

import mmap
import struct
from array import array
from pathlib import Path
from typing import NamedTuple

from zxhil.errors import MachineError

_MAGIC = 0x31736B636F6C627A
_HEAD = struct.Struct("<Q6I")
_SAMPLES = 64
_SAMPLE = struct.Struct("<Q24s")
_BLOCKS_MAX, _HITS_MAX = 1 << 20, 64 << 20
_BLOCK = struct.Struct("<QI4x")
_BEGINS = 0x8000_0000

Block = tuple[int, int]
"""The address where it begins, and its bytes."""


class CaseBlocks(NamedTuple):
    """`cases` has the blocks of each case, in the order in which they began.

    `samples` are addresses of kernel code and what was there.
    """

    cases: list[set[Block]]
    samples: list[tuple[int, bytes]]


def read_blocks(path: Path) -> CaseBlocks:
    """Read a file. Raises MachineError for one that is missing, damaged, or incomplete."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as raw:
            return _read(raw, path)
    except (OSError, ValueError, IndexError, struct.error) as error:
        raise MachineError(f"{path}: QEMU's plugin left no data: {error}") from error


def _read(raw: mmap.mmap, path: Path) -> CaseBlocks:
    magic, count, hits, lost, cases, samples, _ = _HEAD.unpack_from(raw)
    if magic != _MAGIC or count > _BLOCKS_MAX or hits > _HITS_MAX:
        raise ValueError("it is damaged")
    if lost:
        raise MachineError(f"{path}: the guest ran more code than QEMU's plugin has room for")
    at = _HEAD.size + _SAMPLES * _SAMPLE.size
    blocks = list(_BLOCK.iter_unpack(raw[at : at + count * _BLOCK.size]))
    at += _BLOCKS_MAX * _BLOCK.size
    ran = array("I", raw[at : at + 4 * hits])
    if len(blocks) != count or len(ran) != hits:
        raise ValueError("it is cut off")
    found: list[set[Block]] = [set() for _ in range(cases + 1)]
    into = found[0]
    for hit in ran:
        if hit & _BEGINS:
            into = found[hit ^ _BEGINS]
        else:
            into.add(blocks[hit])
    kept = range(min(samples, _SAMPLES))
    seen = (_SAMPLE.unpack_from(raw, _HEAD.size + n * _SAMPLE.size) for n in kept)
    return CaseBlocks(found[1:], list(seen))
