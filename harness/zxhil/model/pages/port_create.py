"""zx_port_create, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import PortCreate
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.packets import KernelPort
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, Tri

page = Page("port_create", PortCreate, "port_create.md, 2018-12")

created = page.created("valid io port handle")
rights = page.rights(
    "usable_rights",
    "the handle can be sent and duplicated, packets queued and read",
    "port",
    *(Rights.TRANSFER, Rights.WRITE, Rights.READ, Rights.DUPLICATE),
)

page.pointer("out")


@page.error(
    Status.ZX_ERR_INVALID_ARGS,
    "options has an invalid value (the page names one valid bit, but not its value)",
    about="options|flags",
    words="invalid value",
)
def invalid_args_options(s: State, c: PortCreate) -> Tri:
    return MAYBE if c.options else NO


page.no_memory()


@page.success
def success(s: State, c: PortCreate, o: Outcome) -> None:
    port = s.new_object(KernelPort(c.options))
    s.new_handle(o.number("out"), port, rights.fact(s), created)
