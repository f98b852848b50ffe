"""zx_port_queue, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import PortQueue
from zxhil.abi.kinds import PortPacket
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.page import Page
from zxhil.model.ports import USER, enqueue, known, may_have_queued, nothing_waits
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, Tri, both, negate, tri

page = Page("port_queue", PortQueue, "port_queue.md, 2018-12")
page.changes = {"handle": ObjType.PORT}

queued = page.effect(
    "queued",
    "the packet can be read from the port",
    words=("queues a packet", "port"),
    purpose=True,
)

page.valid("handle")
page.pointer("packet")
page.of_type("handle", ObjType.PORT)
page.has_right("handle", Rights.WRITE)


@page.error(
    Status.ZX_ERR_SHOULD_WAIT,
    "too many packets wait (the page does not say how many)",
    words="too many pending packets",
)
def should_wait(s: State, c: PortQueue) -> Tri:
    some = negate(nothing_waits(s, c.handle))
    return both(MAYBE, both(some, s.is_a(c.handle, ObjType.PORT)))


def other_type(s: State, c: PortQueue) -> Tri:
    """The type "should be" ZX_PKT_TYPE_USER; what another one does the page does not say."""
    return tri(any(packet.type != USER for packet in c.packet.values))


page.unspecified(other_type)


def _content(c: PortQueue) -> PortPacket | None:
    """The packet as it can be read: its type is set to ZX_PKT_TYPE_USER."""
    return c.packet.values[0]._replace(type=USER) if c.packet.values else None


@page.success
def success(s: State, c: PortQueue, o: Outcome) -> None:
    port = known(s, c.handle)
    if port is not None:
        enqueue(s, port, _content(c), queued)


@page.failure
def failure(s: State, c: PortQueue, o: Outcome) -> None:
    """No page says that a call which fails for what it was given has queued nothing."""
    port = known(s, c.handle)
    if port is not None and o.status == Status.ZX_ERR_INVALID_ARGS and other_type(s, c) != NO:
        may_have_queued(s, port)
