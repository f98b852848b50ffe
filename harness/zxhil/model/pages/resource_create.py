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
from zxhil.model.objects import Resource
from zxhil.model.page import Page
from zxhil.model.pages.object_set_cookie import initial_cookie
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, YES, Tri, both, tri

page = Page("resource_create", ResourceCreate, "resource_create.md, 2018-12")

_RANGELESS = (ResourceKind.ROOT, ResourceKind.HYPERVISOR)
_LONG_KNOWN = tuple(kind for kind in ResourceKind if kind <= ResourceKind.ROOT)

created = page.effect(
    "created",
    "a valid handle to a new resource is returned",
    words="valid resource handle is returned",
    purpose=True,
)
rights = page.rights(
    "usable_rights",
    "the handle has the four rights that the page lists",
    "",
    *(Rights.TRANSFER, Rights.DUPLICATE, Rights.INSPECT, Rights.WRITE),
)

page.names("parent_rsrc", formerly="src_obj")
page.handle("parent_rsrc", ObjType.RESOURCE)


@page.error(
    Status.ZX_ERR_ACCESS_DENIED,
    "parent_rsrc is not of the root kind",
    about="parent_rsrc|src_obj",
    words="zx_rsrc_kind_root",
)
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


page.pointer("name", null_when_empty=True, kept=LIMITS["ZX_MAX_NAME_LEN"] - 1)


@page.error(
    Status.ZX_ERR_INVALID_ARGS,
    "options has an invalid kind or flag",
    about="options",
    words="invalid kind or flag",
)
def invalid_args_options(s: State, c: ResourceCreate) -> Tri:
    kind, flags = c.options & 0xFFFF, c.options & 0xFFFF0000
    if flags & ~LIMITS["ZX_RSRC_FLAG_EXCLUSIVE"]:
        return YES
    return NO if kind in _LONG_KNOWN else MAYBE


@page.error(
    Status.ZX_ERR_INVALID_ARGS,
    "a kind that has no range is given one",
    words=("zx_rsrc_kind_hypervisor", "size are not 0"),
)
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


page.no_memory()


@page.success
def success(s: State, c: ResourceCreate, o: Outcome) -> None:
    resource = s.new_object(Resource(c.options & 0xFFFF, c.base, c.size), s.object(c.parent_rsrc))
    initial_cookie(s, resource)
    s.new_handle(o.number("resource_out"), resource, rights.fact(s), created)
