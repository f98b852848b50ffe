"""zx_resource_create, as its page stood in 2018-12.

The page's numbers of kinds are those of its age; a kind that this table does not know is left
open. So is whether a range is available: exclusive ranges are not on the page's list of errors.
"""

from __future__ import annotations

from zxhil.abi.calls import ResourceCreate
from zxhil.abi.objects import LIMITS, ObjType, ResourceKind
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.facts import KnownRights
from zxhil.model.objects import Resource
from zxhil.model.page import Page
from zxhil.model.pages.object_set_cookie import initial_cookie
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, YES, Tri, both, tri

page = Page("resource_create", ResourceCreate, "resource_create.md, 2018-12")

_RANGELESS = (ResourceKind.ROOT, ResourceKind.HYPERVISOR)
_LONG_KNOWN = tuple(kind for kind in ResourceKind if kind <= ResourceKind.ROOT)
_RIGHTS = KnownRights(
    int(Rights.TRANSFER | Rights.DUPLICATE | Rights.INSPECT | Rights.WRITE),
    exact=False,
)

created = page.effect("created", "a valid handle to a new resource is returned", purpose=True)
usable_rights = page.effect("usable_rights", "the handle has the four rights that the page lists")


@page.error(Status.ZX_ERR_BAD_HANDLE, "parent_rsrc is not valid")
def bad_handle(s: State, c: ResourceCreate) -> Tri:
    return s.invalid(c.parent_rsrc)


@page.error(Status.ZX_ERR_WRONG_TYPE, "parent_rsrc is not a resource's")
def wrong_type(s: State, c: ResourceCreate) -> Tri:
    return s.not_a(c.parent_rsrc, ObjType.RESOURCE)


@page.error(Status.ZX_ERR_ACCESS_DENIED, "parent_rsrc is not of the root kind")
def access_denied(s: State, c: ResourceCreate) -> Tri:
    object_ = s.object(c.parent_rsrc)
    if object_ is None or object_.type is not ObjType.RESOURCE or object_.given:
        return NO
    known = object_.kind if isinstance(object_, Resource) else None
    other = tri(None if known is None else known != ResourceKind.ROOT)
    return both(other, s.valid(c.parent_rsrc))


page.guessed.add(access_denied)


@page.unspecified
def write_right(s: State, c: ResourceCreate) -> Tri:
    """RIGHTS wants ZX_RIGHT_WRITE, ERRORS has no status for its absence."""
    return s.lacks(c.parent_rsrc, Rights.WRITE)


@page.error(Status.ZX_ERR_INVALID_ARGS, "name is an invalid pointer")
def invalid_args_name(s: State, c: ResourceCreate) -> Tri:
    return s.bad_input(c.name, c.name_size, null_when_empty=True)


@page.error(Status.ZX_ERR_INVALID_ARGS, "options has an invalid kind or flag")
def invalid_args_options(s: State, c: ResourceCreate) -> Tri:
    kind, flags = c.options & 0xFFFF, c.options & 0xFFFF0000
    if flags & ~LIMITS["ZX_RSRC_FLAG_EXCLUSIVE"]:
        return YES
    return NO if kind in _LONG_KNOWN else MAYBE


@page.error(Status.ZX_ERR_INVALID_ARGS, "a kind that has no range is given one")
def invalid_args_range(s: State, c: ResourceCreate) -> Tri:
    return tri((c.options & 0xFFFF) in _RANGELESS and bool(c.base or c.size))


@page.unspecified
def range_to_be_had(s: State, c: ResourceCreate) -> Tri:
    """Of a kind that has a range the page does not say which ones are available."""
    return tri((c.options & 0xFFFF) not in _RANGELESS)


@page.unspecified
def bad_out(s: State, c: ResourceCreate) -> Tri:
    """ERRORS says nothing of an invalid resource_out."""
    return s.bad_output(c.resource_out)


no_memory = page.any_time(Status.ZX_ERR_NO_MEMORY, "memory ran out")


@page.success
def success(s: State, c: ResourceCreate, o: Outcome) -> None:
    resource = s.new_object(Resource(c.options & 0xFFFF), s.object(c.parent_rsrc))
    initial_cookie(s, resource)
    s.new_handle(o.number("resource_out"), resource, s.fact(_RIGHTS, usable_rights), created)
