"""zx_bti_create, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import BtiCreate
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, Tri

page = Page("bti_create", BtiCreate, "bti_create.md, 2018-12")

created = page.created("a handle for the new bti is returned")
rights = page.rights(
    "usable_rights",
    "the handle has the six rights that the page lists",
    "",
    *(Rights.READ, Rights.WRITE, Rights.MAP, Rights.INSPECT, Rights.DUPLICATE, Rights.TRANSFER),
)

page.handle("iommu", ObjType.IOMMU)
page.unmodelled(
    Status.ZX_ERR_ACCESS_DENIED,
    "sufficient privileges",
    why="RIGHTS on the page asks for no right",
)
page.unmodelled(
    Status.ZX_ERR_INVALID_ARGS,
    "invalid on the given iommu",
    why="which ids an IOMMU has, no page says; the dummy takes each",
)


@page.unspecified
def other_id(s: State, c: BtiCreate) -> Tri:
    """An id may be one that the IOMMU has not."""
    return MAYBE if c.bti_id else NO


page.pointer("out")
page.options()
page.no_memory()
page.creates("out", ObjType.BTI, created, rights)
