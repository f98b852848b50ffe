"""zx_interrupt_wait, as its page stood in 2018-12."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import InterruptWait
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.interrupts import bound, destroyed, known
from zxhil.model.page import Page
from zxhil.model.state import State

page = Page("interrupt_wait", InterruptWait, "interrupt_wait.md, 2018-12")
page.changes = {"handle": ObjType.INTERRUPT}

waits = page.effect(
    "waits",
    "the wait ends when the interrupt is triggered",
    words="wait until an interrupt is triggered",
    purpose=True,
)

page.valid("handle")
page.of_type("handle", ObjType.INTERRUPT, words="not a handle to an interrupt object")
page.when("bad_state", "the interrupt is bound to a port", bound, "handle", words="bound to a port")
page.has_right("handle", Rights.WAIT)
page.when("canceled", "the interrupt was destroyed", destroyed, "handle", words="was called")
page.unmodelled(
    Status.ZX_ERR_CANCELED,
    "closed while waiting",
    why="the handle would have to be closed by another thread during the wait",
)
page.pointer("out_timestamp", optional=True)


@page.outputs
def outputs(s: State, c: InterruptWait, o: Outcome) -> Iterator[Mismatch]:
    interrupt = known(s, c.handle)
    if o.status == Status.ZX_OK and interrupt is not None and interrupt.triggered.value is False:
        yield Mismatch(waits, "no end of the wait before the interrupt is triggered", "ZX_OK")


@page.success
def success(s: State, c: InterruptWait, o: Outcome) -> None:
    interrupt = known(s, c.handle)
    if interrupt is None:
        return
    s.saw(interrupt.triggered, True)
    s.reach(waits)
    # Of one that was triggered several times pages do not say how many waits that ends.
    s.change(interrupt.triggered, False if len(interrupt.times) < 2 else None, None)
    interrupt.times = ()


@page.failure
def failure(s: State, c: InterruptWait, o: Outcome) -> None:
    interrupt = known(s, c.handle)
    if interrupt is not None:
        s.may_have_become(interrupt.triggered, False)
