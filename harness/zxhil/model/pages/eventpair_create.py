"""zx_eventpair_create, as its page stood in 2018-12."""

from __future__ import annotations

from zxhil.abi.calls import EventpairCreate
from zxhil.abi.objects import ObjType
from zxhil.abi.rights import Rights, most_rights
from zxhil.abi.status import Status
from zxhil.model.clause import Outcome
from zxhil.model.facts import KnownRights
from zxhil.model.objects import KernelObject
from zxhil.model.page import Page
from zxhil.model.pages.object_set_cookie import initial_cookie
from zxhil.model.pairs import new_pair
from zxhil.model.state import State
from zxhil.model.tri import Tri, tri

page = Page("eventpair_create", EventpairCreate, "eventpair_create.md, 2018-12")

both_ends = page.effect(
    "both_ends", "two handles are returned, one to each object of the pair", purpose=True
)
usable_rights = page.effect("usable_rights", "the handles have the six rights that the page lists")
_RIGHTS = KnownRights(
    int(
        Rights.TRANSFER
        | Rights.DUPLICATE
        | Rights.READ
        | Rights.WRITE
        | Rights.SIGNAL
        | Rights.SIGNAL_PEER
    ),
    exact=False,
    most=most_rights("eventpair"),
)


@page.error(Status.ZX_ERR_INVALID_ARGS, "out0 is NULL or an invalid pointer")
def invalid_args_out0(s: State, c: EventpairCreate) -> Tri:
    return s.bad_output(c.out0)


@page.error(Status.ZX_ERR_INVALID_ARGS, "out1 is NULL or an invalid pointer")
def invalid_args_out1(s: State, c: EventpairCreate) -> Tri:
    return s.bad_output(c.out1)


@page.error(Status.ZX_ERR_NOT_SUPPORTED, "options is not zero")
def not_supported(s: State, c: EventpairCreate) -> Tri:
    return tri(c.options != 0)


no_memory = page.any_time(Status.ZX_ERR_NO_MEMORY, "memory ran out")


@page.success
def success(s: State, c: EventpairCreate, o: Outcome) -> None:
    first, second = KernelObject(ObjType.EVENTPAIR), KernelObject(ObjType.EVENTPAIR)
    new_pair(s, o, (first, second), both_ends, s.fact(_RIGHTS, usable_rights))
    initial_cookie(s, first)
    initial_cookie(s, second)
