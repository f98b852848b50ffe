"""zx_interrupt_destroy, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import InterruptDestroy
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.interrupts import known, left_unacknowledged
from zxhil.model.page import Page
from zxhil.model.state import State

page = Page("interrupt_destroy", InterruptDestroy, "interrupt_destroy.md, 2018-12")
page.changes = {"handle": ObjType.INTERRUPT}

destroyed = page.effect(
    "destroyed",
    "waits for the interrupt return ZX_ERR_CANCELED from then on",
    words="will return zx_err_canceled",
    purpose=True,
)
unbound = page.effect(
    "unbound",
    "the interrupt is bound to no port any more",
    words="unbound from any ports",
)

removed = page.effect(
    "removed",
    "a packet that was not read is removed from the port",
    words=("packets in flight", "removed"),
)

page.valid("handle")
page.of_type("handle", ObjType.INTERRUPT)
page.when(
    "not_found",
    "the packet was read and the interrupt was not re-armed",
    left_unacknowledged,
    "handle",
    words="was bound",
)
page.has_right("handle", Rights.WRITE)


@page.success
def success(s: State, c: InterruptDestroy, o: Outcome) -> None:
    _note(s, c)


@page.failure
def failure(s: State, c: InterruptDestroy, o: Outcome) -> None:
    interrupt = known(s, c.handle)
    if o.status == Status.ZX_ERR_NOT_FOUND:
        _note(s, c)
    elif interrupt is not None:
        s.may_have_become(interrupt.destroyed, True)
        s.may_have_become(interrupt.bound, False)


def _note(s: State, c: InterruptDestroy) -> None:
    interrupt = known(s, c.handle)
    if interrupt is not None:
        s.change(interrupt.destroyed, True, destroyed)
        if interrupt.bound.value is not False:
            s.change(interrupt.bound, False, unbound)
        if interrupt.in_flight.value is True:
            s.change(interrupt.in_flight, False, removed)
        s.change(interrupt.triggered, None, None)
