"""Resources: of which kind they are."""

from __future__ import annotations

from collections.abc import Callable

from zxhil.abi.objects import ObjType, ResourceKind
from zxhil.model.objects import Resource
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, Tri, both, tri


def other_kind(kind: ResourceKind) -> Callable[[State, int], Tri]:
    """Is it a valid handle to a resource of another kind than `kind`?

    The resource that the first process is given is the root resource.
    """

    def holds(s: State, handle: int) -> Tri:
        object_ = s.object(handle)
        if object_ is not None and object_.given and object_.type is ObjType.RESOURCE:
            known: int | None = ResourceKind.ROOT
        else:
            known = object_.kind if isinstance(object_, Resource) else None
        if known is None:
            return both(MAYBE, s.is_a(handle, ObjType.RESOURCE))
        return both(tri(known != kind), s.valid(handle))

    return holds
