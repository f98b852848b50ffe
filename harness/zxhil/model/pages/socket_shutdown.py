"""zx_socket_shutdown, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import SocketShutdown
from zxhil.abi.objects import LIMITS, ObjType
from zxhil.abi.rights import Rights
from zxhil.model.clause import Clause, Outcome
from zxhil.model.objects import KernelObject, Socket
from zxhil.model.page import Page
from zxhil.model.state import State

page = Page("socket_shutdown", SocketShutdown, "socket_shutdown.md, 2018-12")
page.changes = {"handle": ObjType.SOCKET}

WRITE = LIMITS["ZX_SOCKET_SHUTDOWN_WRITE"]
READ = LIMITS["ZX_SOCKET_SHUTDOWN_READ"]

reading_disabled = page.effect(
    "reading_disabled",
    "with READ, what waits can be read, then reading, and writing at the other end, fails",
    words=("zx_socket_shutdown_read is passed", "reading is disabled"),
    purpose=True,
)
page.state(reading_disabled, words=("further reads", "writes to the other endpoint"))
writing_disabled = page.effect(
    "writing_disabled",
    "with WRITE, writing fails, and so does reading at the other end",
    words=("zx_socket_shutdown_write is passed", "writing is disabled"),
)
page.state(writing_disabled, words=("further writes", "reads from the other endpoint"))

page.handle("handle", ObjType.SOCKET, Rights.WRITE)
page.options(READ | WRITE, "options has a bit that the page does not name", words="undefined flag")


@page.success
def success(s: State, c: SocketShutdown, o: Outcome) -> None:
    socket = s.object(c.handle)
    if not isinstance(socket, Socket):
        return
    if c.options & READ:
        _shut(s, socket, reading_disabled, drains=True)
    if c.options & WRITE:
        _shut(s, socket.peer, writing_disabled, drains=False)


def _shut(s: State, end: KernelObject | None, clause: Clause, *, drains: bool) -> None:
    """From now on neither can `end` be read nor its peer be written."""
    if not isinstance(end, Socket) or end.shut.value is True:
        return
    end.drains = end.drains and drains
    s.change(end.shut, True, clause)


@page.failure
def failure(s: State, c: SocketShutdown, o: Outcome) -> None:
    """No page says if a call that fails has disabled anything."""
    socket = s.object(c.handle)
    if not isinstance(socket, Socket):
        return
    for bit, end in ((READ, socket), (WRITE, socket.peer)):
        if c.options & bit and isinstance(end, Socket) and end.shut.value is False:
            end.drains = end.drains and bit == READ
            s.change(end.shut, None, None)
