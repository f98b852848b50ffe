"""zx_iommu_create, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import IommuCreate
from zxhil.abi.objects import LIMITS, ObjType, ResourceKind
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.page import Page
from zxhil.model.resources import other_kind
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, YES, Tri, tri

page = Page("iommu_create", IommuCreate, "iommu_create.md, 2018-12")

DUMMY = LIMITS["ZX_IOMMU_TYPE_DUMMY"]
_INTEL = 1
_DUMMY_SIZE = 1
"""Of zx_iommu_desc_dummy_t, in bytes: one that is reserved."""

created = page.created("a handle for the new iommu is returned")
rights = page.rights(
    "usable_rights",
    "the handle has ZX_RIGHT_DUPLICATE and ZX_RIGHT_TRANSFER",
    "",
    *(Rights.DUPLICATE, Rights.TRANSFER),
)

page.handle("resource", ObjType.RESOURCE)
page.when(
    "access_denied",
    "resource is not of ZX_RSRC_KIND_ROOT",
    other_kind(ResourceKind.ROOT),
    "resource",
    about="resource",
    words="sufficient privileges",
)


@page.error(
    Status.ZX_ERR_NOT_SUPPORTED,
    "type is no type of IOMMU",
    about="type",
    words="not a defined value",
)
def not_supported(s: State, c: IommuCreate) -> Tri:
    """The page defines one value, the headers of its age another one, which machines may lack."""
    return NO if c.type == DUMMY else MAYBE if c.type == _INTEL else YES


page.unmodelled(
    Status.ZX_ERR_NOT_SUPPORTED,
    "not supported on this system",
    why="which types a machine has, no page says, and the page describes only the dummy",
)


@page.error(
    Status.ZX_ERR_INVALID_ARGS,
    "desc_size is more than ZX_IOMMU_MAX_DESC_LEN",
    about="desc_size",
    words="zx_iommu_max_desc_len",
)
def invalid_args_desc_size(s: State, c: IommuCreate) -> Tri:
    return tri(c.desc_size > LIMITS["ZX_IOMMU_MAX_DESC_LEN"])


page.pointer("desc")
page.pointer("out")


@page.error(
    Status.ZX_ERR_INVALID_ARGS,
    "desc is no zx_iommu_desc_dummy_t: desc_size is another one than its size",
    words="contents of desc are not valid",
)
def invalid_args_contents(s: State, c: IommuCreate) -> Tri:
    """What may stand in its reserved byte the page does not say."""
    if c.type != DUMMY:
        return MAYBE
    if c.desc_size != _DUMMY_SIZE:
        return YES
    zero = c.desc.content is not None and c.desc.content.first == b"\0"
    return NO if zero else MAYBE


page.no_memory()
page.creates("out", ObjType.IOMMU, created, rights)
