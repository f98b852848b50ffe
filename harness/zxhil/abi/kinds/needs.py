"""What a call needs of the handles that it is given, as the kernel's interface file states it."""

from __future__ import annotations

from typing import NamedTuple

from zxhil.abi.objects import ObjType, ResourceKind
from zxhil.abi.rights import Rights


class When(NamedTuple):
    """A parameter that has a constant's value, or its bit: the constant by its name in C."""

    parameter: str
    constant: str
    bit: bool


class Needs(NamedTuple):
    """What a call needs of a handle, as the kernel's interface file states it.

    One of `types` (any, if there is none), all of `rights`, a resource of this kind; `when` says
    for which arguments.
    """

    types: tuple[ObjType, ...] = ()
    rights: Rights = Rights.NONE
    resource: ResourceKind | None = None
    when: When | None = None


def needs(
    types: ObjType | tuple[ObjType, ...] = (),
    rights: Rights = Rights.NONE,
    *,
    kind: ResourceKind | None = None,
) -> Needs:
    """What is needed of a handle in every case."""
    return Needs((types,) if isinstance(types, ObjType) else types, rights, kind)
