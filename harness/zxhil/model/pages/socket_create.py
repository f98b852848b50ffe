"""zx_socket_create, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import SocketCreate
from zxhil.abi.objects import LIMITS
from zxhil.abi.rights import DEFAULT_RIGHTS, most_rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.facts import KnownRights
from zxhil.model.objects import Socket
from zxhil.model.page import Page
from zxhil.model.pairs import new_pair
from zxhil.model.state import State
from zxhil.model.tri import Tri, tri

page = Page("socket_create", SocketCreate, "socket_create.md, 2018-12")

both_ends = page.effect("both_ends", "two handles are returned, one to each side", purpose=True)

_KNOWN_OPTIONS = (
    LIMITS["ZX_SOCKET_DATAGRAM"] | LIMITS["ZX_SOCKET_HAS_CONTROL"] | LIMITS["ZX_SOCKET_HAS_ACCEPT"]
)
default_rights = page.effect(
    "default_rights", "the handle has the default rights of a socket (handles.md, rights.h)"
)
_RIGHTS = KnownRights(DEFAULT_RIGHTS["socket"], exact=False, most=most_rights("socket"))


@page.error(Status.ZX_ERR_INVALID_ARGS, "out0 is NULL or an invalid pointer")
def invalid_args_out0(s: State, c: SocketCreate) -> Tri:
    return s.bad_output(c.out0)


@page.error(Status.ZX_ERR_INVALID_ARGS, "out1 is NULL or an invalid pointer")
def invalid_args_out1(s: State, c: SocketCreate) -> Tri:
    return s.bad_output(c.out1)


@page.error(Status.ZX_ERR_INVALID_ARGS, "options has a bit that the page does not name")
def invalid_args_options(s: State, c: SocketCreate) -> Tri:
    return tri(bool(c.options & ~_KNOWN_OPTIONS))


@page.error(
    Status.ZX_ERR_INVALID_ARGS,
    "options is not just STREAM or DATAGRAM, but has a flag that DESCRIPTION allows",
    contradicted=True,
)
def invalid_args_flags(s: State, c: SocketCreate) -> Tri:
    flags = LIMITS["ZX_SOCKET_HAS_CONTROL"] | LIMITS["ZX_SOCKET_HAS_ACCEPT"]
    return tri(bool(c.options & flags))


no_memory = page.any_time(Status.ZX_ERR_NO_MEMORY, "memory ran out")


@page.success
def success(s: State, c: SocketCreate, o: Outcome) -> None:
    new_pair(
        s, o, (Socket(c.options), Socket(c.options)), both_ends, s.fact(_RIGHTS, default_rights)
    )
