"""zx_socket_create, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import SocketCreate
from zxhil.abi.objects import LIMITS
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.objects import Socket
from zxhil.model.page import Page
from zxhil.model.pairs import new_pair
from zxhil.model.state import State
from zxhil.model.tri import Tri, tri

page = Page("socket_create", SocketCreate, "socket_create.md, 2018-12")

_FLAGS = LIMITS["ZX_SOCKET_HAS_CONTROL"] | LIMITS["ZX_SOCKET_HAS_ACCEPT"]

both_ends = page.effect(
    "both_ends", "two handles are returned, one to each side", words="connected pair", purpose=True
)
rights = page.default_rights("socket")

page.pointer("out0")
page.pointer("out1")
options = page.options(
    LIMITS["ZX_SOCKET_DATAGRAM"] | _FLAGS,
    "options has a bit that the page does not name",
    words="other than zx_socket_stream or zx_socket_datagram",
)


@page.error(
    Status.ZX_ERR_INVALID_ARGS,
    "options is not just STREAM or DATAGRAM, but has a flag that DESCRIPTION allows",
    said_with=options,
    contradicted=True,
)
def invalid_args_flags(s: State, c: SocketCreate) -> Tri:
    return tri(bool(c.options & _FLAGS))


page.no_memory()


@page.success
def success(s: State, c: SocketCreate, o: Outcome) -> None:
    new_pair(s, o, (Socket(c.options), Socket(c.options)), both_ends, rights.fact(s))
