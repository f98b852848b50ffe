"""Values of calls at the prompt: handles, and pointers to special memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zxhil.abi.kinds import Pointer, Where
from zxhil.abi.objects import HandleInfo, HandleOp
from zxhil.abi.rights import Rights

#: The handles that the guest was started with, by the prompt's name, and the helper in zxtest.h.
BOOTSTRAP: dict[str, tuple[HandleInfo, str]] = {
    "process": (HandleInfo.PROC_SELF, "zx_self_process()"),
    "thread": (HandleInfo.THREAD_SELF, "zx_self_thread()"),
    "job": (HandleInfo.JOB_DEFAULT, "zx_default_job()"),
    "vmar": (HandleInfo.VMAR_ROOT, "zx_root_vmar()"),
    "resource": (HandleInfo.RESOURCE, "zx_root_resource()"),
}


#: The pointers that a prompt offers, by name.
POINTERS: dict[str, Pointer] = {
    "unmapped": Pointer(Where.UNMAPPED),
    "kernel": Pointer(Where.KERNEL),
    "read_only": Pointer(Where.READ_ONLY),
    "read_only_edge": Pointer(Where.READ_ONLY_EDGE),
    "misaligned": Pointer(Where.MISALIGNED),
    "edge": Pointer(Where.EDGE),
}


class Handle(int):
    """A handle's value; its repr shows what the model knows about it.

    `source` says where it came from: the boot, the number of a call, the output, and the place in
    that; for a handle that the guest was started with, the helper in zxtest.h that gives it.
    """

    source: tuple[Any, ...]
    _describe: Callable[[int], str]

    @classmethod
    def make(cls, value: int, source: tuple[Any, ...], describe: Callable[[int], str]) -> Handle:
        """Make one; `describe` describes a handle's value."""
        handle = cls(value)
        handle.source = source
        handle._describe = describe
        return handle

    def __repr__(self) -> str:
        return f"<{self._describe(int(self))}>"

    __str__ = __repr__


Disposition = tuple[int, int, int, int, int]


def move(handle: int, type: int = 0, rights: int = int(Rights.SAME_RIGHTS)) -> Disposition:
    """A zx_handle_disposition_t that moves a handle."""
    return (int(HandleOp.MOVE), handle, type, rights, 0)


def duplicate(handle: int, type: int = 0, rights: int = int(Rights.SAME_RIGHTS)) -> Disposition:
    """A zx_handle_disposition_t that duplicates a handle."""
    return (int(HandleOp.DUPLICATE), handle, type, rights, 0)


def one_handle(value: object) -> object:
    """Replace a call's result by the only handle that it returned; return all else unchanged.

    Raises TypeError if the call returned none, or several.
    """
    handles = getattr(value, "handles", None)
    if handles is None:
        return value
    if len(handles) != 1:
        raise TypeError(f"that call returned {len(handles)} handles; exactly one is required")
    return handles[0]
