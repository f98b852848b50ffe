"""zx_vcpu_create, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import VcpuCreate
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.guests import Vcpu
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, Tri

page = Page("vcpu_create", VcpuCreate, "vcpu_create.md, 2018-12")

created = page.effect(
    "created",
    "a handle to a new VCPU of the guest is returned",
    words="creates a vcpu within a guest",
    purpose=True,
)
rights = page.rights(
    "default_rights",
    "the handle has the six rights that the page lists",
    "vcpu",
    *(Rights.DUPLICATE, Rights.TRANSFER, Rights.EXECUTE, Rights.SIGNAL, Rights.READ, Rights.WRITE),
)
_SURELY_IN_RANGE = 1 << 32

page.handle("guest", ObjType.GUEST, Rights.MANAGE_PROCESS)


@page.error(
    Status.ZX_ERR_INVALID_ARGS,
    "an argument is invalid (the page does not say which; entry may be out of range)",
    words="args contains an invalid argument",
)
def invalid_args(s: State, c: VcpuCreate) -> Tri:
    return NO if c.entry < _SURELY_IN_RANGE else MAYBE


page.pointer("out")
page.options()
page.no_memory()


@page.success
def success(s: State, c: VcpuCreate, o: Outcome) -> None:
    vcpu = s.new_object(Vcpu(s.object(c.guest), s.thread))
    s.new_handle(o.number("out"), vcpu, rights.fact(s), created)
