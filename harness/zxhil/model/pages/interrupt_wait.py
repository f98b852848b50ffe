"""zx_interrupt_wait, as its page stood in 2018-12."""

from __future__ import annotations

from collections.abc import Iterator

from zxhil.abi.calls import InterruptWait
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Mismatch, Outcome
from zxhil.model.interrupts import bound, destroyed, known, odd_time
from zxhil.model.page import Page
from zxhil.model.state import State
from zxhil.model.tri import Tri, both

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
is_open = page.watch(lambda s, c: s.valid(c.handle))


@page.error(
    Status.ZX_ERR_CANCELED,
    "handle was closed during the wait",
    about="handle",
    words="closed while waiting",
)
def canceled_closed(s: State, c: InterruptWait) -> Tri:
    return both(is_open.began(s, c), s.invalid(c.handle))


page.pointer("out_timestamp", optional=True)


@page.begins
def begins(s: State, c: InterruptWait, o: Outcome) -> None:
    interrupt = known(s, c.handle)
    if interrupt is not None and _waited(o):
        interrupt.waits += 1


def _waited(o: Outcome) -> bool:
    """Did it wait, before it came back with this?"""
    return o.status in (Status.ZX_OK, Status.ZX_ERR_CANCELED)


@page.outputs
def outputs(s: State, c: InterruptWait, o: Outcome) -> Iterator[Mismatch]:
    interrupt = known(s, c.handle)
    if o.status != Status.ZX_OK or interrupt is None:
        return
    if interrupt.triggered.value is False:
        yield Mismatch(waits, "no end of the wait before the interrupt is triggered", "ZX_OK")
    else:
        yield from odd_time(s, interrupt, o.number("out_timestamp"), waits)


@page.success
def success(s: State, c: InterruptWait, o: Outcome) -> None:
    interrupt = known(s, c.handle)
    if interrupt is None:
        return
    interrupt.waits = max(0, interrupt.waits - 1)
    s.saw(interrupt.triggered, True)
    s.reach(waits)
    # Of one that was triggered several times pages do not say how many waits that ends.
    once = len(interrupt.times) < 2 and not interrupt.waits
    s.change(interrupt.triggered, False if once else None, None)
    interrupt.times = () if once else interrupt.times


@page.failure
def failure(s: State, c: InterruptWait, o: Outcome) -> None:
    interrupt = known(s, c.handle)
    if interrupt is None:
        return
    if _waited(o):
        interrupt.waits = max(0, interrupt.waits - 1)
    s.may_have_become(interrupt.triggered, False)
