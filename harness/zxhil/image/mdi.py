"""The number of processors that boot data names.

Until spring 2018 arm64 kernels took the machine from an MDI item of their boot data, and wait for
each processor of its map before the serial line is up: on a machine with fewer they stay silent.

Facts from ``system/public/zircon/mdi.h`` and ``system/public/zircon/mdi/zircon.mdi`` of that time:
a node has its id, its length with all that is in it, and its value or number of children, in 16
bytes; the id's bits 23 to 27 are the type, those below the number. The root holds cpu-map, that a
list of clusters, those their cpu-count. All fields are little-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from zxhil.image.zbi import Item, ItemType

MOST_PROCESSORS = 32
"""More are not believed: kernels of that time know no more (``SMP_MAX_CPUS``)."""

_NODE = struct.Struct("<IIQ")
_LIST = 16 << 23
_ROOT, _CPU_MAP, _CLUSTERS = _LIST, _LIST | 2, _LIST | 100
_CPU_COUNT = 101


def processors(items: Iterable[Item]) -> int:
    """The sum over all clusters; 0 without a readable MDI item."""
    return sum(_count(item.payload) for item in items if item.type == ItemType.MDI)


def _count(data: bytes) -> int:
    nodes = [data]
    for wanted in (_ROOT, _CPU_MAP, _CLUSTERS, _LIST):
        nodes = [inside for each in nodes for id_, _, inside in _nodes(each) if id_ == wanted]
    total = sum(
        value & 0xFF for each in nodes for id_, value, _ in _nodes(each) if id_ == _CPU_COUNT
    )
    return total if total <= MOST_PROCESSORS else 0


def _nodes(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """The nodes in order: id, value, and content. A broken one ends the list."""
    while len(data) >= _NODE.size:
        id_, length, value = _NODE.unpack_from(data)
        if not _NODE.size <= length <= len(data):
            return
        yield id_, value, data[_NODE.size : length]
        data = data[length + -length % 8 :]
