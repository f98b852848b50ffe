"""zx_object_wait_async, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import ObjectWaitAsync
from zxhil.abi.objects import LIMITS, ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.packets import Wait
from zxhil.model.page import Page
from zxhil.model.ports import known, register
from zxhil.model.signals import can_be_waited_on
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, Tri, both, negate

page = Page("object_wait_async", ObjectWaitAsync, "object_wait_async.md, 2018-12")
page.changes = {"port": ObjType.PORT}

ONCE, REPEATING = LIMITS["ZX_WAIT_ASYNC_ONCE"], LIMITS["ZX_WAIT_ASYNC_REPEATING"]

queued = page.effect(
    "queued",
    "a packet is queued if one of the signals is asserted already, or once it becomes so",
    words=("are asserted when", "become asserted afterwards"),
    purpose=True,
)
once = page.effect(
    "once", "with ZX_WAIT_ASYNC_ONCE only one packet is queued", words="no further packets"
)
repeating = page.effect(
    "repeating",
    "with ZX_WAIT_ASYNC_REPEATING packets are queued until it is canceled",
    words=("zx_wait_async_repeating", "until canceled"),
)
observed = page.effect(
    "observed",
    "the packet has all signals that were asserted then; one that waits takes in later ones",
    words=("observed field is updated", "currently asserted"),
)
ends_when_closed = page.effect(
    "ends_when_closed",
    "no packet is queued once handle was closed",
    words=("handle is closed", "terminated"),
)
packet_fields = page.effect(
    "packet_fields",
    "the packet's type says ONE or REP, its trigger are the signals that were waited for",
    words=("trigger is the signals", "observed is the signals"),
)

page.names("options")
page.one_of(
    "options",
    (ONCE, REPEATING),
    "options is neither ZX_WAIT_ASYNC_ONCE nor ZX_WAIT_ASYNC_REPEATING",
    clause="invalid_args_options",
    words="zx_wait_async_once",
)
page.valid("handle")
page.valid("port", clause="bad_handle_port")
page.of_type("port", ObjType.PORT)
page.has_right("handle", Rights.WAIT)
page.has_right("port", Rights.WRITE, clause="access_denied_port")


@page.error(
    Status.ZX_ERR_NOT_SUPPORTED,
    "the object can't be waited on",
    about="handle",
    words="cannot be waited on",
)
def not_supported(s: State, c: ObjectWaitAsync) -> Tri:
    return both(s.valid(c.handle), negate(can_be_waited_on(s.object(c.handle))))


page.no_memory()


def _wait(s: State, c: ObjectWaitAsync) -> Wait | None:
    entry = s.entry(c.handle)
    if entry is None:
        return None
    again = c.options == REPEATING
    return Wait(entry, c.key, c.signals, repeating=again, call=s.calls)


@page.success
def success(s: State, c: ObjectWaitAsync, o: Outcome) -> None:
    port, wait = known(s, c.port), _wait(s, c)
    if port is not None and wait is not None:
        register(s, port, wait)


@page.failure
def failure(s: State, c: ObjectWaitAsync, o: Outcome) -> None:
    """No page says that a call which fails does not wait."""
    port, wait = known(s, c.port), _wait(s, c)
    if port is not None and wait is not None and o.status != Status.ZX_ERR_BAD_HANDLE:
        wait.pending = MAYBE
        register(s, port, wait)
