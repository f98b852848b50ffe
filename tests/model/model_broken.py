"""What tests of the model let a broken kernel answer, and the breaches that they gather."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.judge import Verdict
from zxhil.model.kernel import Kernel
from zxhil.model.objects import KernelObject

Breach = Callable[[Kernel], tuple[int, Verdict]]
BREACHES: dict[str, Breach] = {}

INVALID_ARGS = int(Status.ZX_ERR_INVALID_ARGS)
OUT_OF_RANGE = int(Status.ZX_ERR_OUT_OF_RANGE)
NOT_SUPPORTED = int(Status.ZX_ERR_NOT_SUPPORTED)
NOT_FOUND = int(Status.ZX_ERR_NOT_FOUND)
SHOULD_WAIT = int(Status.ZX_ERR_SHOULD_WAIT)
ACCESS_DENIED = int(Status.ZX_ERR_ACCESS_DENIED)
WRONG_TYPE = int(Status.ZX_ERR_WRONG_TYPE)
BAD_HANDLE = int(Status.ZX_ERR_BAD_HANDLE)
SHARE_BIT = 0x200


def breach(clause: str) -> Callable[[Breach], Breach]:
    def add(function: Breach) -> Breach:
        assert clause not in BREACHES
        BREACHES[clause] = function
        return function

    return add


def answered(k: Kernel, status: int, syscall: str, outs: dict[str, Any], **given: Any) -> Verdict:
    """The kernel answers this call so."""
    return k.observe(k.make(syscall, **given), Outcome(status, outs))


def seen(k: Kernel, handle: int, *, rights: int | None = None, type_: int | None = None) -> Verdict:
    """Info of the handle shows it valid, with these rights and this type."""
    known, object_ = k.state.rights(handle), k.state.object(handle)
    bits = rights if rights is not None else 0 if known is None else known.bits
    of_type = type_ if type_ is not None else 0 if object_ is None else object_.type
    koid = 7777 if object_ is None or object_.koid is None else object_.koid
    related = 0 if object_ is None else related_koid(object_)
    raw = struct.pack("<QIIQI4x", koid, bits, of_type, related, 1)
    outs = {"buffer": raw, "actual": 1, "avail": 1}
    return answered(k, 0, "object_get_info", outs, handle=handle, topic=2, buffer_size=32)


def related_koid(object_: KernelObject) -> int:
    """What a kernel says of the object's other end or parent."""
    if object_.related is not None:
        return object_.related
    other = object_.peer or object_.parent
    if other is None:
        return 0
    return 7778 if other.koid is None else other.koid


def refused(k: Kernel, status: int, syscall: str, **given: Any) -> tuple[int, Verdict]:
    """The call itself fails, though the page says that it is fine."""
    at = k.state.calls
    return at, answered(k, status, syscall, {}, **given)
