"""zx_guest_create, as its page stood in 2018-12.

The page does not speak of a machine on which no guest can run. A handle that is not valid is on
its list of errors only as one that is not a resource's.
"""

from __future__ import annotations

from zxhil.abi.calls import GuestCreate
from zxhil.abi.objects import ObjType, ResourceKind
from zxhil.abi.rights import DEFAULT_RIGHTS, Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.facts import Fact, KnownRights
from zxhil.model.guests import Guest
from zxhil.model.objects import KernelObject
from zxhil.model.page import Page
from zxhil.model.pairs import in_one_place
from zxhil.model.resources import other_kind
from zxhil.model.state import State

page = Page("guest_create", GuestCreate, "guest_create.md, 2018-12")

created = page.effect(
    "created",
    "a handle to a new guest is returned, and one to its physical address space",
    words=("creates a guest", "physical address space"),
    purpose=True,
)
rights = page.rights(
    "default_rights",
    "the guest's handle has the four rights that the page lists",
    "guest",
    *(Rights.TRANSFER, Rights.DUPLICATE, Rights.WRITE, Rights.MANAGE_PROCESS),
)

page.valid(
    "resource",
    status=(Status.ZX_ERR_BAD_HANDLE, Status.ZX_ERR_WRONG_TYPE),
    words="must be supplied",
)
page.of_type("resource", ObjType.RESOURCE)
page.when(
    "access_denied",
    "resource is not of ZX_RSRC_KIND_HYPERVISOR",
    other_kind(ResourceKind.HYPERVISOR),
    "resource",
    about="resource",
    words="zx_rsrc_kind_hypervisor",
)
page.pointer("guest_handle")
page.pointer("vmar_handle")
page.options()
page.no_memory()
page.any_time(
    Status.ZX_ERR_NOT_SUPPORTED,
    "the machine can't run guests",
    elsewhere="no page: it is a property of the machine",
)


@page.success
def success(s: State, c: GuestCreate, o: Outcome) -> None:
    guest, vmar = s.new_object(Guest()), s.new_object(KernelObject(ObjType.VMAR))
    if in_one_place(s, o, ("guest_handle", "vmar_handle"), (guest, vmar), created):
        return
    s.new_handle(o.number("guest_handle"), guest, rights.fact(s), created)
    # The page refers to the rights of a VMO, which are not those of a VMAR.
    vmar_rights = Fact(KnownRights(DEFAULT_RIGHTS["vmar"], exact=False))
    s.new_handle(o.number("vmar_handle"), vmar, vmar_rights, created)
