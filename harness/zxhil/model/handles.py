"""What the kernel reports of a handle, against what the model knows of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from zxhil.abi.objects import ObjType
from zxhil.abi.rights import rights_name
from zxhil.model.clause import Clause, Mismatch
from zxhil.model.facts import KnownRights
from zxhil.model.objects import KernelObject


class HandleFields(Protocol):
    """The fields that zx_handle_info_t and zx_info_handle_basic_t have in common."""

    @property
    def type(self) -> int:
        """zx_obj_type_t."""

    @property
    def rights(self) -> int:
        """zx_rights_t."""


def type_name(value: int) -> str:
    """Name a zx_obj_type_t; one that no header names is shown as the number."""
    try:
        return ObjType(value).name
    except ValueError:
        return f"object type {value}"


def mismatch(
    clause: Clause, object_: KernelObject | None, rights: KnownRights | None, reported: HandleFields
) -> Iterator[Mismatch]:
    """Compare the reported type and rights with the model's."""
    if object_ is not None and object_.type is not ObjType.NONE and reported.type != object_.type:
        yield Mismatch(clause, f"its type is {type_name(reported.type)}, not {object_.type.name}")
    if rights is None:
        return
    missing, extra = rights.bits & ~reported.rights, rights.beyond(reported.rights)
    if missing:
        yield Mismatch(clause, f"the handle lacks {rights_name(missing)}")
    if extra:
        yield Mismatch(clause, f"the handle has {rights_name(extra)} in excess")
