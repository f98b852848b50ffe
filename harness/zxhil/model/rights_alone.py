"""Pages that list no error yet: all that they say of a handle stands in RIGHTS.

A handle that is not what RIGHTS asks for must be refused, with a status that the page does not
name. Where the page says nothing, the call may answer anything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zxhil.abi.objects import ObjType, ResourceKind
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.objects import Resource
from zxhil.model.page import Page
from zxhil.model.routine import named
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, Tri, both, either, tri

_REFUSED = (Status.ZX_ERR_BAD_HANDLE, Status.ZX_ERR_WRONG_TYPE, Status.ZX_ERR_ACCESS_DENIED)


def asks_for(page: Page[Any], parameter: str, type_: ObjType, *rights: Rights) -> None:
    """The page asks for a handle to an object of `type_` with all of `rights`."""
    all_rights = Rights(sum(rights))

    def other(s: State, handle: int) -> Tri:
        unfit = either(s.not_a(handle, type_), s.lacks(handle, all_rights))
        return either(s.invalid(handle), unfit)

    names = [f"ZX_RIGHT_{right.name}" for right in rights]
    what = f"{named(type_)}'s with {' and '.join(names)}"
    words = f"{parameter} must be of type zx_obj_type_{type_.name}", *names
    _must_be(page, parameter, what, other, tuple(each.lower() for each in words))


def asks_for_kind(page: Page[Any], parameter: str, kind: ResourceKind) -> None:
    """The page asks for a resource of `kind`; which one one has that was given is not known."""

    def other(s: State, handle: int) -> Tri:
        object_ = s.object(handle)
        known = object_.kind if isinstance(object_, Resource) else None
        of_other_kind = both(s.valid(handle), tri(None if known is None else known != kind))
        return either(s.invalid(handle), either(s.not_a(handle, ObjType.RESOURCE), of_other_kind))

    what = f"a resource's of the kind ZX_RSRC_KIND_{kind.name}"
    _must_be(page, parameter, what, other, (f"zx_rsrc_kind_{kind.name}".lower(),))


def _must_be(
    page: Page[Any],
    parameter: str,
    what: str,
    other: Callable[[State, int], Tri],
    words: tuple[str, ...],
) -> None:
    if not page.silent:
        page.unlisted = frozenset(Status) - {Status.ZX_OK}
        page.unspecified(lambda s, c: MAYBE)
    page.when(
        f"required_of_{parameter}",
        f"{parameter} is not {what}",
        other,
        parameter,
        status=_REFUSED,
        words=words,
    )
