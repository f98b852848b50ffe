"""Which numbers a generated call is given: good ones, limits and one beside them, bad ones.

What a parameter means follows from its name and its call; a field of a struct has its type alone.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from zxhil.abi.kinds import Kind
from zxhil.abi.rights import Rights

SAME = int(Rights.SAME_RIGHTS)
_EVERY = 0xFFFFF
_TOP = (1 << 64) - 1
_FOREVER = (1 << 63) - 1

_RIGHTS = (
    *(SAME, SAME, SAME),
    _EVERY & ~int(Rights.TRANSFER),
    int(Rights.TRANSFER | Rights.WAIT | Rights.READ | Rights.WRITE),
    int(Rights.TRANSFER | Rights.DUPLICATE),
    0,
)
_SIGNALS = (
    0,
    1,
    2,
    4,
    5,
    8,
    0x100,
    0x200,
    0x300,
    0xC00,
    1 << 23,
    1 << 24,
    3 << 24,
    1 << 31,
    0xFFFFFFFF,
)
_ROOMS = (0, 1, 4, 8, 16, 32, 64, 65, 100, 256)
_OFFSETS = (0, 0, 0, 0, 2, 4090, 4096, 4096, 8190, 8192, 1 << 20, _TOP - 4095)
_SIZES = (0, 1, 4096, 4096, 4097, 8192, 1 << 20, 1 << 30, _TOP - 4095, _TOP)
_PAGES = (0, 0x1000, 0x1000, 0x2000, 0x10000, 1, _TOP)

_OF_NAME: dict[str, Sequence[int]] = {
    "rights": _RIGHTS,
    "signals": _SIGNALS,
    "waitfor": _SIGNALS,
    "clear_mask": _SIGNALS,
    "set_mask": _SIGNALS,
    "key": (1, 1, 2, 1 << 63),
    # A program must not wait: it is over at once, or long ago.
    "deadline": (0, 0, 0, 1, -1),
    "cookie": (0, 1, 2, 1 << 63),
    "topic": (1, 2, 2, 2, 2, 3, 4, 4, 5, 8, 8, 8, 9, 9, 12, 13, 14, 15, 19, 77),
    "op": (1, 1, 2, 2, 2, 3, 4, 6, 7, 8, 9, 0, 10),
    "cache_policy": (0, 0, 1, 2, 3, 4),
    "offset": _OFFSETS,
    "vmo_offset": _OFFSETS,
    "vmar_offset": _PAGES,
    "addr": _PAGES,
    "vaddr": _PAGES,
    "len": _PAGES,
    "size": _SIZES,
    "property": (3, 3, 5, 6, 12, 12, 13, 13, 13, 15, 2, 4, 7, 14, 1000, 1),
    "clock_id": (0, 0, 0, 1, 2, 3),
    "slack": (0, 0, 0, 1, 1000, -1),
    "num_bytes": _ROOMS,
    "num_handles": (0, 0, 1, 1, 2, 4, 64, 65),
    "buffer_size": _ROOMS,
    "value_size": (32, 32, 8, 8, 8, 0, 7, 31, 40),
    "version_size": _ROOMS,
    "data_size": _ROOMS,
    "wake_count": (0, 1, 2, 0xFFFFFFFF),
    "requeue_count": (0, 1, 2, 0xFFFFFFFF),
    "current_value": (0, 0, 0, 1, -1),
    "alignment_log2": (0, 12, 11, 31, 64),
    "nanoseconds": (0, 1, -1, _FOREVER),
    "action": (0, 0, 1, 2),
    "src_num": (0,),
    "timestamp": (1, 1000, 2000, 0, -1),
    "kind": (0, 0, 1, 2, 3, 4, 9),
    "features": (0, 1, 2),
    "base": (0, 0, 0, 0x1000),
    "thread_entry": (0, 0x1000),
}
_OF_CALL: dict[tuple[str, str], Sequence[int]] = {
    ("channel_write", "num_bytes"): (0, 1, 8, 65536, 65537),
    ("channel_write_etc", "num_bytes"): (0, 1, 8, 65536, 65537),
    ("channel_write", "num_handles"): (0, 1, 2, 64, 65),
    ("channel_write_etc", "num_handles"): (0, 1, 2, 64, 65),
    ("channel_read", "num_bytes"): (*_ROOMS, 65536, 65537),
    ("process_create", "name_size"): (1, 4, 31, 32, 33),
    ("thread_create", "name_size"): (1, 4, 31, 32, 33),
    ("vmo_clone", "options"): (1, 1, 1, 1, 3, 0, 2, 5),
    ("vmo_create", "options"): (0, 0, 0, 1, 2),
    ("socket_create", "options"): (0, 0, 1, 2, 3, 4, 4, 5, 6, 7, 8),
    ("socket_write", "options"): (0, 0, 0, 0, 4, 4, 1),
    ("socket_read", "options"): (0, 0, 0, 0, 4, 4, 1),
    ("socket_shutdown", "options"): (0, 1, 2, 2, 3, 4),
    ("object_wait_async", "options"): (0, 0, 0, 1, 1, 1, 2),
    ("channel_read", "options"): (0, 0, 1, 2),
    ("channel_read_etc", "options"): (0, 0, 1, 2),
    ("resource_create", "options"): (4, 4, 4, 0, 3, 9, 0x20000),
    ("resource_create", "size"): (0, 0, 0x1000),
    ("timer_create", "options"): (0, 0, 1, 2, 3),
    ("timer_set", "deadline"): (0, 0, 1, _FOREVER, _FOREVER, 1 << 62, -1),
    ("fifo_create", "elem_count"): (1, 2, 4, 4, 8, 4096, 0, 3),
    ("fifo_create", "elem_size"): (8, 8, 8, 8, 8, 1, 16, 0, 4096, 4097),
    ("fifo_read", "elem_size"): (8, 8, 8, 8, 8, 1, 16, 0),
    ("fifo_write", "elem_size"): (8, 8, 8, 8, 8, 1, 16, 0),
    ("fifo_read", "count"): (1, 1, 1, 2, 3, 4, 9, 0),
    ("fifo_write", "count"): (1, 1, 1, 2, 3, 4, 9, 0),
    # A physical interrupt stays bound for the programs after it.
    ("interrupt_create", "options"): (0x10, 0x10, 0x10, 0x10, 0x10, 0xE, 0x18, 0x30),
    ("port_create", "options"): (0, 0, 1, 1, 2),
    ("job_set_policy", "options"): (0, 1, 2),
    ("job_set_policy", "topic"): (0, 1),
    ("vmar_allocate", "options"): (0, 7, 0x47, 0x1C7, 0x3C0, 1, 1 << 20),
    ("vmar_map", "options"): (0, 1, 3, 7, 0x11, 0x13, 1 << 20),
    ("vmar_protect", "options"): (0, 1, 3, 7, 1 << 20),
    ("process_create", "options"): (0, 0, 0, 0, 1),
}
#: Of a field of a struct, by its type in C.
_OF_TYPE: dict[str, Sequence[int]] = {
    "zx_rights_t": _RIGHTS,
    "zx_signals_t": _SIGNALS,
    "zx_handle_op_t": (0, 0, 0, 0, 1, 1, 1, 2),
    "zx_obj_type_t": (0, 0, 0, 0, 4, 5, 14),
    "zx_status_t": (0, 0, 0, 0, 0, -1),
}
#: Of what has neither: no option, as a rule.
_OTHER = (0,) * 15 + (1, 2, _TOP)


def candidates(call: str, parameter: str, ctype: str) -> Sequence[int]:
    """The numbers to choose from, the usual ones several times."""
    found = _OF_CALL.get((call, parameter)) or _OF_NAME.get(parameter)
    if found is None:
        found = _OF_TYPE.get(ctype, _OTHER)
    return found


def number(rng: random.Random, call: str, parameter: str, kind: Kind) -> int:
    """One of them, as a number that fits into the parameter."""
    return kind.fitted(rng.choice(candidates(call, parameter, kind.ctype)))
