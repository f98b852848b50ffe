"""zx_interrupt_ack, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import InterruptAck
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.model.clause import Outcome
from zxhil.model.interrupts import destroyed, known, not_bound, sends
from zxhil.model.page import Page
from zxhil.model.state import State

page = Page("interrupt_ack", InterruptAck, "interrupt_ack.md, 2018-12")
page.changes = {"handle": ObjType.INTERRUPT}

rearmed = page.effect(
    "rearmed", "the interrupt can trigger again", words="eligible to trigger again", purpose=True
)

page.valid("handle")
page.of_type("handle", ObjType.INTERRUPT)
page.when("bad_state", "the interrupt is bound to no port", not_bound, "handle", words="not bound")
page.when("canceled", "the interrupt was destroyed", destroyed, "handle", words="was called")
page.has_right("handle", Rights.WRITE)


@page.success
def success(s: State, c: InterruptAck, o: Outcome) -> None:
    interrupt = known(s, c.handle)
    if interrupt is None:
        return
    if interrupt.in_flight.value is not False or interrupt.unacknowledged.value is None:
        # Pages do not say what it does to a packet that was not read.
        interrupt.loses_track()
    elif interrupt.again:
        sends(s, interrupt, rearmed)
    else:
        s.change(interrupt.unacknowledged, False, rearmed)


@page.failure
def failure(s: State, c: InterruptAck, o: Outcome) -> None:
    interrupt = known(s, c.handle)
    if interrupt is not None:
        interrupt.loses_track()
