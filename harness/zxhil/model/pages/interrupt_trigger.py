"""zx_interrupt_trigger, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import InterruptTrigger
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.model.clause import Outcome
from zxhil.model.interrupts import bound, destroyed, known, not_virtual, sends
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tri import NO, YES

page = Page("interrupt_trigger", InterruptTrigger, "interrupt_trigger.md, 2018-12")
page.changes = {"handle": ObjType.INTERRUPT}

triggered = page.effect(
    "triggered",
    "a packet arrives on the bound port, or a wait for the interrupt returns",
    words=("packet to arrive", "to return"),
    purpose=True,
)

page.valid("handle")
page.of_type("handle", ObjType.INTERRUPT)
page.when(
    "bad_state",
    "the interrupt is not a virtual one",
    not_virtual,
    "handle",
    words="not a virtual interrupt",
)
page.when("canceled", "the interrupt was destroyed", destroyed, "handle", words="was called")
page.has_right("handle", Rights.SIGNAL)
page.options()


@page.success
def success(s: State, c: InterruptTrigger, o: Outcome) -> None:
    interrupt = known(s, c.handle)
    if interrupt is None:
        return
    interrupt.times = (*interrupt.times, c.timestamp)
    if bound(s, c.handle) == NO:
        s.change(interrupt.triggered, True, triggered)
        return
    s.change(interrupt.triggered, None, None)
    armed = (interrupt.in_flight.value, interrupt.unacknowledged.value) == (False, False)
    if bound(s, c.handle) == YES and armed:
        sends(s, interrupt, triggered)
    elif bound(s, c.handle) == YES:
        interrupt.again = True
    else:
        interrupt.loses_track()


@page.failure
def failure(s: State, c: InterruptTrigger, o: Outcome) -> None:
    interrupt = known(s, c.handle)
    if interrupt is not None:
        interrupt.times = (*interrupt.times, c.timestamp)
        s.change(interrupt.triggered, None, None)
        interrupt.loses_track()
