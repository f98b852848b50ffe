"""zx_port_create, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import PortCreate
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights, most_rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.facts import KnownRights
from zxhil.model.objects import KernelObject
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, Tri, both, tri

page = Page("port_create", PortCreate, "port_create.md, 2018-12")

created = page.effect("created", "a valid handle to a new object is returned", purpose=True)
usable_rights = page.effect(
    "usable_rights", "the handle can be sent and duplicated, packets queued and read"
)
_RIGHTS = KnownRights(
    int(Rights.TRANSFER | Rights.WRITE | Rights.READ | Rights.DUPLICATE),
    exact=False,
    most=most_rights("port"),
)


@page.error(Status.ZX_ERR_INVALID_ARGS, "out is NULL or an invalid pointer")
def invalid_args_out(s: State, c: PortCreate) -> Tri:
    return s.bad_output(c.out)


@page.error(
    Status.ZX_ERR_INVALID_ARGS,
    "options has an invalid value (the page names one valid bit, but not its value)",
)
def invalid_args_options(s: State, c: PortCreate) -> Tri:
    return both(MAYBE, tri(c.options != 0))


no_memory = page.any_time(Status.ZX_ERR_NO_MEMORY, "memory ran out")


@page.success
def success(s: State, c: PortCreate, o: Outcome) -> None:
    s.new_handle(
        o.number("out"),
        s.new_object(KernelObject(ObjType.PORT)),
        s.fact(_RIGHTS, usable_rights),
        created,
    )
