"""What the kernel reports of a handle, against what the model knows of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from zxhil.abi.kinds.words import type_name
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


def article(noun: str) -> str:
    """Put "a" or "an" before a noun, by its first letter."""
    return f"{'an' if noun[:1] in 'aeio' else 'a'} {noun}"


def mismatch(
    clause: Clause,
    object_: KernelObject | None,
    possible: tuple[KnownRights, ...],
    reported: HandleFields,
) -> Iterator[Mismatch]:
    """Compare the reported type and rights with the model's: one of the `possible` ones, if any."""
    if object_ is not None and object_.type is not ObjType.NONE and reported.type != object_.type:
        yield Mismatch(clause, f"type={object_.type.name}", f"type={type_name(reported.type)}")
    seen = KnownRights(reported.rights)
    if not possible or any(rights.confirmed_by(seen) for rights in possible):
        return
    rights = possible[0]
    missing, extra = rights.bits & ~reported.rights, rights.beyond(reported.rights)
    what = "a handle" if object_ is None else f"{article(object_.type.name.lower())} handle"
    got = f"one with {rights_name(reported.rights)}"
    if missing:
        few = got.replace("with", "with only", 1)
        yield Mismatch(clause, f"{what} with {rights_name(missing)}", few)
    if extra:
        yield Mismatch(clause, f"{what} without {rights_name(extra)}", got)
