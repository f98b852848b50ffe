"""Handles: close, duplicate, replace."""

from typing import Annotated, NamedTuple

from zxhil.abi.calls.notation import DUPLICATE, AnyHandle, OutHandle, Rights, Size
from zxhil.abi.kinds import HandlesPointer, InHandle, InHandles


class HandleClose(NamedTuple):
    handle: AnyHandle


class HandleCloseMany(NamedTuple):
    handles: Annotated[HandlesPointer, InHandles("num_handles")]
    num_handles: Size


class HandleDuplicate(NamedTuple):
    handle: Annotated[int, InHandle(rights=DUPLICATE)]
    rights: Rights
    out: OutHandle


class HandleReplace(NamedTuple):
    handle: AnyHandle
    rights: Rights
    out: OutHandle
