"""zx_port_cancel, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import PortCancel
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.page import Page
from zxhil.model.ports import cancel, known, matches, there_is
from zxhil.model.signals import can_be_waited_on
from zxhil.model.state import State
from zxhil.model.tri import MAYBE, NO, YES, Tri, both, either, negate

page = Page("port_cancel", PortCancel, "port_cancel.md, 2018-12")
page.changes = {"handle": ObjType.PORT}

canceled = page.effect(
    "canceled",
    "no packet of the wait is delivered any more, and those that wait are removed",
    words=("no new packets", "removed from the port"),
    purpose=True,
)

page.valid("source", clause="bad_handle_source")
page.valid("handle", clause="bad_handle_handle")
page.of_type("handle", ObjType.PORT)
page.has_right("source", Rights.WRITE, clause="access_denied_source")
page.has_right("handle", Rights.WRITE, clause="access_denied_handle")


@page.error(
    Status.ZX_ERR_NOT_SUPPORTED,
    "source can't be waited on",
    about="source",
    words="cannot be waited on",
)
def not_supported(s: State, c: PortCancel) -> Tri:
    return both(s.valid(c.source), negate(can_be_waited_on(s.object(c.source))))


@page.error(
    Status.ZX_ERR_NOT_FOUND,
    "there is no such wait, and no packet of one",
    words=("no pending packets", "were found"),
)
def not_found(s: State, c: PortCancel) -> Tri:
    port = known(s, c.handle)
    if port is None:
        return both(MAYBE, s.is_a(c.handle, ObjType.PORT))
    found: Tri = NO
    for wait, meant in matches(s, port, c.source, c.key):
        found = either(found, both(meant, there_is(port, wait)))
    return both(both(s.valid(c.handle), s.valid(c.source)), negate(found))


@page.success
def success(s: State, c: PortCancel, o: Outcome) -> None:
    port = known(s, c.handle)
    for wait, meant in () if port is None else list(matches(s, port, c.source, c.key)):
        assert port is not None
        cancel(s, port, wait, meant, canceled)


@page.failure
def failure(s: State, c: PortCancel, o: Outcome) -> None:
    """No page says that a call which fails has cancelled nothing."""
    port = known(s, c.handle)
    if port is None or o.status in (Status.ZX_ERR_BAD_HANDLE, Status.ZX_ERR_WRONG_TYPE):
        return
    for wait, meant in list(matches(s, port, c.source, c.key)):
        gone = o.status == Status.ZX_ERR_NOT_FOUND and meant == YES
        cancel(s, port, wait, meant, canceled if gone else None)
