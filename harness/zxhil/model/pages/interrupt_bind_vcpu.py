"""zx_interrupt_bind_vcpu, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import InterruptBindVcpu
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.facts import Fact
from zxhil.model.guests import vcpu_of
from zxhil.model.interrupts import bound, destroyed, known, other_guest, waited_for
from zxhil.model.page import Page
from zxhil.model.state import State

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
page.when(
    "bad_state",
    "a thread waits for the interrupt",
    waited_for,
    "handle",
    words="thread is waiting",
)
page.when(
    "already_bound",
    "the interrupt is bound to a port",
    bound,
    "handle",
    words="or to a port|to a port",
)
page.when(
    "already_bound_guest",
    "the interrupt is bound to another guest",
    other_guest,
    "handle",
    "vcpu",
    status=Status.ZX_ERR_ALREADY_BOUND,
    words="another guest",
)
page.when(
    "invalid_args_guest",
    "the VCPU is of another guest than those that the interrupt is bound to",
    other_guest,
    "handle",
    "vcpu",
    status=Status.ZX_ERR_INVALID_ARGS,
    words="different guest",
)
page.options()


@page.success
def success(s: State, c: InterruptBindVcpu, o: Outcome) -> None:
    interrupt, vcpu = known(s, c.handle), vcpu_of(s, c.vcpu)
    if interrupt is not None:
        interrupt.guest = Fact(None if vcpu is None else vcpu.guest)


@page.failure
def failure(s: State, c: InterruptBindVcpu, o: Outcome) -> None:
    interrupt = known(s, c.handle)
    if interrupt is not None and interrupt.guest.value is False:
        interrupt.guest = Fact(None)
