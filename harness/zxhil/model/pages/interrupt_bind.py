"""zx_interrupt_bind, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import InterruptBind
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.interrupts import BIND_TO_INTERRUPT, bound, destroyed, known, waited_for
from zxhil.model.packets import KernelPort
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, Tri, both, tri

page = Page("interrupt_bind", InterruptBind, "interrupt_bind.md, 2018-12")
page.changes = {"handle": ObjType.INTERRUPT}

is_bound = page.effect(
    "is_bound", "the interrupt is bound to the port", words="binds an interrupt", purpose=True
)

page.handle("handle", ObjType.INTERRUPT, Rights.READ)
page.valid("port_handle", clause="bad_handle_port")
page.of_type("port_handle", ObjType.PORT, clause="wrong_type_port")
page.has_right("port_handle", Rights.WRITE, clause="access_denied_port")
page.when("canceled", "the interrupt was destroyed", destroyed, "handle", words="was called")
page.when(
    "bad_state",
    "a thread waits for the interrupt",
    waited_for,
    "handle",
    words="thread is waiting",
)
page.when("already_bound", "the interrupt is bound", bound, "handle", words="already bound")
page.options()


@page.error(
    (Status.ZX_ERR_WRONG_TYPE, Status.ZX_ERR_INVALID_ARGS, Status.ZX_ERR_BAD_STATE),
    "the port was created without ZX_PORT_BIND_TO_INTERRUPT (the page names no status)",
    words=("can only bind", "zx_port_bind_to_interrupt"),
)
def port_not_for_interrupts(s: State, c: InterruptBind) -> Tri:
    port = s.object(c.port_handle)
    if not isinstance(port, KernelPort):
        return both(s.is_a(c.port_handle, ObjType.PORT), MAYBE)
    return both(s.valid(c.port_handle), tri(not port.options & BIND_TO_INTERRUPT))


@page.success
def success(s: State, c: InterruptBind, o: Outcome) -> None:
    interrupt = known(s, c.handle)
    if interrupt is None:
        return
    s.change(interrupt.bound, True, is_bound)
    interrupt.port, interrupt.key = s.object(c.port_handle), c.key
    if interrupt.triggered.value is not False:
        # Pages do not say if one that was triggered before sends a packet now.
        s.change(interrupt.triggered, None, None)
        interrupt.loses_track()


@page.failure
def failure(s: State, c: InterruptBind, o: Outcome) -> None:
    interrupt = known(s, c.handle)
    if interrupt is None:
        return
    if interrupt.port is None:
        interrupt.port, interrupt.key = s.object(c.port_handle), c.key
    if interrupt.bound.value is False:
        s.may_have_become(interrupt.bound, True)
        interrupt.loses_track()
