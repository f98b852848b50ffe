"""Records of zx_object_get_info that many calls need (<zircon/syscalls/object.h>)."""

from __future__ import annotations

import struct
from typing import NamedTuple

_HANDLE_BASIC = struct.Struct("<QIIQI4x")
_PROCESS = struct.Struct("<q???5x")


class HandleBasic(NamedTuple):
    """zx_info_handle_basic_t: 32 bytes, the last 4 are padding."""

    koid: int
    rights: int
    type: int
    related_koid: int
    props: int


def handle_basic(raw: bytes) -> HandleBasic | None:
    """Decode the first 32 bytes of `raw`; None if there are fewer."""
    if len(raw) < _HANDLE_BASIC.size:
        return None
    return HandleBasic(*_HANDLE_BASIC.unpack_from(raw))


class ProcessInfo(NamedTuple):
    """zx_info_process_t: 16 bytes, the last 5 are padding. `return_code` is valid if `exited`."""

    return_code: int
    started: bool
    exited: bool
    debugger_attached: bool


def process_info(raw: bytes) -> ProcessInfo | None:
    """Decode the first 16 bytes of `raw`; None if there are fewer."""
    if len(raw) < _PROCESS.size:
        return None
    return ProcessInfo(*_PROCESS.unpack_from(raw))


def handle_count(raw: bytes) -> int | None:
    """Decode a zx_info_handle_count_t, 4 bytes; None if there are fewer."""
    return int.from_bytes(raw[:4], "little") if len(raw) >= 4 else None


def koids(raw: bytes) -> tuple[int, ...]:
    """Decode an array of zx_koid_t (8 bytes each); a partial one at the end is left out."""
    count = len(raw) // 8
    return struct.unpack_from(f"<{count}Q", raw)
