"""zx_vmo_create, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import VmoCreate
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights, most_rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.facts import KnownRights
from zxhil.model.objects import KernelObject
from zxhil.model.page import Page
from zxhil.model.pages.object_set_cookie import initial_cookie
from zxhil.model.state import State
from zxhil.model.tri import Tri, tri

page = Page("vmo_create", VmoCreate, "vmo_create.md, 2018-12")

created = page.effect("created", "a valid handle to a new object is returned", purpose=True)
usable_rights = page.effect("usable_rights", "the handle has the eight rights that the page lists")
_RIGHTS = KnownRights(
    int(
        Rights.DUPLICATE
        | Rights.TRANSFER
        | Rights.READ
        | Rights.WRITE
        | Rights.EXECUTE
        | Rights.MAP
        | Rights.GET_PROPERTY
        | Rights.SET_PROPERTY
    ),
    exact=False,
    most=most_rights("vmo"),
)


@page.error(Status.ZX_ERR_INVALID_ARGS, "out is NULL or an invalid pointer")
def invalid_args_out(s: State, c: VmoCreate) -> Tri:
    return s.bad_output(c.out)


@page.error(
    Status.ZX_ERR_INVALID_ARGS, "options is ZX_VMO_NON_RESIZABLE, not zero", contradicted=True
)
def invalid_args_non_resizable(s: State, c: VmoCreate) -> Tri:
    return tri(c.options == 1)


@page.error(Status.ZX_ERR_INVALID_ARGS, "options is a value that the page does not name")
def invalid_args_options(s: State, c: VmoCreate) -> Tri:
    return tri(c.options not in (0, 1))


no_memory = page.any_time(Status.ZX_ERR_NO_MEMORY, "memory ran out")


@page.success
def success(s: State, c: VmoCreate, o: Outcome) -> None:
    vmo = s.new_object(KernelObject(ObjType.VMO))
    initial_cookie(s, vmo)
    s.new_handle(o.number("out"), vmo, s.fact(_RIGHTS, usable_rights), created)
