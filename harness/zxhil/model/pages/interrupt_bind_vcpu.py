"""zx_interrupt_bind_vcpu, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import InterruptBindVcpu
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.interrupts import bound, destroyed
from zxhil.model.page import Page

page = Page("interrupt_bind_vcpu", InterruptBindVcpu, "interrupt_bind_vcpu.md, 2018-12")
page.changes = {"handle": ObjType.INTERRUPT}

redirected = page.effect(
    "redirected",
    "the interrupt is redirected to the VCPU when it is triggered",
    words="redirected to the vcpu",
    purpose=True,
)

page.handle("handle", ObjType.INTERRUPT, Rights.READ)
page.valid("vcpu", clause="bad_handle_vcpu")
page.of_type("vcpu", ObjType.VCPU, clause="wrong_type_vcpu", words="not a vcpu")
page.has_right("vcpu", Rights.WRITE, clause="access_denied_vcpu")
page.when("canceled", "the interrupt was destroyed", destroyed, "handle", words="was called")
page.never(
    "bad_state",
    Status.ZX_ERR_BAD_STATE,
    "a thread waits for the interrupt",
    words="thread is waiting",
)
page.when(
    "already_bound",
    "the interrupt is bound to a port",
    bound,
    "handle",
    words="or to a port|to a port",
)
page.unmodelled(
    Status.ZX_ERR_ALREADY_BOUND,
    "another guest",
    why="a kernel has one guest at a time",
)
page.unmodelled(
    Status.ZX_ERR_INVALID_ARGS,
    "different guest",
    why="a kernel has one guest at a time",
)
page.options()
