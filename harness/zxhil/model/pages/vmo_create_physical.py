"""zx_vmo_create_physical, as its page stood in 2018-12.

Its list of errors has no status for a handle that is not valid, and spells two others ZER_ERR_….
"""

from __future__ import annotations

from zxhil.abi.calls import VmoCreatePhysical
from zxhil.abi.objects import ObjType, ResourceKind
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.facts import Fact
from zxhil.model.objects import Resource, Vmo
from zxhil.model.page import Page
from zxhil.model.pages.object_set_cookie import initial_cookie
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, Tri, both, tri
from zxhil.model.vmos import PAGE_SIZE, in_pages

page = Page("vmo_create_physical", VmoCreatePhysical, "vmo_create_physical.md, 2018-12")

_SURELY_THERE = 1 << 32
"""No page says how large physical addresses can be; each machine's are at least this large."""

created = page.created("one handle is returned")
rights = page.rights(
    "usable_rights",
    "the handle has the eight rights that the page lists",
    "vmo",
    *(Rights.DUPLICATE, Rights.TRANSFER, Rights.READ, Rights.WRITE, Rights.EXECUTE, Rights.MAP),
    *(Rights.GET_PROPERTY, Rights.SET_PROPERTY),
)
size_asked = page.effect(
    "size_asked",
    "the object has the size asked for",
    words=("representing an object", "requested size"),
)

page.valid(
    "resource",
    status=(Status.ZX_ERR_BAD_HANDLE, Status.ZX_ERR_WRONG_TYPE),
    words=("resource must have", "zx_rsrc_kind_mmio"),
)
page.of_type(
    "resource", ObjType.RESOURCE, words="not a handle to a resource", spelled="ZER_ERR_WRONG_TYPE"
)


@page.error(
    Status.ZX_ERR_ACCESS_DENIED,
    "resource does not grant access to the range: it is of another kind or range",
    words=(),
)
def access_denied(s: State, c: VmoCreatePhysical) -> Tri:
    """Whether the root resource grants access to all of it, the page does not say."""
    object_ = s.object(c.resource)
    if not isinstance(object_, Resource) or object_.kind == ResourceKind.ROOT:
        return both(s.is_a(c.resource, ObjType.RESOURCE), MAYBE)
    end = object_.base + object_.size
    granted = object_.base <= c.paddr and c.paddr + c.size <= end
    return both(s.valid(c.resource), tri(object_.kind != ResourceKind.MMIO or not granted))


page.state(access_denied, words="grant access", spelled="ZER_ERR_ACCESS_DENIED")
page.pointer("out")


@page.error(
    Status.ZX_ERR_INVALID_ARGS, "paddr is not page-aligned", about="paddr", words="page aligned"
)
def invalid_args_paddr(s: State, c: VmoCreatePhysical) -> Tri:
    return tri(bool(c.paddr % PAGE_SIZE))


@page.error(
    Status.ZX_ERR_INVALID_ARGS, "size is not page-aligned", about="size", words="page aligned"
)
def invalid_args_size(s: State, c: VmoCreatePhysical) -> Tri:
    return tri(bool(c.size % PAGE_SIZE))


@page.unlisted_where(Status.ZX_ERR_OUT_OF_RANGE)
def no_such_range(s: State, c: VmoCreatePhysical) -> Tri:
    """The page says nothing of an empty range, nor of addresses that the machine has not."""
    return MAYBE if not c.size or c.paddr + c.size > _SURELY_THERE else NO


page.no_memory()


@page.success
def success(s: State, c: VmoCreatePhysical, o: Outcome) -> None:
    size = in_pages(c.size)
    vmo = Vmo(0, Fact(None) if size is None else s.fact(size, size_asked), page.name)
    initial_cookie(s, s.new_object(vmo))
    s.new_handle(o.number("out"), vmo, rights.fact(s), created)
